import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { request } from "../../sandbox/resources/rest";
import { query, type Warehouse } from "../../sandbox/warehouse";
import { Emulator } from "./support/bigQueryLab";
import { startBigQuery, tool, type LocalService } from "./support/localServices";
import { assertSameModels } from "./support/reference";

/** A trip of a test, by its ride_id; places are stations of `stations`, or [latitude, longitude]. */
interface Trip {
  ride: string;
  start: string;
  end: string;
  from?: Place;
  to?: Place;
}

type Place = string | [number, number];

/** Stations by id: name, latitude, longitude. */
const stations: Record<string, [string, number, number]> = {
  "SF-A1": ["Market St", 37.75, -122.45],
  "SF-B2": ["Mission St", 37.76, -122.44],
  "OK-C3": ["Broadway", 37.8, -122.25],
  "XX-D4": ["Portland", 45.5, -122.65],
};

const outline = (west: number, east: number) =>
  `POLYGON((${west} 37.5, ${east} 37.5, ${east} 38, ${west} 38, ${west} 37.5))`;

interface Flow {
  tasks: { id: string; sql?: string }[];
}

/** A CREATE TABLE of the loading flow, for the dataset of the test. */
function ddlOf(task: string): string {
  const flow = parse(readFileSync(join("flows", "05_gcp_load_data_scheduled.yaml"), "utf8")) as Flow;
  const sql = flow.tasks.find(({ id }) => id === task)?.sql;
  assert.ok(sql, `flow 05 has a task ${task} with sql`);
  return sql.replaceAll("{{ render(vars.dataset) }}", "lab.trips");
}

