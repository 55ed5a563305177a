import assert from "node:assert/strict";
import { collect, type Source } from "../../../cli/report/collect";

type Row = Record<string, string | null>;

const load = (month: string, built: boolean, changed: boolean): Row => ({
  ...{ month, built: String(built), changed: String(changed) },
  loaded_at: built ? "1760000000000" : null,
});

const loads = [
  load("2025-12", true, false),
  load("2026-02", true, false),
  load("2026-03", true, true),
  load("2026-04", false, true),
];

/** A source with these loads, the rows of some questions, and a record of what it was asked. */
function sourceOf(rows: Record<string, Row[]> = {}) {
  const asked: Record<string, string> = {};
  const source: Source = {
    ...{ stack: "dev", dataset: "p.d", generated: false },
    ask: (what, sql) => {
      asked[what] = sql;
      return Promise.resolve({ "Loaded and built months": loads, ...rows }[what] ?? []);
    },
    bytes: () => 42,
  };
  return { source, asked };
}

describe("the report's data", () => {
  it("has the months that are loaded and built, and names those that aren't built as they were loaded", async () => {
    const { months, unbuilt, lastLoad, bytes } = await collect(sourceOf().source);
    assert.deepEqual(months, ["2025-12", "2026-02", "2026-03"]);
    assert.deepEqual(unbuilt, ["2026-03", "2026-04"]);
    assert.equal(lastLoad.getTime(), 1_760_000_000_000);
    assert.equal(bytes, 42);
  });

  it("is limited to a range, which every question names as constants", async () => {
    const { source, asked } = sourceOf();
    const { months, unbuilt } = await collect(source, { from: "2026-01", to: "2026-02" });
    assert.deepEqual([months, unbuilt], [["2026-02"], []]);
    for (const part of ["trips", "hours", "lengths", "stations", "routes", "growth", "quality"])
      assert.match(asked[`Report: ${part}`]!, /month in \(date '2026-02-01'\)/, part);
  });

  it("comes from marts, dimensions and the record of loads alone", async () => {
    const { source, asked } = sourceOf();
    await collect(source);
    const tables = new Set(
      Object.values(asked).flatMap((sql) => [...sql.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)),
    );
    const others = [...tables].filter((name) => !/^(mart|dim)_/.test(name));
    assert.deepEqual(others.sort(), ["baywheels_loads", "built_loads"]);
    assert.equal([...tables].filter((name) => name.startsWith("mart_")).length, 7);
  });

  it("has numbers for numbers, null for what is unknown, and texts as they are", async () => {
    const trips = {
      month: "2026-02",
      dimension: "all",
      value: "all",
      trips: "12",
      median_minutes: "9.5",
      median_km: null,
    };
    const { source } = sourceOf({
      "Report: trips": [trips],
      "Report: stations": [
        { name: "12", lat: null, lng: null, county: null, starts: "3", ends: "4", morning_net: "-1", evening_net: "0" },
      ],
      "Report: counties": [{ name: "West", outline: "POLYGON((0 0, 2 0, 2 2, 0 0))" }],
    });
    const data = await collect(source);
    assert.deepEqual(data.trips, [
      { month: "2026-02", dimension: "all", value: "all", trips: 12, medianMinutes: 9.5, medianKm: null },
    ]);
    assert.deepEqual(data.stations, [
      { name: "12", lat: null, lng: null, county: null, starts: 3, ends: 4, morningNet: -1, eveningNet: 0 },
    ]);
    assert.deepEqual(data.counties, [
      {
        name: "West",
        rings: [
          [
            [0, 0],
            [2, 0],
            [2, 2],
            [0, 0],
          ],
        ],
      },
    ]);
  });

  it("is refused for a range without months, and says which there are", async () => {
    await assert.rejects(
      collect(sourceOf().source, { from: "2027-01" }),
      new Error("No month from 2027-01 is loaded and built: stack 'dev' has 2025-12 to 2026-03."),
    );
    await assert.rejects(
      collect(sourceOf().source, { from: "2026-01", to: "2026-01" }),
      new Error("No month from 2026-01 until 2026-01 is loaded and built: stack 'dev' has 2025-12 to 2026-03."),
    );
  });

  it("is refused where nothing is built, and says what to run", async () => {
    const { source } = sourceOf({ "Loaded and built months": [load("2026-04", false, true)] });
    await assert.rejects(collect(source), /^Error: No month of stack 'dev' is loaded and built\. Load some/);
  });
});
