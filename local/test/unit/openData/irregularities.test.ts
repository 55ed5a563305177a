import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { publishedArchives, publishedMonthsOf, type PublishedArchive } from "../../../openData/catalogue";
import {
  defaultIrregularities,
  irregularities,
  irregularityNames,
  parseIrregularities,
  type Irregularities,
  type Irregularity,
} from "../../../openData/irregularities";
import { tripsOf } from "../../../openData/trips";
import { bytesOf, GeneratedMonth, type Fields } from "./generatedMonth";

const none: Irregularities = new Set();
const day = 86_400_000;

const without = (on: Irregularities, ...names: Irregularity[]) => new Set([...on].filter((n) => !names.includes(n)));

async function generated(month: string, on: Irregularities, trips = 300): Promise<GeneratedMonth> {
  const archive = publishedMonthsOf(on).find((each) => each.month === month)!;
  return new GeneratedMonth(await bytesOf(archive, trips, on), month);
}

/** How a switch shows: by a month's entry in the catalogue, or by its file. */
type Probe =
  | { month: string; listed: (archive: PublishedArchive | undefined) => boolean }
  | { month: string; file: (file: GeneratedMonth) => boolean; trips?: number };

const named = (month: string, objectName: string): Probe => ({
  month,
  listed: (archive) => archive?.objectName === objectName,
});
const column = (month: string, ...names: string[]): Probe => ({
  month,
  file: ({ header, rows }) => names.every((name) => header.includes(name) && rows.some((row) => row[name] !== null)),
});
const rejects = (reason: string): Probe => ({ month: "2026-07", file: ({ rejected }) => rejected[reason] === 3 });
const rows = (month: string, of: (rows: Fields[]) => boolean): Probe => ({ month, file: (file) => of(file.rows) });

const isBefore = (text: string) => (row: Fields) => row.started_at!.startsWith(text);

/** Starts where no station is, in the Bay Area. */
const dockless = (all: Fields[]) =>
  all.filter((row) => row.start_station_id === null && row.start_lng !== null && Number(row.start_lat) > 36.8);

const probes: Record<Exclude<Irregularity, "wholeYear" | "corruptArchive">, Probe> = {
  fordNames: named("2019-04", "201904-fordgobike-tripdata.csv.zip"),
  misspeltName: named("2022-11", "202211-baywheeels-tripdata.csv.zip"),
  missingCsvSuffix: named("2025-03", "202503-baywheels-tripdata.zip"),
  renamed: named("2026-09", "202609-lyftbikes-tripdata.zip"),
  missingMonths: { month: "2024-04", listed: (archive) => archive === undefined },
  latePublication: {
    month: "2025-11",
    listed: (archive) => Math.floor((archive!.published.getTime() - Date.parse("2025-12-01")) / day) === 40,
  },
  resourceForks: {
    month: "2026-07",
    file: ({ files }) => files["__MACOSX/._202607-baywheels-tripdata.csv"]?.slice(0, 4) === "\0\x05\x16\x07",
  },
  otherCsvName: { month: "2025-06", file: ({ files }) => !("202506-baywheels-tripdata.csv" in files) },
  oldSchema: column("2019-12", "duration_sec", "start_time", "bike_id", "user_type"),
  personalColumns: column("2019-04", "member_birth_year", "member_gender", "bike_share_for_all_trip"),
  rentalAccessMethod: column("2020-04", "rental_access_method"),
  emptyColumn: { month: "2019-07", file: ({ lines }) => lines.every((line) => line.endsWith(",")) },
  nullTexts: { month: "2018-06", file: ({ lines }) => lines.some((line) => line.includes(',NULL,"NULL",')) },
  quoted: { month: "2026-09", file: ({ lines }) => lines.every((line) => /^"[^"]*"(,"[^"]*")+$/.test(line)) },
  docklessTrips: rows("2026-07", (all) => dockless(all).length > 0),
  cutCoordinates: rows("2026-07", (all) => {
    const free = dockless(all);
    return (
      free.length > 0 && free.every((row) => /^\d+(\.\d\d?)?,-\d+(\.\d\d?)?$/.test(`${row.start_lat},${row.start_lng}`))
    );
  }),
  missingEnds: {
    month: "2026-07",
    trips: 2000,
    file: (file) =>
      file.rows.some((row) => row.start_lng !== null && row.end_lat === null && row.end_station_id === null),
  },
  zeroCoordinates: rows(
    "2026-07",
    (all) => all.filter((row) => row.end_lat === "0.0" && row.end_lng === "0.0").length === 3,
  ),
  dockedBikes: rows("2023-12", (all) => all.some((row) => row.rideable_type === "docked_bike")),
  duplicateRides: rejects("duplicate"),
  endBeforeStart: rejects("end before start"),
  overADay: rejects("over 24 h"),
  extraField: rejects("malformed"),
  badTimestamps: rejects("bad timestamp"),
  noCoordinates: rejects("no coordinates"),
  outsideBayArea: rejects("outside the Bay Area"),
  edgeRows: rows("2026-07", (all) =>
    ["2026-06-30 23:5", "2026-08-01 00:0"].every((edge) => all.filter(isBefore(edge)).length === 3),
  ),
};

