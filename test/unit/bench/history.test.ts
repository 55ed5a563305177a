import assert from "node:assert/strict";
import { growthOfHistory, type MonthOfHistory } from "../../bench/history";

const month = (loadSeconds: number, buildSeconds: number, bigquery: number): MonthOfHistory => ({
  month: "2026-01",
  loadSeconds,
  buildSeconds,
  peaks: { bigquery },
});

it("the growth of a history compares the last third with the first: medians of seconds, peaks of memory", () => {
  const history = [
    month(90, 90, 500),
    month(10, 20, 400),
    month(11, 21, 300),
    month(10, 20, 300),
    month(12, 25, 620),
    month(12, 25, 610),
  ];
  const found = growthOfHistory(history).map(({ what, value }) => [what, Number(value.toFixed(3))]);
  assert.deepEqual(found, [
    ["Seconds of a load: last third to first third", 1.143],
    ["Seconds of a build: last third to first third", 1.22],
    ["Peak memory of bigquery: last third to first third", 1.24],
  ]);
});
