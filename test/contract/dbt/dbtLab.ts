import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { request } from "../../../local/services/rest";
import { query, type Warehouse } from "../../../cli/support/warehouse";
import { Emulator } from "../../../local/lab/bigQueryLab";
import { startBigQuery, tool, type LocalService } from "../../../local/lab/localServices";
import { assertSameModels } from "../../../local/oracles/zetasql/reference";

/** A trip of a test, by its ride_id; places are stations of the lab, or [latitude, longitude]. */
export interface Trip {
  ride: string;
  start: string;
  end: string;
  from?: Place;
  to?: Place;
  /** Null as in the old schema, with a key that is not made of the ride_id. */
  bike?: "classic_bike" | "electric_bike" | null;
  rider?: "member" | "casual";
}

type Place = string | [number, number];
type Row = Record<string, string | null>;

const outline = (west: number, east: number) =>
  `POLYGON((${west} 37.5, ${east} 37.5, ${east} 38, ${west} 38, ${west} 37.5))`;

/** A file of flows/sql as the flow renders it for the dataset of the lab. */
function rendered(file: string, isFull: boolean): string {
  const values: Record<string, string> = {
    "kv('GCP_DATASET')": "trips",
    "renderOnce(vars.is_full)": String(isFull),
  };
  return readFileSync(join("flows", "sql", file), "utf8").replace(/\{\{ (.+?) \}\}/g, (_, template: string) => {
    const value = values[template];
    assert.ok(value !== undefined, `${file}: ${template}`);
    return value;
  });
}

