import type { Days, Scan } from "../../local/oracles/zetasql/zetaSql";

/** 2^20 bytes: what BigQuery bills in. */
const megabyte = 2 ** 20;

/** Least that a query is billed for a table that it names: https://cloud.google.com/bigquery/pricing#on_demand_pricing */
const leastBilled = 10 * megabyte;

/** What one statement reads of one table, each column and partition once, however often it names them. */
export interface Read {
  /** Which statement: the scans of one query are billed together. */
  statement: string;
  table: string;
  columns: string[];
  /** Days that constants leave of the partitioning column; null: the whole table. */
  bounds: Days | null;
  /** All columns, of partitions in which the statement may change rows. */
  changed: boolean;
}

/** How a table grows. */
export type Growth =
  /** Rows for each trip. */
  | "trips"
  /** Rows for each trip of a month, and it holds no other month. */
  | "trips of one month"
  /** Rows for each month, whose number does not hang on the month's trips. */
  | "months"
  /** It does not grow with time. */
  | "none";

/** What a read takes of a table as it was measured. */
export interface Measured extends Read {
  growth: Growth;
  /** Bytes of the columns in all partitions that are read. */
  bytes: number;
  /** Months that these bytes are of, for a table that is read whole. */
  months: number;
}

/** How large months are, and how much history there is. */
export interface History {
  months: number;
  /** Trips of a month, as times those of a measured one. */
  tripsFactor: number;
}

/** How each table grows, by its name. */
const growths: [RegExp, Growth][] = [
  [/^(baywheels_tripdata|baywheels_tripdata_rejected|facts_baywheels_trips)$/, "trips"],
  [/^baywheels_tripdata_20\d\d_\d\d(_ext)?$/, "trips of one month"],
  // a row a month, station, county or route: no more of them when more people ride
  [/^(baywheels_loads|built_loads|int_station_months|mart_\w+_by_month)$/, "months"],
  [/^(dim_stations|dim_bay_area_county|bay_area_county(_unchecked)?_ext)$/, "none"],
];

/** @throws Error for a table that is new here */
export function growthOf(table: string): Growth {
  const found = growths.find(([pattern]) => pattern.test(table));
  if (found === undefined) throw new Error(`How table ${table} grows is not known: say it in test/bench/costs.ts`);
  return found[1];
}

const both = (some: Days, others: Days): Days => ({
  from: some.from < others.from ? some.from : others.from,
  to: some.to > others.to ? some.to : others.to,
  // a range takes a list in
  days: some.days && others.days ? [...new Set([...some.days, ...others.days])].sort() : null,
});

/**
 * The scans of a job as reads. A statement that changes rows is charged for the columns that it names (q' in Google's words) and for all
 * columns of the partitions that it may change (t'): https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax
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
 * Bytes of a read in a history: what is read whole grows with its months, what constants bound does not; both grow with the trips of a
 * month, if there is a row for each.
 */
export function bytesIn({ growth, bounds, bytes, months }: Measured, history: History): number {
  const scale = growth.startsWith("trips") ? history.tripsFactor : 1;
  const whole = bounds === null && (growth === "trips" || growth === "months");
  return bytes * scale * (whole ? history.months / months : 1);
}

/** Bytes that Google bills for what a statement reads of a table: 10 MB at least, whole megabytes. */
export const billed = (bytes: number) => Math.max(leastBilled, Math.ceil(bytes / megabyte) * megabyte);

/** Bytes that a number of reads scan, and those that are billed for them, by statement and table. */
export function costOf(reads: Measured[], history: History): { scanned: number; billed: number } {
  const sums = new Map<string, number>();
  for (const read of reads) {
    const key = `${read.statement} ${read.table}`;
    sums.set(key, (sums.get(key) ?? 0) + bytesIn(read, history));
  }
  const sum = (all: number[]) => all.reduce((total, bytes) => total + bytes, 0);
  return { scanned: sum([...sums.values()]), billed: sum([...sums.values()].map(billed)) };
}