async function shows(probe: Probe, on: Irregularities): Promise<boolean> {
  if ("file" in probe) return probe.file(await generated(probe.month, on, probe.trips));
  return probe.listed(publishedMonthsOf(on).find(({ month }) => month === probe.month));
}

describe("each irregularity exists when it's on, and doesn't when it's off:", () => {
  for (const [name, probe] of Object.entries(probes) as [Irregularity, Probe][]) {
    it(name, async () => {
      assert.equal(await shows(probe, defaultIrregularities), true, "by default");
      assert.equal(await shows(probe, without(defaultIrregularities, name)), false, "all others on");
      assert.equal(await shows(probe, none), false, "none on");
    });
  }

  it("wholeYear", async () => {
    const yearOf = (on: Irregularities) =>
      publishedArchives(on).find(({ objectName }) => objectName.startsWith("2017"));
    const year = yearOf(defaultIrregularities)!;
    assert.equal(year.objectName, "2017-fordgobike-tripdata.csv.zip");
    const file = new GeneratedMonth(await bytesOf(year, 100, defaultIrregularities), "2017-12");
    const months = new Set(
      file.rows.map((row) => row.started_at!.slice(0, 7)).filter((month) => month.startsWith("2017")),
    );
    for (const month of ["06", "07", "08", "09", "10", "11", "12"]) assert.ok(months.has(`2017-${month}`), month);
    assert.equal(yearOf(without(defaultIrregularities, "wholeYear")), undefined);
  });

  it("corruptArchive", async () => {
    const on = new Set([...defaultIrregularities, "corruptArchive" as const]);
    for (const name of ["2019-09", "2023-05"]) {
      const month = publishedMonthsOf(on).find((each) => each.month === name)!;
      const bytes = await bytesOf(month, 100, on);
      assert.deepEqual([...bytes.slice(0, 4)], [0x50, 0x4b, 3, 4]);
      assert.throws(() => unzipSync(bytes));
      assert.ok((await generated(name, defaultIrregularities)).lines.length > 80);
    }
    assert.equal(publishedMonthsOf(on).filter(({ corrupt }) => corrupt).length, 2);
  });
});

