import assert from "node:assert/strict";
import { tableOf } from "../../../cli/support/printTable";
import { formats } from "../../../cli/support/resultText";
import type { Result } from "../../../cli/support/warehouse";

describe("the result of a query", () => {
  const result: Result = {
    fields: [
      { name: "name", type: "STRING" },
      { name: "trips", type: "INTEGER" },
      { name: "big", type: "INTEGER" },
      { name: "km", type: "FLOAT" },
      { name: "is_open", type: "BOOLEAN" },
      { name: "at", type: "TIMESTAMP" },
      { name: "ids", type: "INTEGER", mode: "REPEATED" },
      { name: "where", type: "RECORD", fields: [{ name: "lat", type: "FLOAT" }] },
    ],
    rows: [
      [
        'a "b", c',
        "7",
        "9007199254740993",
        "1.5",
        "true",
        "1577934245000006",
        [{ v: "1" }, { v: "2" }],
        { f: [{ v: "37.5" }] },
      ],
      ["", "0", "-1", "inf", "false", "-1000000", [], { f: [{ v: null }] }],
      [null, null, null, null, null, "253402300799999999", [], null],
    ],
    totalRows: 3,
  };

  it("as JSON has the types of its columns, and numbers that JavaScript can't hold as text", () => {
    assert.deepEqual(JSON.parse(formats.json!(result)), [
      {
        name: 'a "b", c',
        trips: 7,
        big: "9007199254740993",
        km: 1.5,
        is_open: true,
        at: "2020-01-02T03:04:05.000006Z",
        ids: [1, 2],
        where: { lat: 37.5 },
      },
      {
        name: "",
        trips: 0,
        big: -1,
        km: "inf",
        is_open: false,
        at: "1969-12-31T23:59:59Z",
        ids: [],
        where: { lat: null },
      },
      {
        ...{ name: null, trips: null, big: null, km: null, is_open: null },
        ...{ at: "9999-12-31T23:59:59.999999Z", ids: [], where: null },
      },
    ]);
    assert.deepEqual(JSON.parse(formats.json!({ ...result, rows: [] })), []);
  });

  it("as CSV is quoted where it must be, and keeps an empty text and none apart", () => {
    assert.deepEqual(formats.csv!(result).split("\n"), [
      "name,trips,big,km,is_open,at,ids,where",
      '"a ""b"", c",7,9007199254740993,1.5,true,2020-01-02T03:04:05.000006Z,"[1,2]","{""lat"":37.5}"',
      '"",0,-1,inf,false,1969-12-31T23:59:59Z,[],"{""lat"":null}"',
      ",,,,,9999-12-31T23:59:59.999999Z,[],",
    ]);
    assert.equal(
      formats.csv!({ ...result, fields: result.fields.slice(0, 1), rows: [["two\nlines"]] }),
      'name\n"two\nlines"',
    );
  });

  describe("as a table", () => {
    const rows = [
      ["Battery St at 30th St", "1,234"],
      ["A\x1b[31mred\x1b[0m\nline", "1"],
    ];

    it("has a rule below its head alone, and no control character", () => {
      assert.equal(
        tableOf(["Station", "Trips"], rows),
        `
┌───────────────────────┬───────┐
│ Station               │ Trips │
├───────────────────────┼───────┤
│ Battery St at 30th St │ 1,234 │
│ Ared line             │     1 │
└───────────────────────┴───────┘`.trimStart(),
      );
    });

    it("is cut in its texts for a narrow terminal, never in its numbers", () => {
      const cut = tableOf(["Station", "Trips"], rows, undefined, 26);
      assert.ok(
        cut.split("\n").every((line) => line.length === 26),
        cut,
      );
      assert.ok(cut.includes("│ Battery St at… │ 1,234 │"), cut);
    });

    it("is a list where that isn't enough", () => {
      assert.equal(
        tableOf(["Station", "Trips"], rows, undefined, 20),
        "Station  Battery St at 30th St\nTrips    1,234\n\nStation  Ared line\nTrips    1",
      );
    });
  });
});
