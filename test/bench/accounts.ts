import { strFromU8, unzipSync } from "fflate";
import { query, type Warehouse } from "../../cli/support/warehouse";

/** What the tables say of a loaded month. */
export interface Account {
  rowsInFile: number;
  rowsLoaded: number;
  rowsRejected: number;
  /** Rows of the main table that its file brings, and of the table of rejected ones. */
  trips: number;
  rejected: number;
}

/** Rows of a month's file, counted here: lines that are not blank, without the header. Undefined: it is no zip. */
export function rowsInZip(zip: Uint8Array): number | undefined {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(zip);
  } catch {
    return undefined;
  }
  const csv = Object.entries(files).find(([name]) => name.endsWith(".csv") && !name.startsWith("__MACOSX"))?.[1];
  if (csv === undefined) return undefined;
  return (
    strFromU8(csv)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "").length - 1
  );
}

/** Accounts of all loaded months. */
export async function accountsOf(warehouse: Warehouse): Promise<Map<string, Account>> {
  const rows = await query(
    warehouse,
    "Accounts of the months",
    `with trips as (
       select month, count(*) as n
       from (
         select source_month as month from {baywheels_tripdata}
         union all
         select older_month from {baywheels_tripdata} where older_month is not null
       )
       group by month
     ),
     rejected as (
       select source_month as month, count(*) as n from {baywheels_tripdata_rejected} group by month
     )
     select format_date('%Y-%m', l.source_month) as month, l.rows_in_file, l.rows_loaded, l.rows_rejected,
       coalesce(trips.n, 0) as trips, coalesce(rejected.n, 0) as rejected
     from {baywheels_loads} as l
     left join trips on l.source_month = trips.month
     left join rejected on l.source_month = rejected.month`,
  );
  return new Map(
    rows.map((row) => [
      row.month!,
      {
        rowsInFile: Number(row.rows_in_file),
        rowsLoaded: Number(row.rows_loaded),
        rowsRejected: Number(row.rows_rejected),
        trips: Number(row.trips),
        rejected: Number(row.rejected),
      },
    ]),
  );
}

/**
 * Which months do not add up, one sentence each.
 * @param published rows of each published month's file; undefined: it cannot be unpacked
 */
export function unaccounted(published: Map<string, number | undefined>, accounts: Map<string, Account>): string[] {
  const months = [...new Set([...published.keys(), ...accounts.keys()])].sort();
  return months.flatMap((month) => {
    const rows = published.get(month);
    const account = accounts.get(month);
    if (rows === undefined)
      return account === undefined ? [] : [`${month} is loaded, and has no file that can be read`];
    if (account === undefined) return [`${month} is not loaded: ${rows} rows are unaccounted for`];
    const { rowsInFile, rowsLoaded, rowsRejected, trips, rejected } = account;
    const adds = rows === rowsInFile && rowsInFile === rowsLoaded + rowsRejected;
    if (adds && trips === rowsLoaded && rejected === rowsRejected) return [];
    return [
      `${month} has ${rows} rows in its file, told are ${rowsInFile} = ${rowsLoaded} loaded + ${rowsRejected} rejected, there are ${trips} trips and ${rejected} rejected rows`,
    ];
  });
}
