import assert from "node:assert/strict";
import { serviceNames } from "../../local/services/definitions";
import {
  contents,
  forgetMonth,
  interruptAt,
  killDuring,
  load,
  month,
  models,
  start,
  undisturbedContents,
} from "../e2e/support/disturbance";
import { stack, type Stack } from "../support/stack";

/** The tasks of a load that goes well, those included that are skipped. */
const tasks = [
  "create_tables",
  "list_objects",
  "listing",
  "refuse_cut_listing",
  "find_month",
  "label_result",
  "do_it",
  "say_older_objects",
  "fetch",
  "download",
  "unzip",
  "refuse_other_archive",
  "put_into_bucket",
  "upload",
  "monthly_table",
  "check_month",
  "refuse_month",
  "merge_month",
  "label_loaded",
  "say_loaded",
  "purge",
];

// `npm run test:kills` takes more than an hour; test/e2e/8-kills has a sample of these
describe("kills of each service at each task of a load and during a build; Ctrl-C at each step", () => {
  let local: Stack;
  let undisturbed: Record<string, string>;

  before(async function () {
    this.timeout("10m");
    local = await stack();
    undisturbed = await undisturbedContents(local);
  });

  it("covers every task", async () => {
    const { taskRunList } = await local.succeed(load, { month, reload: "true" });
    assert.deepEqual([...new Set(taskRunList!.map(({ taskId }) => taskId))], tasks);
  });

  for (const service of serviceNames) {
    for (const [flow, task] of [...tasks.map((each) => [load, each] as const), [models, "dbt"] as const]) {
      it(`${service} killed in ${flow}, ${task}`, async function () {
        this.timeout("10m");
        await forgetMonth(local);
        await killDuring(local, service, flow, task);
        assert.deepEqual(await contents(local), undisturbed);
      });
    }
  }

  for (const step of ["Updating (local)", "Counties", "Trips of 2026-09", "dbt build"]) {
    it(`Ctrl-C at '${step}'`, async function () {
      this.timeout("10m");
      await forgetMonth(local);
      await local.rows("drop table {bay_area_county_ext}");
      const { code, said } = await interruptAt(local, step);
      assert.equal(code, 130);
      assert.match(said, /Interrupted\. .* keep running\. Continue with: npm start\. /);
      await start(local);
      assert.deepEqual(await contents(local), undisturbed);
    });
  }
});
