import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { contents, load, models } from "./support/disturbance";
import { months, writePublishedFolder } from "./support/publishedFolder";
import { Stack } from "../support/stack";
import { Workspace } from "../support/workspace";

describe(`a folder of files of one's own, ${months.join(", ")}`, () => {
  let folder: string;
  let workspace: Workspace;
  let local: Stack;
  let written: Record<string, { rows: number; rides: number }>;

  before(async function () {
    this.timeout("5m");
    folder = mkdtempSync(join(tmpdir(), "bay-wheels-files-"));
    written = writePublishedFolder(folder);
    workspace = await Workspace.create();
    await workspace.pulumi("config", "set", "local:firstPort", String(workspace.firstPort));
    await workspace.pulumi("config", "set", "local:dataDir", folder);
    local = await Stack.attach(workspace, await workspace.succeed("start"));
  });

  after(async () => {
    await workspace.destroy();
    workspace.dispose();
    rmSync(folder, { recursive: true });
  });

  /** As if nothing had been loaded; the models still hold what they held. */
  async function forgetAll(): Promise<void> {
    await local.rows("delete from {baywheels_tripdata} where true");
    await local.rows("delete from {baywheels_loads} where true");
  }

  /** Contents without the months that loads touched on their way: another order touches other months. */
  async function results(): Promise<Record<string, string>> {
    const found = Object.entries(await contents(local));
    return Object.fromEntries(found.filter(([table]) => !table.endsWith("_loads")));
  }

  /** Every row of each file was loaded or rejected, and every loaded one stands in the main table as that month's. */
  async function assertAccounted(): Promise<void> {
    const rows =
      await local.rows(`select format_date('%Y-%m', l.source_month) as month, l.rows_in_file, l.rows_loaded, l.rows_rejected,
        (select count(*) from {baywheels_tripdata} as t where t.source_month = l.source_month or t.older_month = l.source_month) as found
      from {baywheels_loads} as l order by 1`);
    assert.deepEqual(
      rows.map(({ month }) => month),
      months,
    );
    for (const { month, rows_in_file, rows_loaded, rows_rejected, found } of rows) {
      const { rows: inFile, rides } = written[month!]!;
      const counted = [rows_in_file, rows_loaded, rows_rejected].map(Number);
      assert.deepEqual(counted, [inFile, rides, inFile - rides], month!);
      assert.equal(found, rows_loaded, month!);
    }
  }

  it("is loaded by npm start, its newest three months, and the tables hold what the files say", async () => {
    const loaded = await local.rows(
      "select format_date('%Y-%m', source_month) as month from {baywheels_loads} order by 1",
    );
    assert.deepEqual(
      loaded.map(({ month }) => month),
      months.slice(1),
    );
    assert.match(await workspace.succeed("truth"), /^All is equal\.$/m);
  });

  it("gives the same tables whatever the order of its months, twice or at once, with builds in between", async function () {
    this.timeout("10m");
    await forgetAll();
    for (const month of months) await local.succeed(load, { month, reload: "true" });
    await local.succeed(models, { dbt_command: "dbt build --full-refresh" });
    await assertAccounted();
    const inOrder = await results();

    // each month twice, in any order; a step is what is started at once
    const orders = fc
      .tuple(
        fc.shuffledSubarray([...months, ...months], { minLength: 2 * months.length }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2 * months.length, maxLength: 2 * months.length }),
        fc.integer({ min: 0, max: 3 }),
      )
      .map(([order, sizes, build]) => {
        const steps: string[][] = [];
        for (let i = 0; i < order.length; i += sizes[steps.length - 1]!)
          steps.push(order.slice(i, i + sizes[steps.length]!));
        return { steps, build };
      });
    await fc.assert(
      fc.asyncProperty(orders, async ({ steps, build }) => {
        await forgetAll();
        for (const [index, step] of steps.entries()) {
          await Promise.all(step.map((month) => local.succeed(load, { month, reload: "true" })));
          if (index === build) await local.succeed(models);
        }
        await local.succeed(models);
        await assertAccounted();
        assert.deepEqual(await results(), inOrder);
      }),
      { numRuns: 1, endOnFailure: true },
    );
  });

  it("still holds what the files say", async () => {
    assert.match(await workspace.succeed("truth"), /^All is equal\.$/m);
  });
});
