import type { Days, Scan } from "../../local/oracles/zetasql/zetaSql";

/** 2^20 bytes: what BigQuery bills in. */
const megabyte = 2 ** 20;

/** Minimum billed per table that a query references: https://cloud.google.com/bigquery/pricing#on_demand_pricing */
const minimumBilled = 10 * megabyte;

/** What one statement reads of one table; each column and partition counts once, however often it is referenced. */
export interface Read {
  /** Identifies the statement: its scans are billed together. */
  statement: string;
  table: string;
  columns: string[];
  /** Days to which constants prune the partitioning column; null: the whole table. */
  bounds: Days | null;
  /** True for all columns of the partitions in which the statement may change rows. */
  changed: boolean;
}

/** How a table grows. */
export type Growth =
  /** One row per trip. */
  | "trips"
  /** One row per trip of a single month. */
  | "trips of one month"
  /** Rows per month, whose number doesn't depend on the month's trips. */
  | "months"
  /** Doesn't grow with time. */
  | "none";

/** A read with the measured size of what it takes. */
export interface Measured extends Read {
  growth: Growth;
  /** Bytes of the columns in all partitions that are read. */
  bytes: number;
  /** How many months these bytes cover, for a table that is read whole. */
  months: number;
}

/** How large months are, and how much history there is. */
export interface History {
  months: number;
  /** Trips per month, relative to the measured ones. */
  tripsFactor: number;
}

/** How each table grows, by its name. */
const growths: [RegExp, Growth][] = [
  [/^(baywheels_tripdata|baywheels_tripdata_rejected|facts_baywheels_trips)$/, "trips"],
  [/^baywheels_tripdata_20\d\d_\d\d(_ext)?$/, "trips of one month"],
  // rows per station, county or route: more trips don't make more of them
  [/^(baywheels_loads|built_loads|int_station_months|mart_\w+_by_month)$/, "months"],
  [/^(dim_stations|dim_bay_area_county|bay_area_county(_unchecked)?_ext)$/, "none"],
];

/** @throws Error for an unknown table */
export function growthOf(table: string): Growth {
  const found = growths.find(([pattern]) => pattern.test(table));
  if (found === undefined) throw new Error(`Unknown growth of table ${table}: add it to test/bench/costs.ts`);
  return found[1];
}

const both = (some: Days, others: Days): Days => ({
  from: some.from < others.from ? some.from : others.from,
  to: some.to > others.to ? some.to : others.to,
  // a range absorbs a list
  days: some.days && others.days ? [...new Set([...some.days, ...others.days])].sort() : null,
});

/**
 * The scans of a job as reads. A statement that changes rows is charged for the columns that it references (q' in
 * Google's words) and for all columns of the partitions that it may change (t'):
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax
 */
export function readsOf(job: string, scans: Scan[]): Read[] {
  const reads = new Map<string, Read>();
  for (const { table, columns, partitions, changed, line } of scans) {
    const statement = `${job}:${line}`;
    const bounds = partitions?.bounds ?? null;
    const key = `${statement} ${table} ${changed}`;
    const known = reads.get(key);
    reads.set(key, {
      statement,
      table,
      columns: [...new Set([...(known?.columns ?? []), ...columns])].sort(),
      bounds: known === undefined ? bounds : known.bounds && bounds && both(known.bounds, bounds),
      changed,
    });
  }
  return [...reads.values()];
}

/**
 * Bytes of a read for a given history. A table that is read whole grows with the months, a pruned one doesn't; both
 * grow with the trips per month if they have a row per trip.
 */
export function bytesIn({ growth, bounds, bytes, months }: Measured, history: History): number {
  const scale = growth.startsWith("trips") ? history.tripsFactor : 1;
  const whole = bounds === null && (growth === "trips" || growth === "months");
  return bytes * scale * (whole ? history.months / months : 1);
}

/** Bytes that Google bills for what a statement reads of a table: whole megabytes, at least 10. */
export const billed = (bytes: number) => Math.max(minimumBilled, Math.ceil(bytes / megabyte) * megabyte);

/** Bytes that some reads scan, and the bytes billed for them, per statement and table. */
export function costOf(reads: Measured[], history: History): { scanned: number; billed: number } {
  const sums = new Map<string, number>();
  for (const read of reads) {
    const key = `${read.statement} ${read.table}`;
    sums.set(key, (sums.get(key) ?? 0) + bytesIn(read, history));
  }
  const sum = (all: number[]) => all.reduce((total, bytes) => total + bytes, 0);
  return { scanned: sum([...sums.values()]), billed: sum([...sums.values()].map(billed)) };
}
