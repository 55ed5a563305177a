import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { request } from "../../sandbox/resources/rest";
import { query, type Warehouse } from "../../sandbox/warehouse";
import { startBigQuery, tool, type LocalService } from "./support/localServices";
import { faults } from "./support/truthFaults";

const header =
  "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual";

/** A name with line break, comma and quotes; a row too short, one too long, rows that are no rides, and a ride of the next file as well. */
const november = `${header}
BACK,classic_bike,2024-11-03 01:50:00,2024-11-03 01:10:00,A,SF-A,B,SF-B, 37.75 ,-122.45,37.76,-122.44,member
TWICE,classic_bike,2024-11-30 23:50:00,2024-12-01 00:10:00,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member
BLANK,classic_bike,2024-11-30 23:50:00 ,2024-12-01 00:10:00,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member
BROKEN,classic_bike,2024-11-31 23:50:00,2024-12-01 00:10:00,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member
ENDLESS,classic_bike,2024-11-30 23:50:00,,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member
FAR,classic_bike,2025-01-01 00:00:00,2025-01-01 00:10:00,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member
SHORT,classic_bike,2024-11-08 12:00:00,2024-11-08 11:59:59,A,SF-A
`;

const december = `"${header.replaceAll(",", '","')}"
"TWICE","classic_bike","2024-11-30 23:50:00.100","2024-12-01 00:10:30.000","A","SF-A","B","SF-B","37.75","-122.45","37.76","-122.44","member"
"ROUND","electric_bike","2024-12-07 18:00:00.500","2024-12-07 18:30:00.499","B ""new"",
two lines","SF-B","B","SF-B","37.76","-122.44","37.76","-122.44","casual","more"
"FREE","electric_bike","2024-12-09 11:59:59.999","2024-12-09 12:10:00.000","","","","","37.80","-122.20","0","0","member"
"FREE","electric_bike","2024-12-09 12:00:00.000","2024-12-09 12:10:00.000","","","","","37.80","-122.20","0","0","member"
`;

const march = `${header}
FORWARD,docked_bike,2025-03-09 01:50:00,2025-03-09 03:10:00,C,OK-C,D,XX-D,37.8,-122.25,45.5,-122.65,member
`;

const outline = (west: number, east: number) =>
  `MULTIPOLYGON (((${west} 37.5, ${east} 37.5, ${east} 38, ${west} 38, ${west} 37.5)))`;

const counties = `the_geom,objectid,fipsstco,county
"${outline(-122.6, -122.35)}",1,06075,San Francisco
"${outline(-122.35, -122)}",2,06001,Alameda
`;

/** Values of each trip's row but the derived ones: ride, month, start and end with their places. */
const trips = `
  ('BACK', date '2024-11-01', 37.75, -122.45, 37.76, -122.44),
  ('SHORT', date '2024-11-01', null, null, null, null),
  ('TWICE', date '2024-12-01', 37.75, -122.45, 37.76, -122.44),
  ('ROUND', date '2024-12-01', 37.76, -122.44, 37.76, -122.44),
  ('FREE', date '2024-12-01', 37.8, -122.2, null, null),
  ('FORWARD', date '2025-03-01', 37.8, -122.25, 45.5, -122.65)`;

/** Derived values, reckoned by hand; 0.01 degrees of latitude are 1.112 km. */
const derived = `
  ('BACK', 1.418, 1200, true, date '2024-11-03', 1, 'Sunday', 'night', 'San Francisco', 'San Francisco'),
  ('SHORT', null, null, false, date '2024-11-08', 12, 'Friday', 'afternoon', 'San Francisco', null),
  ('TWICE', 1.418, 1229, false, date '2024-11-30', 23, 'Saturday', 'evening', 'San Francisco', 'San Francisco'),
  ('ROUND', 0.0, 1799, false, date '2024-12-07', 18, 'Saturday', 'evening', 'San Francisco', 'San Francisco'),
  ('FREE', null, 600, false, date '2024-12-09', 11, 'Monday', 'morning', 'Alameda', null),
  ('FORWARD', 856.844, 1200, false, date '2025-03-09', 1, 'Sunday', 'night', 'Alameda', null)`;

const made = [
  "create table trips.baywheels_loads (source_month date)",
  "insert into trips.baywheels_loads (source_month) values (date '2024-11-01'), (date '2024-12-01'), (date '2025-03-01')",
  "create table trips.baywheels_tripdata (ride_id string, source_month date, start_lat float64, start_lng float64, end_lat float64, end_lng float64)",
  `insert into trips.baywheels_tripdata (ride_id, source_month, start_lat, start_lng, end_lat, end_lng) values ${trips}`,
  `create table trips.derived (ride_id string, distance_km float64, duration_seconds int64, dst_ambiguous bool, started_on date, start_hour int64,
     start_weekday string, time_of_day string, start_county string, end_county string)`,
  `insert into trips.derived (ride_id, distance_km, duration_seconds, dst_ambiguous, started_on, start_hour, start_weekday, time_of_day,
     start_county, end_county) values ${derived}`,
  `create table trips.facts_baywheels_trips as
     select t.*, d.* except (ride_id) from trips.baywheels_tripdata as t inner join trips.derived as d on t.ride_id = d.ride_id`,
  "create table trips.dim_stations (station_id string, lat float64, lng float64, county string)",
  `insert into trips.dim_stations (station_id, lat, lng, county) values ('SF-A', 37.75, -122.45, 'San Francisco'),
     ('SF-B', 37.76, -122.44, 'San Francisco'), ('OK-C', 37.8, -122.25, 'Alameda'), ('XX-D', 45.5, -122.65, null)`,
];

