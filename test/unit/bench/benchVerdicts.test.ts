import assert from "node:assert/strict";
import { strToU8, zipSync } from "fflate";
import { rowsInZip, unaccounted, type Account } from "../../bench/accounts";
import { isMet, merged, summed } from "../../bench/figures";
import type { MonthOfHistory } from "../../bench/figures";
import { median, thirds, verdictsOf } from "../../bench/verdicts";

const month = (loadSeconds: number, buildSeconds: number, memory: number, trips = 100): MonthOfHistory => ({
  month: "2026-01",
  trips,
  loadSeconds,
  buildSeconds,
  peaks: { bigquery: memory },
});

describe("the verdicts on a history", () => {
  it("compare the last month with the second, and thirds with each other", () => {
    const history = [
      month(90, 90, 500),
      month(10, 20, 400),
      month(11, 21, 300),
      month(10, 20, 300),
      month(12, 25, 620),
      month(12, 25, 610, 120),
    ];
    const found = verdictsOf(history).map((figure) => [figure.what, Number(figure.value.toFixed(3)), isMet(figure)]);
    assert.deepEqual(found, [
      ["Load: month 6 to month 2", 1.2, true],
      ["Load per trip: month 6 to month 2", 1, true],
      // 12 to the median of 10 and 11
      ["Load: median of the last third to that of the first", 1.143, true],
      ["Build: month 6 to month 2", 1.25, false],
      ["Build per trip: month 6 to month 2", 1.042, true],
      ["Build: median of the last third to that of the first", 1.22, false],
      // 620 to 500: the first month counts as well
      ["Peak RSS of bigquery: last third to first third", 1.24, false],
    ]);
  });

  it("rest on medians and thirds", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.ok(Number.isNaN(median([])));
    assert.deepEqual(thirds([1, 2, 3, 4, 5, 6, 7]), { first: [1, 2, 3], last: [5, 6, 7] });
  });

  it("add up the parts of many steps by name", () => {
    const part = (name: string, seconds: number) => ({ part: name, seconds });
    assert.deepEqual(merged([part("a", 1), part("b", 2), part("a", 3)]), [part("a", 4), part("b", 2)]);
    const step = (seconds: number) => ({
      what: "",
      around: [part("x", 1)],
      tasks: [part("a", 1), part("b", seconds)],
      sideBySide: false,
    });
    assert.deepEqual(summed("both", [step(1), step(2)]), {
      what: "both",
      around: [part("x", 2)],
      tasks: [part("b", 3), part("a", 2)],
      sideBySide: false,
    });
  });
});

describe("the accounts of a backfill", () => {
  const account = (more: Partial<Account> = {}): Account => ({
    rowsInFile: 10,
    rowsLoaded: 7,
    rowsRejected: 3,
    trips: 7,
    rejected: 3,
    ...more,
  });
  const told = (rows: number | undefined, found: Account | undefined) =>
    unaccounted(new Map([["2026-01", rows]]), new Map(found ? [["2026-01", found]] : []));

  it("are in order when file, table of loads and tables agree, or a file cannot be read", () => {
    assert.deepEqual(told(10, account()), []);
    assert.deepEqual(told(undefined, undefined), []);
  });

  it("tell each month that does not add up", () => {
    const wrong = [
      told(11, account()),
      told(10, account({ rowsLoaded: 6, trips: 6 })),
      told(10, account({ trips: 6 })),
      told(10, account({ rejected: 2 })),
    ];
    for (const sentences of wrong)
      assert.match(sentences.join(), /^2026-01 has 1[01] rows in its file, told are 10 = /);
    assert.deepEqual(told(10, undefined), ["2026-01 is not loaded: 10 rows are unaccounted for"]);
    assert.deepEqual(told(undefined, account()), ["2026-01 is loaded, and has no file that can be read"]);
    assert.equal(unaccounted(new Map(), new Map([["2026-02", account()]])).length, 1);
  });

  it("count lines with something in them, beside what macOS adds", () => {
    const csv = strToU8("a,b\r\n1,2\r\n\r\n3,4\n\n");
    assert.equal(rowsInZip(zipSync({ "__MACOSX/._t.csv": strToU8("x\ny\nz\nz\n"), "t.csv": csv })), 2);
    assert.equal(rowsInZip(zipSync({ "readme.txt": csv })), undefined);
    assert.equal(rowsInZip(strToU8("PK\u0003\u0004 and nothing that fits")), undefined);
  });
});