describe("dbt models", () => {
  const folder = mkdtempSync(join(tmpdir(), "dbt-models-"));
  let bigquery: LocalService;
  let warehouse: Warehouse;

  const sql = (text: string) => query(warehouse, text.slice(0, 60), text);

  /** Runs dbt with its output below the test's folder; what it said is in the error when it fails. */
  async function dbt(...args: string[]): Promise<void> {
    const paths = ["--project-dir", "dbt", "--profiles-dir", "dbt"];
    const outputs = ["--target-path", join(folder, "target"), "--log-path", join(folder, "logs")];
    const env = {
      ...process.env,
      BIGQUERY_EMULATOR_HOST: bigquery.url,
      GCP_PROJECT_ID: "lab",
      GCP_LOCATION: "US",
      GCP_DATASET: "trips",
      DBT_TARGET: "local",
    };
    const dbtTool = tool(process.env.DBT_BIN && join(process.env.DBT_BIN, "dbt"), "dbt", "bin", "dbt");
    try {
      await promisify(execFile)(dbtTool, [...args, ...paths, ...outputs, "--no-use-colors"], {
        env,
        maxBuffer: 10_000_000,
      });
    } catch (error) {
      throw new Error((error as { stdout?: string }).stdout ?? String(error), { cause: error });
    }
  }

  /** The unit tests of the models do not look at the tables: once is enough. */
  const build = () => dbt("build", "--exclude-resource-type", "unit_test");

  const values = (place: Place | undefined) => {
    if (place === undefined) return "null, null, null, null";
    if (typeof place !== "string") return `null, null, ${place[0]}, ${place[1]}`;
    const [name, lat, lng] = stations[place]!;
    return `'${name}', '${place}', ${lat}, ${lng}`;
  };

  /** Makes the main table hold exactly these trips of the month, as a load does. */
  async function load(month: string, trips: Trip[]): Promise<void> {
    const rows = trips.map(
      ({ ride, start, end, from, to }) =>
        `(md5('${ride}'), date '${month}-01', '${ride}', 'classic_bike', datetime '${start}', datetime '${end}', ${values(from)}, ${values(to)}, 'member')`,
    );
    await unload(month);
    await sql(`insert into trips.baywheels_tripdata (
        unique_row_id, source_month, ride_id, rideable_type, started_at, ended_at, start_station_name, start_station_id, start_lat,
        start_lng, end_station_name, end_station_id, end_lat, end_lng, member_casual)
      values ${rows.join(", ")}`);
    await sql(`insert into trips.baywheels_loads (source_month, rows_loaded, first_day, last_day, loaded_at)
      select source_month, count(*), min(date(started_at)), max(date(started_at)), current_timestamp()
      from trips.baywheels_tripdata where source_month = date '${month}-01' group by source_month`);
  }

  async function unload(month: string): Promise<void> {
    await sql(`delete from trips.baywheels_tripdata where source_month = date '${month}-01'`);
    await sql(`delete from trips.baywheels_loads where source_month = date '${month}-01'`);
  }

  const compareModels = () =>
    assertSameModels(new Emulator(bigquery.url), join(folder, "target", "compiled", "bay_wheels", "models"));

  const facts = () => sql("select * from trips.facts_baywheels_trips order by ride_id");
  const rides = async () =>
    (await sql("select started_on, ride_id from trips.facts_baywheels_trips order by ride_id")).map(
      ({ started_on, ride_id }) => `${started_on} ${ride_id}`,
    );
  const ids = async () =>
    (await sql("select station_id from trips.dim_stations order by station_id")).map(({ station_id }) => station_id);
  const builtLoads = () =>
    sql(`select format_date('%Y-%m', b.source_month) as month, b.first_day, b.last_day, b.loaded_at = l.loaded_at as is_current
      from trips.built_loads as b left join trips.baywheels_loads as l on b.source_month = l.source_month order by month`);

  before(async () => {
    mkdirSync(join(folder, "storage"));
    bigquery = await startBigQuery(join(folder, "bigquery"), join(folder, "storage"));
    warehouse = { url: bigquery.url, project: "lab", dataset: "trips" };
    await request("Dataset", "POST", `${bigquery.url}/bigquery/v2/projects/lab/datasets`, {
      datasetReference: { projectId: "lab", datasetId: "trips" },
      location: "US",
    });
    await sql(ddlOf("main_table"));
    await sql(ddlOf("loads_table"));
    await sql(
      "create table trips.bay_area_county_ext (the_geom string, objectid string, fipsstco string, county string)",
    );
    await sql(`insert into trips.bay_area_county_ext (the_geom, objectid, fipsstco, county) values
      ('${outline(-122.6, -122.35)}', '1', '06075', 'San Francisco'), ('${outline(-122.35, -122)}', '2', '06001', 'Alameda')`);
  });

  after(async () => {
    await bigquery.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("passes its own tests and describes every trip and station", async () => {
    await load("2025-02", [
      { ride: "february", start: "2025-02-10 08:00:00", end: "2025-02-10 08:20:00", from: "SF-A1", to: "SF-B2" },
    ]);
    await load("2025-03", [
      { ride: "edge", start: "2025-02-28 23:50:00", end: "2025-03-01 00:10:00.5", from: "SF-A1", to: "OK-C3" },
      { ride: "dockless", start: "2025-03-08 13:00:00", end: "2025-03-08 13:30:00", from: [37.8, -122.2] },
      { ride: "lonely", start: "2025-03-09 01:50:00", end: "2025-03-09 03:10:00", from: "XX-D4", to: [0, 0] },
      { ride: "stays", start: "2025-03-20 18:00:00", end: "2025-03-20 18:05:00", from: "SF-B2", to: "SF-A1" },
      { ride: "moves", start: "2025-03-31 10:00:00", end: "2025-03-31 10:15:00", from: "SF-A1", to: "SF-A1" },
    ]);
    await dbt("build");

    const told =
      await sql(`select ride_id, started_on, start_county, end_county, distance_km, duration_seconds, time_of_day, start_weekday
      from trips.facts_baywheels_trips where ride_id in ('edge', 'dockless', 'lonely') order by ride_id`);
    assert.deepEqual(
      told.map((row) => Object.values(row)),
      [
        ["dockless", "2025-03-08", "Alameda", null, null, "1800", "afternoon", "Saturday"],
        ["edge", "2025-02-28", "San Francisco", "Alameda", "18.436", "1200", "evening", "Friday"],
        ["lonely", "2025-03-09", null, null, null, "1200", "night", "Sunday"],
      ],
    );
    const described = await sql("select station_id, station_name, county from trips.dim_stations order by station_id");
    assert.deepEqual(
      described.map((row) => Object.values(row)),
      [
        ["OK-C3", "Broadway", "Alameda"],
        ["SF-A1", "Market St", "San Francisco"],
        ["SF-B2", "Mission St", "San Francisco"],
        ["XX-D4", "Portland", null],
      ],
    );
    assert.deepEqual(await builtLoads(), [
      { month: "2025-02", first_day: "2025-02-10", last_day: "2025-02-10", is_current: "true" },
      { month: "2025-03", first_day: "2025-02-28", last_day: "2025-03-31", is_current: "true" },
    ]);
  });

  it("changes no row when nothing was loaded since", async () => {
    const before = [await facts(), await builtLoads()];
    await build();
    assert.deepEqual([await facts(), await builtLoads()], before);
    assert.deepEqual(await sql("select source_month from trips.int_loads_to_build"), []);
  });

  it("does not take a load that came during a build for built", async () => {
    // an older month is loaded after the facts were built and before the list of loads is
    await load("2024-12", [
      { ride: "december", start: "2024-12-24 08:00:00", end: "2024-12-24 08:20:00", from: "SF-A1", to: "SF-B2" },
    ]);
    await dbt("run", "--select", "built_loads");
    const [december, ...others] = await builtLoads();
    assert.deepEqual(december, {
      month: "2024-12",
      first_day: "2024-12-24",
      last_day: "2024-12-24",
      is_current: null,
    });
    assert.deepEqual(
      others.map(({ is_current }) => is_current),
      ["true", "true"],
    );
  });

  it("writes the days of changed loads anew and no other: older, corrected and vanished trips", async () => {
    // a row that no load brought, on a day that no changed load touches: it stays as long as that day is left alone
    await sql(`insert into trips.facts_baywheels_trips (ride_id, started_on, dst_ambiguous, unique_row_id)
      values ('untouched', date '2025-02-10', false, md5('untouched'))`);
    await load("2025-03", [
      { ride: "edge", start: "2025-03-01 00:05:00", end: "2025-03-01 00:10:00", from: "SF-A1", to: "OK-C3" },
      { ride: "dockless", start: "2025-03-08 13:00:00", end: "2025-03-08 14:00:00", from: [37.8, -122.2] },
      { ride: "stays", start: "2025-03-20 18:00:00", end: "2025-03-20 18:05:00", from: "SF-B2", to: "SF-A1" },
      { ride: "moves", start: "2025-03-30 10:00:00", end: "2025-03-30 10:15:00", from: "SF-A1", to: "SF-A1" },
    ]);
    await build();
    assert.deepEqual(await rides(), [
      "2024-12-24 december",
      "2025-03-08 dockless",
      "2025-03-01 edge",
      "2025-02-10 february",
      "2025-03-30 moves",
      "2025-03-20 stays",
      "2025-02-10 untouched",
    ]);
    const [dockless] = await sql("select duration_seconds from trips.facts_baywheels_trips where ride_id = 'dockless'");
    assert.equal(dockless?.duration_seconds, "3600");
    assert.deepEqual(await ids(), ["OK-C3", "SF-A1", "SF-B2"]);
    assert.deepEqual(await builtLoads(), [
      { month: "2024-12", first_day: "2024-12-24", last_day: "2024-12-24", is_current: "true" },
      { month: "2025-02", first_day: "2025-02-10", last_day: "2025-02-10", is_current: "true" },
      { month: "2025-03", first_day: "2025-03-01", last_day: "2025-03-30", is_current: "true" },
    ]);
  });

  it("has models that give what ZetaSQL makes of them, built by increments", compareModels);

  it("forgets a month that was taken away, and then holds what a full refresh makes", async () => {
    await unload("2025-02");
    await dbt("run");
    const months = (await builtLoads()).map(({ month }) => month);
    assert.deepEqual(months, ["2024-12", "2025-03"]);
    const incremental = [await facts(), await ids()];
    assert.equal(incremental[0]!.length, 5);
    await dbt("run", "--full-refresh");
    assert.deepEqual([await facts(), await ids()], incremental);
  });

  it("has models that give what ZetaSQL makes of them, built anew", compareModels);
});
