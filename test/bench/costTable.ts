import type { Warehouse } from "../../cli/support/warehouse";
import { renderedStatements, type Rendered } from "../support/statements";
import { analyze, type Scan } from "../../local/oracles/zetasql/zetaSql";
import { bytesIn, costOf, growthOf, readsOf, type Measured, type Read } from "./costs";
import type { Findings } from "./figures";
import { bytesOf, partitionCondition, tableInfo } from "./sizes";

/** Trips per month for which the costs are estimated. */
const tripsOfMonth = 250_000;

const years = [1, 5, 10];

/** How many times the bytes of year 1 those of year 10 may be. */
const mostGrowth = 1.1;

/** Matches the temporary table of one build, named after the table that it is merged into. */
const temporary = /__dbt_tmp\d*$/;

const nameOf = (table: string) => table.split(".").at(-1)!;
const inMB = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/** What costs are estimated from. */
export interface CostBasis {
  warehouse: Warehouse;
  /** Average trips of a loaded month. */
  tripsPerMonth: number;
  /** How many months are loaded. */
  months: number;
  /** Bytes of the counties file. */
  countiesBytes: number;
}

/** Scans of the chosen jobs. The analysis needs all jobs that the warehouse ran: they create the tables. */
async function scansOf({ url, project }: Warehouse, chosen: (job: Rendered) => boolean): Promise<[string, Scan[]][]> {
  const jobs = await renderedStatements(url, project);
  const analyses = await analyze(project, jobs);
  const refused = analyses.flatMap(({ name, findings }) => findings.map(({ message }) => `${name}: ${message}`));
  if (refused.length > 0)
    throw new Error(`BigQuery would refuse these statements, or they read too much:\n${refused.join("\n")}`);
  return jobs.flatMap((job, i) => (chosen(job) ? [[`${i} ${job.name}`, analyses[i]!.scans] as [string, Scan[]]] : []));
}

/**
 * A build's temporary tables no longer exist; what it reads of one equals the partitions that it changes in the table.
 */
function withoutTemporaries(reads: Read[], scans: Scan[]): Read[] {
  const changed = new Map(scans.filter((scan) => scan.changed).map((scan) => [scan.table, scan.partitions?.bounds]));
  return reads.map((read) => {
    if (!temporary.test(read.table)) return read;
    const table = read.table.replace(temporary, "");
    const bounds = changed.get(table);
    if (!bounds) throw new Error(`${read.table} is read, but no days of ${table} are changed`);
    return { ...read, table, bounds };
  });
}

async function measured(read: Read, basis: CostBasis): Promise<Measured> {
  const { warehouse, months, countiesBytes } = basis;
  const table = nameOf(read.table);
  const growth = growthOf(table);
  const { type, schema, timePartitioning } = await tableInfo(warehouse, table);
  if (table === "bay_area_county_ext") return { ...read, growth, months, bytes: countiesBytes };
  // an external table is always read as a whole file
  const fields = schema.fields.filter(({ name }) => type === "EXTERNAL" || read.columns.includes(name));
  const { type: granularity = "DAY", field = "" } = timePartitioning ?? {};
  const condition = read.bounds ? partitionCondition(field, granularity.toLowerCase(), read.bounds) : undefined;
  return { ...read, growth, months, bytes: await bytesOf(warehouse, table, fields, condition) };
}

async function readsOfJobs(basis: CostBasis, chosen: (job: Rendered) => boolean): Promise<Measured[]> {
  const jobs = await scansOf(basis.warehouse, chosen);
  const scans = jobs.flatMap(([, all]) => all);
  const reads = withoutTemporaries(
    jobs.flatMap(([job, all]) => readsOf(job, all)),
    scans,
  );
  if (reads.length === 0) throw new Error("None of the chosen jobs reads a table");
  const all: Measured[] = [];
  for (const read of reads) all.push(await measured(read, basis));
  return all;
}

/** Adds the costs of some work per year of history, and their growth. */
function report(what: string, reads: Measured[], tripsPerMonth: number, findings: Findings): string[][] {
  const history = (year: number) => ({ months: 12 * year, tripsFactor: tripsOfMonth / tripsPerMonth });
  const costs = years.map((year) => ({ year, ...costOf(reads, history(year)) }));
  findings.figures.push({
    what: `Bytes scanned by ${what}, year ${years.at(-1)} to year ${years[0]}`,
    value: costs.at(-1)!.scanned / costs[0]!.scanned,
    unit: "x",
    target: mostGrowth,
  });
  const tables = new Map<string, Measured[]>();
  for (const read of reads) tables.set(nameOf(read.table), [...(tables.get(nameOf(read.table)) ?? []), read]);
  const rows = [...tables].map(([table, own]) => {
    const whole = own.some(({ bounds }) => bounds === null);
    const bytes = (year: number) => own.reduce((sum, read) => sum + bytesIn(read, history(year)), 0);
    const statements = new Set(own.map(({ statement }) => statement)).size;
    return { cells: [table, `${statements}`, whole ? "whole" : "pruned"], first: bytes(1), last: bytes(10) };
  });
  findings.listings.push({
    title: `What ${what} reads, in MB`,
    head: ["Table", "Statements", "Partitions", "Year 1", "Year 10"],
    rows: rows.toSorted((a, b) => b.last - a.last).map(({ cells, first, last }) => [...cells, inMB(first), inMB(last)]),
  });
  return costs.map(({ year, scanned, billed }) => [`${what}, ${year} y`, inMB(scanned), inMB(billed)]);
}

/**
 * Estimates what BigQuery would scan for a load and for an incremental build with its tests. It takes ZetaSQL's
 * analysis of their statements and the logical sizes of the columns and partitions that they read, scaled to months
 * of 250,000 trips.
 * @param load an execution of 04_gcp_load_month
 */
export async function reportCosts(basis: CostBasis, load: string, findings: Findings): Promise<void> {
  const { url, project } = basis.warehouse;
  const build = (await renderedStatements(url, project)).findLast(({ invocation }) => invocation)!.invocation!;
  // BigQuery's labels are lower case
  const loadReads = await readsOfJobs(basis, ({ execution }) => execution === load.toLowerCase());
  const buildReads = await readsOfJobs(basis, ({ invocation }) => invocation === build);
  const rows = [
    ...report("a load", loadReads, basis.tripsPerMonth, findings),
    ...report("a build", buildReads, basis.tripsPerMonth, findings),
  ];
  findings.listings.push({
    title: `What BigQuery would scan, for months of ${tripsOfMonth} trips, by years of history`,
    head: ["What", "MB scanned", "MB billed"],
    rows,
    note: "billed: at least 10 MB per table and statement, https://cloud.google.com/bigquery/pricing#on_demand_pricing",
  });
}
