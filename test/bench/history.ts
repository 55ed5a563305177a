import { publishedMonths } from "../../local/openData/listing";
import type { ServiceName } from "../../local/services/definitions";
import type { Workspace } from "../support/workspace";
import type { Figure, Findings } from "./figures";
import { runFlow } from "./flows";
import { MemoryWatch } from "./memory";
import { Stack } from "./stack";

/** How many months are measured, and how large they are. */
export interface HistorySizes {
  months: number;
  tripsPerMonth: number;
}

/** Figures of one month of a history. */
export interface MonthOfHistory {
  month: string;
  loadSeconds: number;
  buildSeconds: number;
  /** Peak memory of each watched service in MB while the month was loaded and built. */
  peaks: Record<string, number>;
}

/** The newest month: 23 months before it is a month of as many trips, so that month 2 compares with month 24. */
const newest = "2026-08";

/** A late month may take this many times what an early one took. */
const mostGrowth = 1.2;

const watched: ServiceName[] = ["bigquery", "kestra", "storage"];

/** Median of some numbers: the mean of both middle ones for an even number of them. */
function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/**
 * How the last third of a history compares with the first: medians of seconds, and peaks of memory. The first month
 * is left out of the seconds: its build creates all tables.
 */
export function growthOfHistory(history: MonthOfHistory[]): Figure[] {
  const size = Math.ceil((history.length - 1) / 3);
  const late = history.slice(-size);
  const ratio = (what: string, of: (month: MonthOfHistory) => number, by: typeof median, early: MonthOfHistory[]) => {
    const value = by(late.map(of)) / by(early.map(of));
    return { what: `${what}: last third to first third`, value, unit: "x" as const, target: mostGrowth };
  };
  const peak = (numbers: number[]) => Math.max(...numbers);
  return [
    ratio("Seconds of a load", ({ loadSeconds }) => loadSeconds, median, history.slice(1, 1 + size)),
    ratio("Seconds of a build", ({ buildSeconds }) => buildSeconds, median, history.slice(1, 1 + size)),
    ...Object.keys(late[0]!.peaks).map((service) =>
      ratio(`Peak memory of ${service}`, ({ peaks }) => peaks[service]!, peak, history.slice(0, 1 + size)),
    ),
  ];
}

/** Loads and builds month after month in a checkout, and reports whether the last ones take longer than the first. */
export async function measureHistory(
  workspace: Workspace,
  findings: Findings,
  signal: AbortSignal,
  sizes: HistorySizes,
): Promise<void> {
  const stack = await Stack.up(workspace, signal, { tripsPerMonth: String(sizes.tripsPerMonth) });
  await runFlow(stack.client, signal, "02_gcp_load_bay_area_county");
  const published = (await publishedMonths(stack.tripsUrl)).filter(({ month }) => month <= newest);
  const history: MonthOfHistory[] = [];
  const memory = new MemoryWatch(workspace);
  try {
    for (const { month } of published.slice(-sizes.months)) {
      // the open-data server generates it before the clock starts
      await stack.download(month, signal);
      await memory.lap();
      const load = await runFlow(stack.client, signal, "04_gcp_load_month", { month });
      const build = await runFlow(stack.client, signal, "06_gcp_dbt");
      const lap = await memory.lap();
      const peaks = Object.fromEntries(watched.map((service) => [service, lap.get(service) ?? NaN]));
      history.push({ month, loadSeconds: load.seconds, buildSeconds: build.seconds, peaks });
      console.log(`  ✓ ${month}: load ${load.seconds.toFixed(1)} s, build ${build.seconds.toFixed(1)} s`);
    }
  } finally {
    memory.stop();
  }
  findings.listings.push({
    title: `A history of ${history.length} months of ${sizes.tripsPerMonth} trips`,
    head: ["Month", "Load s", "Build s", ...watched.map((service) => `${service} MB`)],
    rows: history.map(({ month, loadSeconds, buildSeconds, peaks }) => [
      month,
      loadSeconds.toFixed(1),
      buildSeconds.toFixed(1),
      ...watched.map((service) => peaks[service]!.toFixed(0)),
    ]),
    note: "MB: peak memory of the service and its child processes while the month was loaded and built",
  });
  findings.figures.push(...growthOfHistory(history));
}