describe("generated months", () => {
  it("are a hundred by default: five of 2018-01 to 2026-09 are missing, early ones", () => {
    const months = publishedMonthsOf(defaultIrregularities).map(({ month }) => month);
    const all = publishedMonthsOf(none).map(({ month }) => month);
    assert.deepEqual([all.length, all[0], all.at(-1)], [105, "2018-01", "2026-09"]);
    const missing = all.filter((month) => !months.includes(month));
    assert.deepEqual(missing, ["2018-09", "2019-08", "2020-10", "2021-09", "2024-04"]);
    assert.deepEqual(months.slice(-12), all.slice(-12));
  });

  it("are regular when nothing is on", () => {
    for (const { month, objectName, csvName, published, ...style } of publishedMonthsOf(none)) {
      const name = `${month.replace("-", "")}-baywheels-tripdata.csv`;
      assert.deepEqual([objectName, csvName], [`${name}.zip`, name]);
      const [year, number] = month.split("-").map(Number) as [number, number];
      const days = (published.getTime() - Date.UTC(year, number)) / day;
      assert.ok(days > 0 && days <= 14, `${month}: ${days} days`);
      assert.deepEqual(style, { months: [month], quoted: false, old: undefined, resourceFork: false, corrupt: false });
    }
    assert.equal(publishedArchives(none).length, 105);
  });

  const each = 3;
  const reasons = [
    "malformed",
    "bad timestamp",
    "end before start",
    "over 24 h",
    "no coordinates",
    "outside the Bay Area",
  ];
  for (const month of ["2018-01", "2020-02", "2026-08", "2026-09"]) {
    it(`of ${month} have three rows per rejection reason, whatever their size, and none when nothing is on`, async () => {
      for (const trips of [10, 1000]) {
        const expected = Object.fromEntries([...reasons, "duplicate"].map((reason) => [reason, each]));
        assert.deepEqual((await generated(month, defaultIrregularities, trips)).rejected, expected);
        assert.deepEqual((await generated(month, none, trips)).rejected, {});
      }
    });
  }

  it("have the same trips in the same order with and without dirty rows", async () => {
    const dirt = irregularityNames.slice(irregularityNames.indexOf("duplicateRides"), -1);
    for (const month of ["2019-03", "2026-03"]) {
      const { lines } = await generated(month, without(defaultIrregularities, "zeroCoordinates", ...dirt));
      const dirty = (await generated(month, defaultIrregularities)).lines;
      assert.equal(dirty.length, lines.length + (dirt.length + 1) * each + 2 * each);
      let from = 0;
      for (const line of lines) from = dirty.indexOf(line, from) + 1 || assert.fail(line);
      assert.ok(from < dirty.length - 2 * each && dirty.indexOf(lines[40]!) > 41, "spread among the others");
    }
  });

  it("have the same rides whatever their ends and bikes", () => {
    const ridesOf = (on: Irregularities) =>
      [...tripsOf("2023-05", 500, on)]
        .slice(0, 500)
        .map(({ rideId, startedAt, endedAt }) => [rideId, startedAt, endedAt]);
    for (const name of ["docklessTrips", "cutCoordinates", "missingEnds", "dockedBikes"] as const)
      assert.deepEqual(ridesOf(without(defaultIrregularities, name)), ridesOf(defaultIrregularities));
  });

  it("write the old schema like the source: texts and times quoted, numbers not, integer ids", async () => {
    const on = without(defaultIrregularities, "badTimestamps", "extraField");
    const { lines } = await generated("2018-01", on);
    const place = String.raw`(\d+,"[^"]+"|NULL,"NULL"),(\d+\.\d+)?,(-?\d+\.\d+)?`;
    const time = String.raw`"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}0"`;
    const rider = String.raw`"(Subscriber|Customer)",(\d{4})?,"\w*","(Yes|No)"`;
    const pattern = new RegExp(`^-?\\d+,${time},${time},${place},${place},\\d+,${rider}$`);
    for (const line of lines.slice(1)) assert.match(line, pattern);
    assert.match(lines[0]!, /^"duration_sec","start_time",("\w+",)+"bike_share_for_all_trip"$/);
  });
});

describe("a list of irregularities", () => {
  it("is parsed in any order, may be empty, and refuses an unknown name", () => {
    assert.deepEqual(parseIrregularities("quoted,fordNames , quoted"), ["fordNames", "quoted"]);
    assert.deepEqual(parseIrregularities(""), []);
    assert.throws(
      () => parseIrregularities("quoted,all"),
      new Error(`unknown irregularity 'all'; use ${irregularityNames.join(", ")}`),
    );
  });

  it("contains everything by default except corrupt archives", () => {
    assert.deepEqual([...defaultIrregularities, "corruptArchive"], irregularityNames);
  });

  it("is documented in docs/local-cloud.md", () => {
    const documented = [...readFileSync("docs/local-cloud.md", "utf8").matchAll(/^\| `(\w+)` \| (.*) \| (.*) \|$/gm)];
    assert.deepEqual(
      documented.map(([, name, what, months]) => [name, what, months]),
      irregularityNames.map((name) => [name, irregularities[name].what, irregularities[name].months ?? "every"]),
    );
  });
});
