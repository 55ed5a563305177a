import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { tasks } from "../../../cli/backfill/follow";
import { datesOf, monthOf, monthsBetween, planOf, toLoad, type Selection } from "../../../cli/backfill/plan";
import { planInWords, roughly } from "../../../cli/backfill/words";
import type { Status } from "../../../cli/status/status";
import { Live, type Screen } from "../../../cli/backfill/live";
import { backfill } from "../../../cli/commands/backfill";
import { UsageError } from "../../../cli/commandLine";

const status: Status = {
  stack: "local",
  at: "2024-07-20T12:00:00Z",
  services: [],
  published: ["2023-11", "2023-12", "2024-02", "2024-03", "2024-04", "2024-05"],
  loads: ["2024-02"].map((month) => ({ month, rows: 1, rejected: 0, isBuilt: true })),
  failedLoads: [
    { month: "2023-11", execution: "a" },
    { month: "2024-03", execution: "b" },
  ],
};

const plan = (from: string, to: string, only: Selection = "missing", at = status.at) =>
  planOf({ ...status, at }, from, to, only);
const actions = (...args: Parameters<typeof plan>) => plan(...args).months.map(({ action }) => action);

describe("the plan of a backfill", () => {
  it("loads what is missing, and not what is loaded or not published", () => {
    assert.deepEqual(actions("2023-12", "2024-03"), ["load", "not published", "loaded already", "load"]);
    assert.deepEqual(toLoad(plan("2023-12", "2024-03")), ["2023-12", "2024-03"]);
    assert.equal(plan("2023-12", "2024-03").reload, false);
  });

  it("loads failed months alone where that's asked for, however new", () => {
    assert.deepEqual(actions("2024-02", "2024-04", "failed"), ["loaded already", "load", "not selected"]);
    assert.deepEqual(toLoad(plan("2023-11", "2024-04", "failed", "2024-04-02T00:00:00Z")), ["2023-11", "2024-03"]);
  });

  it("loads everything again where all is asked for", () => {
    assert.deepEqual(actions("2024-02", "2024-03", "all"), ["load", "load"]);
    assert.equal(plan("2024-02", "2024-03", "all").reload, true);
  });

  it("leaves out a month until the schedule's next date has passed: flow 05 wouldn't take it for a backfill", () => {
    assert.deepEqual(actions("2024-04", "2024-05", "missing", "2024-07-10T00:00:00Z"), ["load", "too new"]);
    assert.deepEqual(actions("2024-05", "2024-05", "missing", "2024-07-16T00:00:00Z"), ["load"]);
  });

  it("has dates around the 15th of the month after each, in whatever year", () => {
    assert.deepEqual(datesOf("2023-12", "2024-11"), { start: "2024-01-14T00:00:00Z", end: "2024-12-17T00:00:00Z" });
    assert.equal(monthOf("2024-01-15T17:00:00Z"), "2023-12");
    assert.deepEqual(monthsBetween("2023-11", "2024-01"), ["2023-11", "2023-12", "2024-01"]);
  });

  it("is said in words, with an estimate from past loads", () => {
    assert.deepEqual(planInWords(plan("2023-11", "2024-03"), "local", 30), [
      "Backfill of stack local:",
      "  3 months to load: 2023-11 to 2023-12, 2024-03",
      "  1 month loaded already: 2024-02",
      "  1 month not published: 2024-01",
      "About 2 min, at 30 s per month as in past loads; then one build.",
    ]);
    assert.equal(planInWords(plan("2024-02", "2024-02"), "local").at(-1), "Nothing to load.");
    assert.equal(planInWords(plan("2024-03", "2024-03"), "local").at(-1), "No estimate: no past loads.");
    assert.deepEqual([0.2, 89, 90, 5399, 5400].map(roughly), ["1 s", "89 s", "2 min", "90 min", "1.5 h"]);
  });

  it("needs both ends of the range in order, before any server is asked", async () => {
    for (const flags of [{ from: "2024-01" }, { to: "2024-01" }, { from: "2024-02", to: "2024-01" }])
      await assert.rejects(backfill(flags), UsageError);
  });
});

describe("a backfill that runs", () => {
  const loaded = {
    month: "2024-01",
    result: "loaded",
    rows: 50_000,
    rejected: 21,
    seconds: 20,
    execution: "a",
  } as const;
  const running = { month: "2024-02", task: "monthly_table", share: 0.5, seconds: 7 };

  function shown(screen: Partial<Screen>, show: (live: Live, screen: Screen) => void): string[] {
    const written: string[] = [];
    const whole: Screen = { ...screen, write: (text) => written.push(text) };
    show(new Live(3, 25, whole), whole);
    return written.filter((text) => text !== "\r\x1b[K");
  }

  it("has a line per ended month, with rows and rate, and a live one with a bar, the task and the time left", () => {
    assert.deepEqual(
      shown({ isTTY: true, columns: 120 }, (live) => {
        live.show({ ended: [], running });
        live.show({ ended: [loaded], running });
      }),
      [
        "  … 2024-02  ██████░░░░░░  monthly_table  7 s  about 75 s left",
        "  ✓ 2024-01  ████████████  50,000 rows, 21 rejected, 20 s, 2,500 rows/s\n",
        "  … 2024-02  ██████░░░░░░  monthly_table  7 s  about 40 s left",
      ],
    );
  });

  it("knows the tasks of a load, in their order", () => {
    const flow = readFileSync("flows/04_gcp_load_month.yaml", "utf8");
    const places = tasks.map((task) => flow.indexOf(`- id: ${task}\n`));
    assert.ok(places.every((place) => place > 0));
    assert.deepEqual(
      [...places].sort((a, b) => a - b),
      places,
    );
  });

  it("counts only what it loads as done, and shows no control characters", () => {
    const lines = shown({ isTTY: true, columns: 120 }, (live) => {
      live.show({ ended: [{ ...loaded, result: "unchanged" }], running });
      live.show({ ended: [{ ...loaded, result: "failed", reason: "a\x1b]0;title\x07b" }], running });
    });
    assert.deepEqual(lines, [
      "  ✓ 2024-01  ████████████  unchanged\n",
      "  … 2024-02  ██████░░░░░░  monthly_table  7 s  about 75 s left",
      "  ✗ 2024-01  ████████████  failed: ab\n",
      "  … 2024-02  ██████░░░░░░  monthly_table  7 s  about 50 s left",
    ]);
  });

  it("cuts the live line to the window, also after it was resized", () => {
    const lines = shown({ isTTY: true, columns: 60 }, (live, screen) => {
      live.show({ ended: [], running });
      screen.columns = 30;
      live.show({ ended: [], running });
    });
    assert.deepEqual(
      lines.map((line) => line.length),
      [59, 29],
    );
  });

  it("has no live line without a terminal", () => {
    assert.deepEqual(
      shown({}, (live) => {
        live.show({ ended: [], running });
        live.show({ ended: [{ ...loaded, result: "failed", reason: "the file is empty" }] });
      }),
      ["  ✗ 2024-01  ████████████  failed: the file is empty\n"],
    );
  });
});
