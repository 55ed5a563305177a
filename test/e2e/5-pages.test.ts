import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import type { Browser } from "puppeteer-core";
import { startBrowser } from "../support/browser";
import { lookAt, views } from "../support/reportPage";
import { stack, type Stack } from "../support/stack";

describe("the pages of stack local", function () {
  this.timeout("3m");
  let local: Stack;
  let browser: Browser;
  before(async function () {
    this.timeout("10m");
    local = await stack();
    browser = await startBrowser();
  });
  after(() => browser.close());

  async function page(path: string): Promise<string> {
    const { url, username, password } = local.connection as { url: string; username: string; password: string };
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    return (await fetch(url + path, { headers: { authorization } })).text();
  }

  it("are readable on desktop and phone, light and dark, without a script or a request", async () => {
    const home = await page("/ui/executions");
    const [execution] = /\/ui\/executions\/\w+/.exec(home)!;
    for (const [name, text] of Object.entries({
      welcome: await page("/ui/"),
      home,
      execution: await page(execution),
      flow: await page("/ui/flows/bay-wheels/04_gcp_load_month"),
    })) {
      const file = local.workspace.path(".local", `${name}.html`);
      writeFileSync(file, text);
      for (const view of views) {
        const { noise, overflow, violations } = await lookAt(browser, file, view);
        assert.deepEqual({ noise, overflow, violations }, { noise: [], overflow: 0, violations: [] }, name);
      }
    }
  });

  it("lead to the report once it's written", async () => {
    await local.workspace.succeed("report");
    assert.ok(existsSync(local.workspace.path(".local/report.html")));
    assert.match(await page("/ui/executions"), /<a href="\/ui\/report">/);
    assert.match(await page("/ui/report"), /<title>[^<]*<\/title>/);
  });
});
