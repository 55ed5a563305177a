import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { request } from "../../../local/services/rest";
import { query, type Warehouse } from "../../../cli/support/warehouse";
import { startBigQuery, tool, type LocalService } from "../../../local/lab/localServices";
import { faults, key, replacedTrip, type Fault } from "./faults";
import { counties, files } from "./files";
import { made } from "./tables";

/** Table of most faults. */
const facts = "facts_baywheels_trips";

describe("truth check", () => {
  const folder = mkdtempSync(join(tmpdir(), "truth-"));
  let bigquery: LocalService;
  let warehouse: Warehouse;

  const sql = (text: string) => query(warehouse, text.slice(0, 60), text);

  function truth(...more: string[]): Promise<{ code: number; lines: string[]; errors: string }> {
    const python = tool(process.env.ORACLES_PYTHON, "oracles", "bin", "python");
    const where = ["--project", "lab", "--dataset", "trips", "--bigquery", bigquery.url];
    const files = ["--trips", join(folder, "baywheels-data"), "--counties", join(folder, "resource", "wamw-vt4s.csv")];
    const args = ["-B", join("local", "oracles", "truth", "truth.py"), ...where, ...files, ...more];
    return new Promise((done) =>
      execFile(python, args, (error, output, errors) =>
        done({ code: error ? Number(error.code) : 0, lines: output.split("\n"), errors }),
      ),
    );
  }

  /** The lines before the summary: one per difference, then an empty one. */
  const differences = (lines: string[]) => lines.slice(0, lines.indexOf(""));

  before(async () => {
    for (const name of ["storage", "baywheels-data", "resource"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "resource", "wamw-vt4s.csv"), counties);
    const trips = (name: string) => join(folder, "baywheels-data", name);
    for (const { object, content } of files) writeFileSync(trips(object), content);
    // not loaded, or not the newest of its month: they are not read
    for (const name of ["201802-fordgobike-tripdata.csv.zip", "202411-tripdata.zip"]) {
      writeFileSync(trips(name), zipSync({ "readme.txt": strToU8("duration_sec") }));
      utimesSync(trips(name), 1, 1);
    }

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
    const compared = new Map(
      lines.map((line) => /^(.+?) {2,}(\d+) {2,}0$/.exec(line)?.slice(1) as [string, string]).filter(Boolean),
    );
    const numbers = {
      "months in baywheels_loads": 4,
      "trips of 2018-01 in baywheels_tripdata": 2,
      "trips of 2024-11 in baywheels_tripdata": 4,
      "trips of 2024-12 in facts_baywheels_trips": 3,
      "trips of 2025-03 in facts_baywheels_trips": 1,
      "rejected rows of 2018-01": 3,
      "rejected rows of 2024-11": 22,
      "rejected rows of 2024-12": 2,
      "rejected rows of 2025-03": 0,
      "stations in dim_stations": 6,
      "stations of no county": 1,
      "member_casual in baywheels_tripdata": 10,
      "distance_km, 3 decimals": 10,
      "st_distance, within 1e-06 km": 10,
      duration_seconds: 10,
      end_county: 10,
      "rows of mart_trips_by_month": 40,
      "rows of mart_hours_by_month": 10,
      "rows of mart_trip_lengths_by_month": 16,
      "rows of mart_stations_by_month": 9,
      "rows of mart_quality_by_month": 16,
      "rows of mart_routes_by_month": 5,
    };
    for (const [kind, number] of Object.entries(numbers)) assert.equal(compared.get(kind), String(number), kind);
  });

  it("compares a sample column by column, the same one every time", async () => {
    const [first, second] = [await truth("--sample", "2"), await truth("--sample", "2")];
    assert.equal(first.code, 0, first.lines.join("\n"));
    assert.match(first.lines.join("\n"), /^start_hour +2 +0$/m);
    assert.deepEqual(second, first);
  });

  /** Makes some rows wrong, and asserts that exactly these faults are reported. */
  async function assertFound(some: Fault[]): Promise<void> {
    const tables = [...new Set(some.map(({ table = facts }) => table))];
    for (const table of tables)
      await sql(`create or replace table trips.right_${table} as select * from trips.${table}`);
    for (const { table = facts, row, set } of some) {
      const columns = Object.entries(set).map(([column, value]) => `${column} = ${value}`);
      await sql(`update trips.${table} set ${columns.join(", ")} where ${row}`);
    }
    const { code, lines } = await truth();
    for (const table of tables)
      await sql(`create or replace table trips.${table} as select * from trips.right_${table}`);
    assert.equal(code, 1, lines.join("\n"));
    let found = differences(lines);
    for (const { title, row, reported } of some)
      for (const pattern of reported) {
        const others = found.filter((line) => !pattern.test(line));
        assert.equal(others.length, found.length - 1, `${title}, ${row}: ${String(pattern)} in\n${lines.join("\n")}`);
        found = others;
      }
    assert.deepEqual(found, []);
  }

  it("finds each compared value that is wrong, and nothing else", () => assertFound(faults));

  it("finds a trip in the place of another", () => assertFound([replacedTrip]));

  it("finds a missing trip, station or rejected row, and a trip, station or load that stands twice", async () => {
    await sql(
      "insert into trips.facts_baywheels_trips select * from trips.facts_baywheels_trips where ride_id = 'FREE'",
    );
    await sql("delete from trips.facts_baywheels_trips where ride_id = 'BACK'");
    await sql("delete from trips.dim_stations where station_id = 'XX-D'");
    await sql("insert into trips.dim_stations select * from trips.dim_stations where station_id = 'OK-C'");
    await sql("insert into trips.baywheels_loads select * from trips.baywheels_loads where rows_in_file = 1");
    await sql("delete from trips.baywheels_tripdata_rejected where starts_with(raw, 'BEFORE')");
    const { code, lines } = await truth();
    assert.equal(code, 1);
    assert.deepEqual(differences(lines), [
      "months in baywheels_loads: 2025-03: expected 1 row, found 2 rows",
      `trips of 2024-11 in facts_baywheels_trips: ride ${key("BACK")}: expected 1 rows, found 0 rows`,
      `trips of 2024-12 in facts_baywheels_trips: ride ${key("FREE")}: expected 1 rows, found 2 rows`,
      "rejected rows of 2024-11: end before start, 'BEFORE,classic_bike,2024-11-03 01:50:00,2024-11-03 00:59:59,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member': expected 1 rows, found 0 rows",
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
