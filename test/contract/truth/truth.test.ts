import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { request } from "../../../local/services/rest";
import { query, type Warehouse } from "../../../cli/support/warehouse";
import { startBigQuery, tool, type LocalService } from "../../../local/lab/localServices";
import { counties, files } from "./files";

const fixture = (name: string) => readFileSync(join("test", "contract", "truth", name), "utf8");

const literal = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** The row of each file in `baywheels_loads`. */
const loads = files.map(({ month, object, published, content, etag, inFile, rejected }) => {
  const rows = Object.keys(rejected).length;
  const texts = `date '${month}', ${literal(object)}, timestamp '${published}', ${content.length}, ${literal(etag)}`;
  return `(${texts}, ${inFile}, ${inFile - rows}, ${rows})`;
});

const rejected = files.flatMap(({ month, text, rejected }) =>
  Object.entries(rejected).map(([line, reason]) => {
    const raw = text.replaceAll("\r\n", "\n").split("\n")[Number(line) - 1]!;
    return `(date '${month}', ${literal(reason)}, ${literal(raw)})`;
  }),
);

describe("truth check", () => {
  const folder = mkdtempSync(join(tmpdir(), "truth-"));
  let bigquery: LocalService;
  let warehouse: Warehouse;

  const sql = (text: string) => query(warehouse, text.slice(0, 60), text);
  const run = async (statements: string) => {
    for (const statement of statements.trimEnd().split(/;\n/)) await sql(statement.replace(/;$/, ""));
  };

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

  /** The lines before the summary and its empty line. */
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
    await run(fixture("tables.sql"));
    await sql(`insert into trips.baywheels_loads values ${loads.join(", ")}`);
    await sql(`insert into trips.baywheels_tripdata_rejected values ${rejected.join(", ")}`);
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

  it("reports every wrong value, and every row that is missing, double or exchanged, in one line", async () => {
    await run(fixture("faults.sql"));
    const { code, lines } = await truth();
    assert.equal(code, 1);
    // the last digits of a distance are the machine's
    const found = differences(lines).map((line) => line.replace(/(\.\d{6})\d{4,}/g, "$1…"));
    assert.deepEqual(found.sort(), fixture("differences.txt").trimEnd().split("\n"));
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
