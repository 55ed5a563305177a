import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "puppeteer-core";

const axe = readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8");

/** How a page is looked at. */
export interface View {
  width: number;
  scheme: "light" | "dark";
}

/** A desktop and a phone, in both colour schemes. */
export const views: View[] = [1280, 390].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme })),
);

/** What a view of a page showed. */
export interface Look {
  /** Messages of the console, errors, and requests other than for the page itself. */
  noise: string[];
  /** Pixels by which the page is wider than the window. */
  overflow: number;
  /** Visible texts of charts that are cut off or smaller than 11 pixels. */
  badTexts: string[];
  /** Pairs of texts of a chart that lie over each other. */
  overlaps: string[];
  /** What axe-core finds, with the first element. */
  violations: string[];
  /** Colour of the page. */
  background: string;
}

/** Runs in the page. */
const lookAtCharts = `(() => {
  const charts = [...document.querySelectorAll("svg")].filter((svg) => svg.getBoundingClientRect().width > 0);
  const badTexts = [], overlaps = [];
  for (const svg of charts) {
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim() !== "");
    const boxes = texts.map((text) => text.getBoundingClientRect());
    texts.forEach((text, i) => {
      const { left, right } = boxes[i];
      const size = parseFloat(getComputedStyle(text).fontSize) * (svg.getBoundingClientRect().width / svg.viewBox.baseVal.width);
      if (left < 0 || right > innerWidth || size < 11) badTexts.push(text.textContent + " " + Math.round(left) + "–" + Math.round(right) + ", " + size + " px");
      for (let j = 0; j < i; j++) {
        const a = boxes[i], b = boxes[j];
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
          overlaps.push(text.textContent + " / " + texts[j].textContent);
      }
    });
  }
  return { badTexts, overlaps };
})()`;

interface AxeResult {
  violations: { id: string; nodes: { html: string }[] }[];
}

/** Opens a file as a view shows it; every table is open if that's asked for. */
export async function openView(
  browser: Browser,
  file: string,
  { width, scheme }: View,
  noise: string[],
): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const url = pathToFileURL(file).href;
  page.on("console", (message) => noise.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${String(error)}`));
  page.on(
    "request",
    (request) => request.url() !== url && request.url() !== "data:," && noise.push(`request: ${request.url()}`),
  );
  await page.goto(url);
  return page;
}

/** Looks at a file: first as it is, then, without the page's own policy, with axe-core and all tables open. */
export async function lookAt(browser: Browser, file: string, view: View): Promise<Look> {
  const noise: string[] = [];
  const page = await openView(browser, file, view, noise);
  try {
    const overflow = (await page.evaluate("document.documentElement.scrollWidth - innerWidth")) as number;
    const charts = (await page.evaluate(lookAtCharts)) as Pick<Look, "badTexts" | "overlaps">;
    const background = (await page.evaluate("getComputedStyle(document.body).backgroundColor")) as string;
    const heard = [...noise];
    await page.setBypassCSP(true);
    await page.reload();
    await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))");
    await page.evaluate(axe);
    const { violations } = (await page.evaluate("axe.run()")) as AxeResult;
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)}`);
    return { noise: heard, overflow, ...charts, violations: found, background };
  } finally {
    await page.close();
  }
}
