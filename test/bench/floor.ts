import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { publishedMonths } from "../../local/openData/listing";
import { toolPath } from "../../local/tools/tools";
import { query, type Warehouse } from "../../cli/support/warehouse";

/** A published month that was fetched to disk. */
export interface FetchedMonth {
  /** Such as `2026-07`. */
  month: string;
  zip: string;
}

/** What DuckDB alone took for a batch of months, and what it made. */
export interface FloorBatch {
  loadSeconds: number;
  buildSeconds: number;
  /** Trips of each month's own table. */
  months: Record<string, number>;
  /** Rows of each table that floor.py makes. */
  tables: Record<string, number>;
}

/** The pipeline's twin of each of the floor's tables. */
const twins: Record<string, string> = {
  trips: "baywheels_tripdata",
  rejected: "baywheels_tripdata_rejected",
  counties: "dim_bay_area_county",
  station_months: "int_station_months",
  stations: "dim_stations",
  facts: "facts_baywheels_trips",
  trips_by_month: "mart_trips_by_month",
  stations_by_month: "mart_stations_by_month",
  hours_by_month: "mart_hours_by_month",
  lengths_by_month: "mart_trip_lengths_by_month",
  routes_by_month: "mart_routes_by_month",
};

async function save(url: string, file: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`${url} was answered with ${answer.status}`);
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
}

/** Fetches the counties file into a folder; its path. */
export async function fetchCounties(url: string, folder: string, signal: AbortSignal): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "counties.csv");
  await save(url, file, signal);
  return file;
}

/** Fetches a month's zip into a folder. The open-data server makes a month when it is first asked for. */
export async function fetchMonth(
  tripsUrl: string,
  month: string,
  folder: string,
  signal: AbortSignal,
): Promise<FetchedMonth> {
  mkdirSync(folder, { recursive: true });
  const objectName = (await publishedMonths(tripsUrl)).find((listed) => listed.month === month)?.objectName;
  if (objectName === undefined) throw new Error(`Month ${month} is not published at ${tripsUrl}`);
  const zip = join(folder, objectName);
  await save(`${tripsUrl}/${objectName}`, zip, signal);
  return { month, zip };
}

/**
 * Runs floor.py over batches of months, in a new database in the folder.
 * @throws Error with its standard error when it fails
 */
export async function runFloor(
  folder: string,
  counties: string,
  batches: FetchedMonth[][],
  signal: AbortSignal,
): Promise<FloorBatch[]> {
  const args = batches.flatMap((batch) => ["--batch", ...batch.map(({ month, zip }) => `${month}=${zip}`)]);
  const { stdout } = await promisify(execFile)(
    toolPath("bigquery", "bin", "python"),
    ["-B", join("bench", "floor.py"), "--folder", folder, "--counties", counties, ...args],
    { encoding: "utf8", signal },
  );
  return JSON.parse(stdout) as FloorBatch[];
}

/** Rows of the pipeline's tables, by the floor's names, and trips of the months' own tables, which hold rejected rows as well. */
export async function countRows(
  warehouse: Warehouse,
  months: string[],
): Promise<Pick<FloorBatch, "months" | "tables">> {
  const count = async (table: string, condition = "true") => {
    const [row] = await query(warehouse, `Rows of ${table}`, `select count(*) as n from {${table}} where ${condition}`);
    return Number(row!.n);
  };
  const counted: Pick<FloorBatch, "months" | "tables"> = { months: {}, tables: {} };
  for (const month of months)
    counted.months[month] = await count(`baywheels_tripdata_${month.replace("-", "_")}`, "reason is null");
  for (const [table, twin] of Object.entries(twins)) counted.tables[table] = await count(twin);
  return counted;
}

/** @throws Error that names the tables in which the floor has another number of rows than the pipeline. */
export function requireSameRows(pipeline: Pick<FloorBatch, "months" | "tables">, floor: FloorBatch): void {
  const all = { ...pipeline.months, ...pipeline.tables };
  const others: Record<string, number> = { ...floor.months, ...floor.tables };
  const different = Object.entries(all).filter(([name, rows]) => others[name] !== rows);
  if (different.length === 0) return;
  const told = different.map(([name, rows]) => `${name}: ${rows} in the pipeline, ${others[name]} in the floor`);
  throw new Error(`The floor does not do the same work as the pipeline. Rows of ${told.join("; of ")}`);
}
