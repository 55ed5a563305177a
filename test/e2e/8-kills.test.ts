import assert from "node:assert/strict";
import type { ServiceName } from "../../local/services/definitions";
import { serviceNames } from "../../local/services/definitions";
import {
  contents,
  forgetMonth,
  interruptAt,
  killDuring,
  load,
  models,
  start,
  undisturbedContents,
} from "./support/disturbance";
import { stack, type Stack } from "../support/stack";

/**
 * Which service dies, and when: one that only a task needs, one within its transaction, and Kestra itself.
 * `npm run test:kills` has all the others.
 */
const kills: [ServiceName, string, string][] = [
  ["openData", load, "download"],
  ["bigquery", load, "merge_month"],
  ["kestra", models, "dbt"],
];

describe("after a killed service, Ctrl-C or a reboot, npm start leads to the same tables", () => {
  let local: Stack;
  let undisturbed: Record<string, string>;

  before(async function () {
    this.timeout("10m");
    local = await stack();
    undisturbed = await undisturbedContents(local);
  });

  beforeEach(() => forgetMonth(local));

  for (const [service, flow, task] of kills) {
    it(`${service} killed in ${flow}, ${task}`, async function () {
      this.timeout("5m");
      await killDuring(local, service, flow, task);
      assert.deepEqual(await contents(local), undisturbed);
    });
  }

  it("all services gone, as after a reboot", async function () {
    this.timeout("5m");
    for (const service of serviceNames) local.kill(service);
    await start(local);
    assert.deepEqual(await contents(local), undisturbed);
  });

  it("Ctrl-C while a month is loaded", async function () {
    this.timeout("5m");
    const { code, said } = await interruptAt(local, "Trips of 2026-09");
    assert.equal(code, 130);
    const what = /(If|Execution \w+ of) flow 04_gcp_load_month for 2026-09( has started, it)? continues in Kestra/
      .source;
    const resume = "Continue with: npm start. Remove everything with: npm run destroy";
    assert.match(said, new RegExp(`Interrupted\\. ${what}, and the services keep running\\. ${resume}\n`));
    await start(local);
    assert.deepEqual(await contents(local), undisturbed);
  });
});