describe("truth check", () => {
  const folder = mkdtempSync(join(tmpdir(), "truth-"));
  let bigquery: LocalService;
  let warehouse: Warehouse;

  const sql = (text: string) => query(warehouse, text.slice(0, 60), text);

  function truth(...more: string[]): Promise<{ code: number; lines: string[]; errors: string }> {
    const python = tool(process.env.ORACLES_PYTHON, "oracles", "bin", "python");
    const where = ["--project", "lab", "--dataset", "trips", "--bigquery", bigquery.url];
    const files = ["--trips", join(folder, "baywheels-data"), "--counties", join(folder, "resource", "wamw-vt4s.csv")];
    const args = ["-B", join("test", "oracles", "truth", "truth.py"), ...where, ...files, ...more];
    return new Promise((done) =>
      execFile(python, args, (error, output, errors) =>
        done({ code: error ? Number(error.code) : 0, lines: output.split("\n"), errors }),
      ),
    );
  }

  /** The lines that tell differences stand before the summary, and an empty line between them. */
  const differences = (lines: string[]) => lines.slice(0, lines.indexOf(""));

  before(async () => {
    for (const name of ["storage", "baywheels-data", "resource"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "resource", "wamw-vt4s.csv"), counties);
    const archives = {
      "202411-baywheels-tripdata.csv.zip": { "trips of november.csv": strToU8(november) },
      "202412-baywheels-tripdata.zip": {
        "202412-baywheels-tripdata.csv": strToU8(december),
        "__MACOSX/._202412-baywheels-tripdata.csv": new Uint8Array([0, 5, 22, 7]),
      },
      "202503-lyftbikes-tripdata.csv.zip": { "202503-lyftbikes-tripdata.csv": strToU8(march) },
      // not loaded: it is not read
      "201801-fordgobike-tripdata.csv.zip": { "readme.txt": strToU8("duration_sec") },
    };
    for (const [name, files] of Object.entries(archives))
      writeFileSync(join(folder, "baywheels-data", name), zipSync(files));

    bigquery = await startBigQuery(join(folder, "bigquery"), join(folder, "storage"));
    warehouse = { url: bigquery.url, project: "lab", dataset: "trips" };
    await request("Dataset", "POST", `${bigquery.url}/bigquery/v2/projects/lab/datasets`, {
      datasetReference: { projectId: "lab", datasetId: "trips" },
      location: "US",
    });
    for (const statement of made) await sql(statement);
  });

  after(async () => {
    await bigquery.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("finds right tables right, and says what it compared", async () => {
    const { code, lines, errors } = await truth();
    assert.equal(code, 0, [...lines, errors].join("\n"));
    assert.deepEqual(differences(lines), []);
    const compared = lines.map((line) => / {2,}(\d+) {2,}0$/.exec(line)?.[1]).filter((number) => number !== undefined);
    const months = ["2", "3", "1"].sort();
    assert.deepEqual(compared.slice(0, 6).sort(), [...months, ...months].sort(), lines.join("\n"));
    assert.match(lines.join("\n"), /^stations in dim_stations +4 +0$/m);
    for (const column of ["distance_km, 3 decimals", "st_distance, within 1e-06 km", "duration_seconds", "end_county"])
      assert.match(lines.join("\n"), new RegExp(`^${column} +6 +0$`, "m"));
  });

  it("compares a sample column by column, the same one every time", async () => {
    const [first, second] = [await truth("--sample", "2"), await truth("--sample", "2")];
    assert.equal(first.code, 0, first.lines.join("\n"));
    assert.match(first.lines.join("\n"), /^start_hour +2 +0$/m);
    assert.deepEqual(second, first);
  });

  for (const { title, table = "facts_baywheels_trips", row, set, told } of faults) {
    it(`tells what is wrong: ${title}, ${row}`, async () => {
      const columns = Object.entries(set);
      await sql(`create or replace table trips.right_rows as select * from trips.${table}`);
      await sql(
        `update trips.${table} set ${columns.map(([column, value]) => `${column} = ${value}`).join(", ")} where ${row}`,
      );
      const { code, lines } = await truth();
      await sql(`create or replace table trips.${table} as select * from trips.right_rows`);
      assert.equal(code, 1, lines.join("\n"));
      const found = differences(lines);
      assert.equal(found.length, told.length, lines.join("\n"));
      found.forEach((line, index) => assert.match(line, told[index]!));
    });
  }

  it("tells a missing trip, a trip that stands twice, a missing station, and one that stands twice", async () => {
    await sql(
      "insert into trips.facts_baywheels_trips select * from trips.facts_baywheels_trips where ride_id = 'FREE'",
    );
    await sql("delete from trips.facts_baywheels_trips where ride_id = 'BACK'");
    await sql("delete from trips.dim_stations where station_id = 'XX-D'");
    await sql("insert into trips.dim_stations select * from trips.dim_stations where station_id = 'OK-C'");
    const { code, lines } = await truth();
    assert.equal(code, 1);
    assert.deepEqual(differences(lines), [
      "trips of 2024-11 in facts_baywheels_trips: ride BACK: expected 1 rows, found 0 rows",
      "trips of 2024-12 in facts_baywheels_trips: ride FREE: expected 1 rows, found 2 rows",
      "stations in dim_stations: station OK-C: expected 1 row, found 2 rows",
      "stations in dim_stations: station XX-D: expected a row, found none",
    ]);
  });

  it("proves nothing when nothing is loaded or a month's file is missing", async () => {
    await sql("insert into trips.baywheels_loads (source_month) values (date '2025-04-01')");
    const missing = await truth();
    assert.equal(missing.code, 2);
    assert.match(missing.errors, /has no file of 2025-04/);
    await sql("delete from trips.baywheels_loads where true");
    const nothing = await truth();
    assert.equal(nothing.code, 2);
    assert.match(nothing.errors, /nothing is loaded/);
  });
});
