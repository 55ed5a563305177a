/**
 * `node --import tsx test/support/reportPicture.ts`: draws docs/report.png from the report of stack `local`, which must
 * be up. Load more months first to see more than three.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { startBrowser } from "./browser";
import { openView } from "./reportPage";

const picture = join("docs", "report.png");

/** The sections that it shows, below the figures of the newest month. */
const shown = ["trips", "map"];

async function draw(): Promise<void> {
  const { status, stdout } = spawnSync("npm", ["run", "--silent", "report"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error("The report could not be written: see the message above.");
  const browser = await startBrowser();
  try {
    const page = await openView(browser, stdout.trim(), { width: 1040, scheme: "light" }, []);
    const height = await page.evaluate(`(() => {
      const shown = ${JSON.stringify(shown)};
      const hidden = [...document.querySelectorAll("section[id], details, footer")];
      for (const each of hidden) if (!shown.includes(each.id)) each.remove();
      return document.documentElement.scrollHeight;
    })()`);
    await page.screenshot({ path: picture, clip: { x: 0, y: 0, width: 1040, height: Number(height) } });
  } finally {
    await browser.close();
  }
}

draw().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
