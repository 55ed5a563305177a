import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { namespace } from "../../kestra/pipeline/pipeline";
import { irregularitiesOf, irregularityNames } from "../../local/openData/irregularities";
import { publishedMonths } from "../../local/openData/listing";
import type { Workspace } from "../support/workspace";
import { run } from "./commands";
import { secondsSince, type Findings } from "./figures";
import { executionsOf, runFlow, type Execution } from "./flows";
import { Stack } from "./stack";

/** How large months are, and the first of them. */
export interface BackfillSizes {
  tripsPerMonth: number;
  /** Such as `2018-01`. */
  since: string;
}

const scheduledFlow = "05_gcp_load_data_scheduled";
const monthFlow = "04_gcp_load_month";
const buildFlow = "06_gcp_dbt";

function monthAfter(month: string): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + 1);
  return date.toISOString().slice(0, 7);
}

/** Every month from the first to the last. */
function monthsBetween(first: string, last: string): string[] {
  const months = [];
  for (let month = first; month <= last; month = monthAfter(month)) months.push(month);
  return months;
}

const isRunning = ({ state }: Execution) => ["CREATED", "QUEUED", "RUNNING", "RESTARTED"].includes(state.current);

const countByState = (executions: Execution[]) =>
  Object.fromEntries(
    executions
      .map(({ state }) => state.current)
      .sort()
      .map((state, _, all) => [state, all.filter((each) => each === state).length]),
  );

/**
 * Loads every published month by one backfill of the schedule and has the truth check compare the tables.
 */
export class BackfillBenchmark {
  constructor(
    private readonly workspace: Workspace,
    private readonly findings: Findings,
    private readonly signal: AbortSignal,
    private readonly sizes: BackfillSizes,
  ) {}

  async measure(): Promise<void> {
    const { workspace, signal, sizes, findings } = this;
    const stack = await Stack.up(workspace, signal, {
      tripsPerMonth: String(sizes.tripsPerMonth),
      irregularities: irregularityNames.join(","),
    });
    await runFlow(stack.client, signal, "02_gcp_load_bay_area_county");
    const published = (await publishedMonths(stack.tripsUrl))
      .map(({ month }) => month)
      .filter((month) => month >= sizes.since);
    // the open-data server generates the files before the clock starts
    for (const month of published) await stack.download(month, signal);
    const dates = monthsBetween(sizes.since, published.at(-1)!);

    const started = performance.now();
    await this.startBackfill(stack, dates);
    const runs = await this.waitFor(stack, dates.length);
    const value = secondsSince(started);
    const note = "to the end of the build after it";
    findings.figures.push({ what: `Backfill of ${dates.length} dates`, value, unit: "s", note });
    findings.figures.push({ what: "· per date", value: value / dates.length, unit: "s" });
    this.checkRuns(runs, dates, published);
    await this.compare().catch((error: Error) => {
      signal.throwIfAborted();
      // earlier findings are still reported
      findings.faults.push(`The tables differ from the files, or couldn't be compared: ${error.message}`);
    });
  }

  /** Starts one backfill: each date, the 15th of a month, loads the month before it. */
  private async startBackfill({ client }: Stack, months: string[]): Promise<void> {
    const backfill = {
      start: `${monthAfter(months[0]!)}-01T00:00:00Z`,
      end: `${monthAfter(months.at(-1)!)}-20T00:00:00Z`,
    };
    const content = JSON.stringify({ namespace, flowId: scheduledFlow, triggerId: "monthly", backfill });
    await client.send("PUT", "/triggers", { contentType: "application/json", content });
  }

  /** Waits until all loads of the backfill and the builds that they started have ended. */
  private async waitFor({ client }: Stack, dates: number) {
    for (let printed = 0; ;) {
      this.signal.throwIfAborted();
      const loads = await executionsOf(client, scheduledFlow);
      const ended = loads.filter((each) => !isRunning(each)).length;
      if (ended >= printed + 10) console.log(`  ${(printed = ended)} of ${dates} dates ...`);
      if (ended >= dates && ended === loads.length) {
        const builds = await executionsOf(client, buildFlow);
        if (builds.length >= loads.length && !builds.some(isRunning))
          return { loads, builds, months: await executionsOf(client, monthFlow) };
      }
      await sleep(2000);
    }
  }

  private checkRuns(
    { loads, builds, months }: Record<"loads" | "builds" | "months", Execution[]>,
    dates: string[],
    published: string[],
  ): void {
    const { findings } = this;
    const built = builds.filter(({ taskRunList }) => taskRunList.some(({ taskId }) => taskId === "dbt"));
    const rowsOf = (flow: string, executions: Execution[]) =>
      Object.entries(countByState(executions)).map(([state, count]) => [flow, state, String(count)]);
    findings.listings.push({
      title: "Executions of the backfill",
      head: ["Flow", "State", "Number"],
      rows: [...rowsOf(scheduledFlow, loads), ...rowsOf(monthFlow, months), ...rowsOf(buildFlow, builds)],
      note: `${built.length} of the builds ran dbt; the others gave way to the next load`,
    });
    const expect = (what: string, found: unknown, expected: unknown) => {
      if (isDeepStrictEqual(found, expected)) return;
      findings.faults.push(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
    };
    const inState = (state?: string) =>
      months
        .filter((each) => state === undefined || each.state.current === state)
        .map(({ inputs }) => inputs?.month)
        .sort();
    const isCorrupt = (month: string) => irregularitiesOf(month, new Set(irregularityNames))("corruptArchive");
    expect("Months that were loaded or tried", inState(), dates);
    expect("Months that failed", inState("FAILED"), published.filter(isCorrupt));
    expect(
      "Months with a warning",
      inState("WARNING"),
      dates.filter((month) => !published.includes(month)),
    );
    expect("Loads by state", countByState(loads), countByState(months));
    expect("Builds that ran dbt, by state", countByState(built), { SUCCESS: 1 });
  }

  /** The truth check accounts for every row of every file. */
  private async compare(): Promise<void> {
    const { seconds } = await run(this.workspace, this.signal, "truth");
    this.findings.figures.push({ what: "npm run truth over all months", value: seconds, unit: "s" });
  }
}
