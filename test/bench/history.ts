import { publishedMonths } from "../../local/openData/listing";
import type { Workspace } from "../support/workspace";
import { summed, type Breakdown, type Findings } from "./figures";
import { countRows, fetchCounties, fetchMonth, requireSameRows, runFloor, type FetchedMonth } from "./floor";
import { breakdownOf, dbtBreakdownOf, runTimed } from "./flows";
import { MemoryWatch } from "./memory";
import { Stack } from "./stack";
import type { MonthOfHistory } from "./figures";
import { verdictsOf } from "./verdicts";

/** How long a history is measured, and how large its months are. */
export interface HistorySizes {
  months: number;
  tripsPerMonth: number;
}

/** The newest month: two years before it is a month of as many trips, so that the second month may be compared with the last one. */
const newest = "2026-08";

/** Services whose memory is watched. */
const watched = ["bigquery", "kestra", "storage"] as const;

/** Loads and builds month after month, and tells whether the last ones take longer than the first ones. */
export class HistoryBenchmark {
  private readonly history: MonthOfHistory[] = [];
  private readonly loads: Breakdown[] = [];
  private readonly builds: Breakdown[] = [];
  private readonly folder: string;

  constructor(
    private readonly workspace: Workspace,
    private readonly findings: Findings,
    private readonly signal: AbortSignal,
    private readonly sizes: HistorySizes,
  ) {
    this.folder = workspace.path(".local/bench");
  }

  async measure(): Promise<void> {
    const { workspace, signal, findings, sizes } = this;
    const stack = await Stack.up(workspace, signal, { tripsPerMonth: String(sizes.tripsPerMonth) });
    await runTimed(stack.client, signal, "02_gcp_load_bay_area_county");
    const published = (await publishedMonths(stack.tripsUrl)).filter(({ month }) => month <= newest);
    const months = published.slice(-sizes.months).map(({ month }) => month);
    const memory = new MemoryWatch(workspace);
    const fetched: FetchedMonth[] = [];
    try {
      for (const month of months) {
        // the open-data server makes it now, before the clock starts
        fetched.push(await fetchMonth(stack.tripsUrl, month, this.folder, signal));
        await memory.lap();
        await this.month(stack, month, memory);
      }
    } finally {
      memory.stop();
    }
    const rows = await countRows(stack.warehouse, months);
    findings.trips = rows.months;
    findings.rows = rows.tables;
    await this.floor(stack, fetched, rows);
    this.tell();
  }

  private async month({ client, warehouse }: Stack, month: string, memory: MemoryWatch): Promise<void> {
    const { signal } = this;
    const load = await runTimed(client, signal, "04_gcp_load_month", { month });
    const build = await runTimed(client, signal, "06_gcp_dbt");
    const peaks = await memory.lap();
    const trips = (await countRows(warehouse, [month])).months[month]!;
    this.history.push({
      month,
      trips,
      loadSeconds: load.seconds,
      buildSeconds: build.seconds,
      peaks: Object.fromEntries(watched.map((service) => [service, peaks[service] ?? NaN])),
    });
    this.loads.push(breakdownOf(month, load));
    this.builds.push(dbtBreakdownOf(month, build));
    console.log(`  ✓ ${month}: load ${load.seconds.toFixed(1)} s, build ${build.seconds.toFixed(1)} s`);
  }

  /** DuckDB alone on the same files, month after month. */
  private async floor(
    stack: Stack,
    fetched: FetchedMonth[],
    rows: Awaited<ReturnType<typeof countRows>>,
  ): Promise<void> {
    console.log("  Floor ...");
    const counties = await fetchCounties(stack.countiesUrl, this.folder, this.signal);
    const batches = await runFloor(
      this.folder,
      counties,
      fetched.map((month) => [month]),
      this.signal,
    );
    const last = batches.at(-1)!;
    const months = Object.assign({}, ...batches.map((batch) => batch.months)) as Record<string, number>;
    requireSameRows(rows, { ...last, months });
    const sum = (all: number[]) => all.reduce((total, seconds) => total + seconds, 0);
    this.findings.comparisons.push(
      {
        what: `Load all ${fetched.length} months`,
        pipelineSeconds: sum(this.history.map(({ loadSeconds }) => loadSeconds)),
        floorSeconds: sum(batches.map(({ loadSeconds }) => loadSeconds)),
      },
      {
        what: "Build after each of them",
        pipelineSeconds: sum(this.history.map(({ buildSeconds }) => buildSeconds)),
        floorSeconds: sum(batches.map(({ buildSeconds }) => buildSeconds)),
      },
    );
  }

  private tell(): void {
    const { findings, history } = this;
    findings.listings.push({
      title: `A history of ${history.length} months`,
      head: ["Month", "Trips", "Load s", "Build s", ...watched.map((service) => `${service} MB`)],
      rows: history.map(({ month, trips, loadSeconds, buildSeconds, peaks }) => [
        month,
        String(trips),
        loadSeconds.toFixed(1),
        buildSeconds.toFixed(1),
        ...watched.map((service) => peaks[service]!.toFixed(0)),
      ]),
      note: "MB: largest resident memory of the service's own process while the month was loaded and built",
    });
    findings.history = history;
    findings.figures.push(...verdictsOf(history));
    findings.breakdowns.push(summed(`loads of all ${history.length} months`, this.loads));
    findings.breakdowns.push(summed(`builds after each of them`, this.builds));
  }
}
