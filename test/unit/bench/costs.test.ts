import assert from "node:assert/strict";
import { billed, bytesIn, costOf, growthOf, readsOf, type Measured } from "../../bench/costs";
import { partitionCondition, sizeExpression } from "../../bench/sizes";
import type { Days, Scan } from "../../../local/oracles/zetasql/zetaSql";

const MB = 2 ** 20;
const june: Days = { from: "2026-06-01", to: "2026-06-30", days: null };

/** A scan of a table by its partitions; null bounds: whole. */
const scan = (table: string, columns: string[], bounds: Days | null, line = 1, changed = false): Scan => ({
  table,
  columns,
  partitions: { column: "day", granularity: "day", bounds },
  changed,
  line,
});

const read = (more: Partial<Measured>): Measured => ({
  statement: "x:1",
  table: "p.d.t",
  columns: ["a"],
  bounds: null,
  growth: "trips",
  changed: false,
  bytes: MB,
  months: 100,
  ...more,
});

describe("the cost of statements", () => {
  it("takes each column and partition of a statement once, however often it names them", () => {
    const days = (...list: string[]): Days => ({ from: list[0]!, to: list.at(-1)!, days: list });
    assert.deepEqual(
      readsOf("job", [
        scan("p.d.t", ["b"], days("2026-06-03"), 1),
        scan("p.d.t", ["a", "b"], days("2026-06-01", "2026-06-03"), 1),
        scan("p.d.u", ["a"], null, 1),
        scan("p.d.t", ["c"], june, 7),
        scan("p.d.t", ["c"], days("2026-07-02"), 7),
        scan("p.d.u", ["a"], june, 9),
        scan("p.d.u", ["a"], null, 9),
        scan("p.d.t", ["a"], june, 12),
        scan("p.d.t", ["a", "b"], june, 12, true),
      ]),
      [
        {
          statement: "job:1",
          table: "p.d.t",
          columns: ["a", "b"],
          bounds: days("2026-06-01", "2026-06-03"),
          changed: false,
        },
        { statement: "job:1", table: "p.d.u", columns: ["a"], bounds: null, changed: false },
        {
          statement: "job:7",
          table: "p.d.t",
          columns: ["c"],
          bounds: { from: "2026-06-01", to: "2026-07-02", days: null },
          changed: false,
        },
        { statement: "job:9", table: "p.d.u", columns: ["a"], bounds: null, changed: false },
        { statement: "job:12", table: "p.d.t", columns: ["a"], bounds: june, changed: false },
        { statement: "job:12", table: "p.d.t", columns: ["a", "b"], bounds: june, changed: true },
      ],
    );
  });

  it("grows with the history where a table is read whole, and with the trips where it has a row for each", () => {
    const year10 = { months: 120, tripsFactor: 125 };
    // 1 MB of 100 months; a trip table 125 times as large
    assert.equal(bytesIn(read({}), year10), 1.2 * 125 * MB);
    assert.equal(bytesIn(read({ growth: "months" }), year10), 1.2 * MB);
    assert.equal(bytesIn(read({ growth: "none" }), year10), MB);
    assert.equal(bytesIn(read({ growth: "trips of one month" }), year10), 125 * MB);
    assert.equal(bytesIn(read({ bounds: june }), year10), 125 * MB);
    assert.equal(bytesIn(read({ bounds: june, growth: "months" }), year10), MB);
  });

  it("bills whole megabytes, and ten of them at least", () => {
    assert.deepEqual([0, 1, 10 * MB, 10 * MB + 1, 11 * MB].map(billed), [10 * MB, 10 * MB, 10 * MB, 11 * MB, 11 * MB]);
  });

  it("adds up what is scanned and what is billed", () => {
    const reads = [
      // one statement and table: 12.5 and 1.25 MB together are billed as 14
      read({ bounds: june, bytes: 0.1 * MB, changed: true }),
      read({ bounds: june, bytes: 0.01 * MB }),
      read({ table: "p.d.u", growth: "months", bytes: 50 * MB }),
      read({ statement: "x:2", growth: "none", bytes: 3 }),
    ];
    // year 1: 13.75 MB, 6 MB and 3 bytes; year 10: 13.75 MB, 60 MB and 3 bytes
    assert.deepEqual(costOf(reads, { months: 12, tripsFactor: 125 }), {
      scanned: 19.75 * MB + 3,
      billed: (14 + 10 + 10) * MB,
    });
    assert.deepEqual(costOf(reads, { months: 120, tripsFactor: 125 }), {
      scanned: 73.75 * MB + 3,
      billed: (14 + 60 + 10) * MB,
    });
  });

  it("knows how each table grows and refuses an unknown one", () => {
    assert.equal(growthOf("baywheels_tripdata"), "trips");
    assert.equal(growthOf("baywheels_tripdata_2026_09_ext"), "trips of one month");
    assert.equal(growthOf("mart_routes_by_month"), "months");
    assert.equal(growthOf("dim_stations"), "none");
    assert.throws(() => growthOf("mart_new"), /Unknown growth of table mart_new: add it to test\/bench\/costs\.ts/);
  });
});

describe("the logical size of a value", () => {
  const size = (type: string, mode = "NULLABLE") => sizeExpression({ name: "c", type, mode });

  it("is that of its type, and nothing for a null", () => {
    for (const type of ["INTEGER", "FLOAT", "DATE", "DATETIME", "TIMESTAMP"])
      assert.equal(size(type), "if(t.c is null, 0, 8)");
    assert.equal(size("BOOLEAN"), "if(t.c is null, 0, 1)");
    assert.equal(size("STRING"), "if(t.c is null, 0, 2 + byte_length(t.c))");
    assert.equal(size("GEOGRAPHY"), "if(t.c is null, 0, 16 + 24 * st_numpoints(t.c))");
    assert.equal(
      size("STRING", "REPEATED"),
      "coalesce((select sum(2 + byte_length(element)) from unnest(t.c) as element), 0)",
    );
    assert.throws(() => size("JSON"), /Unknown size of type JSON/);
  });

  it("is asked for in the partitions that hold the days", () => {
    const listed: Days = { from: "2026-06-01", to: "2026-06-03", days: ["2026-06-01", "2026-06-03"] };
    assert.equal(partitionCondition("day", "day", june), "date(t.day) between date '2026-06-01' and date '2026-06-30'");
    assert.equal(
      partitionCondition("day", "month", { ...listed, days: ["2026-06-03"] }),
      "date_trunc(date(t.day), month) in (date_trunc(date '2026-06-03', month))",
    );
    assert.equal(partitionCondition("day", "day", { ...listed, days: [] }), "false");
  });
});