/** Runs dbt; what it said is in the error when it fails. */
export async function runDbt(folder: string, url: string, args: string[]): Promise<void> {
  const paths = ["--project-dir", "dbt", "--profiles-dir", "dbt"];
  const outputs = ["--target-path", join(folder, "target"), "--log-path", join(folder, "logs")];
  const env = {
    ...process.env,
    BIGQUERY_EMULATOR_HOST: url,
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

/**
 * A BigQuery emulator with the loading flow's tables and two counties: San Francisco west of longitude -122.35 and
 * Alameda east of it.
 */
export class DbtLab {
  /** Stations by id: name, latitude, longitude. XX-D4 lies in no county. */
  readonly stations: Record<string, [string, number, number]> = {
    "SF-A1": ["Market St", 37.75, -122.45],
    "SF-B2": ["Mission St", 37.76, -122.44],
    "OK-C3": ["Broadway", 37.8, -122.25],
    "XX-D4": ["Portland", 45.5, -122.65],
  };

  private constructor(
    private readonly folder: string,
    private readonly bigquery: LocalService,
    private readonly warehouse: Warehouse,
  ) {}

  static async start(): Promise<DbtLab> {
    const folder = mkdtempSync(join(tmpdir(), "dbt-models-"));
    mkdirSync(join(folder, "storage"));
    const bigquery = await startBigQuery(join(folder, "bigquery"), join(folder, "storage"));
    const lab = new DbtLab(folder, bigquery, { url: bigquery.url, project: "lab", dataset: "trips" });
    await request("Dataset", "POST", `${bigquery.url}/bigquery/v2/projects/lab/datasets`, {
      datasetReference: { projectId: "lab", datasetId: "trips" },
      location: "US",
    });
    await lab.sql(rendered("create_tables.sql", false));
    await lab.sql(
      "create table trips.bay_area_county_ext (the_geom string, objectid string, fipsstco string, county string)",
    );
    await lab.sql(`insert into trips.bay_area_county_ext (the_geom, objectid, fipsstco, county) values
      ('${outline(-122.6, -122.35)}', '1', '06075', 'San Francisco'), ('${outline(-122.35, -122)}', '2', '06001', 'Alameda')`);
    return lab;
  }

  async stop(): Promise<void> {
    await this.bigquery.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Rows of a statement, each value as text. */
  sql(text: string): Promise<Row[]> {
    return query(this.warehouse, text.slice(0, 60), text);
  }

  /** Values of a statement's rows, without their columns' names. */
  async values(text: string): Promise<unknown[][]> {
    return (await this.sql(text)).map((row) => Object.values(row));
  }

  dbt(...args: string[]): Promise<void> {
    return runDbt(this.folder, this.bigquery.url, args);
  }

  /** What the flow asks before a build. */
  async plan(isFull = false): Promise<{ isNew: boolean; months: string[]; loadedUntil: string }> {
    await this.sql(rendered("create_built_loads.sql", isFull));
    const [row] = await this.sql(rendered("months_to_build.sql", isFull));
    const { is_new, months, loaded_until } = row!;
    return {
      isNew: is_new === "true",
      months: JSON.parse(`[${months ?? ""}]`) as string[],
      loadedUntil: loaded_until ?? "",
    };
  }

  /** Variables of dbt as the flow passes them. */
  async vars(isFull = false): Promise<string[]> {
    const { months, loadedUntil } = await this.plan(isFull);
    return ["--vars", JSON.stringify({ months, loaded_until: loadedUntil })];
  }

  /** A build as the flow runs it: the unit tests of the models do not look at the tables. */
  async build(...more: string[]): Promise<void> {
    const vars = await this.vars(more.includes("--full-refresh"));
    await this.dbt("build", "--exclude-resource-type", "unit_test", ...vars, ...more);
  }

  /** Statements that the last run of dbt sent, each from the comment that names its node. */
  async sent(): Promise<string[]> {
    return (await this.jobs()).map(({ query }) => query.query);
  }

  /** Nodes that the jobs of the last run of dbt are labelled with. */
  async nodes(): Promise<Set<string | undefined>> {
    return new Set((await this.jobs()).map(({ labels }) => labels?.node_id));
  }

  /** Jobs of the last run of dbt. */
  private async jobs(): Promise<{ labels?: Record<string, string>; query: { query: string } }[]> {
    const answer = await fetch(`${this.bigquery.url}/bigquery/v2/projects/lab/jobs?projection=full&maxResults=10000`);
    const { jobs } = (await answer.json()) as {
      jobs: { configuration: { labels?: Record<string, string>; query: { query: string } } }[];
    };
    const runs = jobs.map(({ configuration }) => configuration.labels?.dbt_invocation_id);
    const last = runs.find((run) => run !== undefined);
    return jobs.filter((_, index) => runs[index] === last).map(({ configuration }) => configuration);
  }

  /** Compares the models, as they were compiled last, with ZetaSQL's reference implementation. */
  compareModels(): Promise<void> {
    return assertSameModels(
      new Emulator(this.bigquery.url),
      join(this.folder, "target", "compiled", "bay_wheels", "models"),
    );
  }

  /** Sets the main table's trips of a month, like a load: the months of the trips before count as touched, too. */
  async load(month: string, trips: Trip[]): Promise<void> {
    const rows = trips.map(({ ride, start, end, from, to, bike = "classic_bike", rider = "member" }) => {
      const [id, kind] = bike === null ? ["null", "null"] : [`'${ride}'`, `'${bike}'`];
      return `(md5('${ride}'), date '${month}-01', ${id}, ${kind}, datetime '${start}', datetime '${end}', ${this.place(from)}, ${this.place(to)}, '${rider}')`;
    });
    const before = await this.unload(month);
    if (rows.length > 0)
      await this.sql(`insert into trips.baywheels_tripdata (
        unique_row_id, source_month, ride_id, rideable_type, started_at, ended_at, start_station_name, start_station_id, start_lat,
        start_lng, end_station_name, end_station_id, end_lat, end_lng, member_casual)
      values ${rows.join(", ")}`);
    const touched = [...new Set([...before, ...trips.map(({ start }) => `${start.slice(0, 7)}-01`)])].sort();
    await this
      .sql(`insert into trips.baywheels_loads (source_month, published_at, rows_in_file, rows_loaded, rows_rejected, touched_months, loaded_at)
      values (date '${month}-01', timestamp_add(timestamp '${month}-01', interval 35 day), ${trips.length + 1}, ${trips.length}, 1,
        [${touched.map((each) => `date '${each}'`).join(", ")}], current_timestamp())`);
    await this.sql(`delete from trips.baywheels_tripdata_rejected where source_month = date '${month}-01'`);
    await this.sql(
      `insert into trips.baywheels_tripdata_rejected (source_month, reason, raw) values (date '${month}-01', 'malformed', 'x')`,
    );
  }

  /** Takes a month away; the months that its loads touched. */
  async unload(month: string): Promise<string[]> {
    const rows = await this.sql(
      `select cast(touched as string) as touched from trips.baywheels_loads, unnest(touched_months) as touched where source_month = date '${month}-01'`,
    );
    await this.sql(`delete from trips.baywheels_tripdata where source_month = date '${month}-01'`);
    await this.sql(`delete from trips.baywheels_loads where source_month = date '${month}-01'`);
    return rows.map(({ touched }) => touched!);
  }

  private place(place: Place | undefined): string {
    if (place === undefined) return "null, null, null, null";
    if (typeof place !== "string") return `null, null, ${place[0]}, ${place[1]}`;
    const [name, lat, lng] = this.stations[place]!;
    return `'${name}', '${place}', ${lat}, ${lng}`;
  }
}
