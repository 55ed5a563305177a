import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import { render } from "../../../cli/report/render";
import { startBrowser } from "../../support/browser";
import { reportData, type Size } from "../../support/reportData";
import { lookAt, openView, views } from "../../support/reportPage";

const sizes: Record<string, Size> = {
  "a single month": { from: "2026-09" },
  "a year and a half with a gap": { from: "2025-03", without: ["2025-09"] },
  "eight years": { from: "2018-01", to: "2025-12", without: ["2018-09", "2020-10", "2020-11"], stations: 550 },
};

describe("the report in Chromium", function () {
  this.timeout("2m");
  let browser: Browser;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bay-wheels-report-"));
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function written(size: Size): Promise<string> {
    const file = join(folder, "report.html");
    writeFileSync(file, await render(reportData(size)));
    return file;
  }

  for (const [name, size] of Object.entries(sizes))
    for (const view of views)
      it(`of ${name} is readable, accessible and silent at ${view.width} px, ${view.scheme}`, async () => {
        const { background, ...look } = await lookAt(browser, await written(size), view);
        assert.deepEqual(look, { noise: [], overflow: 0, badTexts: [], overlaps: [], violations: [] });
        assert.equal(background, view.scheme === "light" ? "rgb(255, 255, 255)" : "rgb(20, 24, 32)");
      });

  it("shows each chart at one of its two sizes, and its numbers at a click", async () => {
    const file = await written({});
    for (const { width, scheme } of views) {
      const page = await openView(browser, file, { width, scheme }, []);
      const shown = await page.evaluate(`[...document.querySelectorAll("section[id]")].map((section) =>
        [...section.querySelectorAll(".w, .n")].filter((each) => each.getBoundingClientRect().width > 0).length)`);
      // growth and the map have one size
      assert.deepEqual(shown, [1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1]);
      await page.click("#trips summary");
      const height = await page.evaluate('document.querySelector("#trips table").getBoundingClientRect().height');
      assert.ok(Number(height) > 50, String(height));
      await page.close();
    }
  });

  it("prints on a few pages, black on white, without the tables", async () => {
    const page = await openView(browser, await written({}), { width: 1280, scheme: "dark" }, []);
    const pdf = Buffer.from(await page.pdf({ format: "A4" }));
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)!.length;
    assert.ok(pages >= 3 && pages <= 6, `${pages} pages`);
    await page.emulateMediaType("print");
    const printed = await page.evaluate(`(() => {
      const body = getComputedStyle(document.body);
      const details = [...document.querySelectorAll("details")].map((each) => getComputedStyle(each).display);
      return [body.backgroundColor, body.color, ...new Set(details)];
    })()`);
    assert.deepEqual(printed, ["rgb(255, 255, 255)", "rgb(0, 0, 0)", "none"]);
    await page.close();
  });
});
