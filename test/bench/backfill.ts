import { setTimeout as sleep } from "node:timers/promises";
import { namespace } from "../../kestra/pipeline";
import { irregularityNames } from "../../local/openData/irregularities";
import { publishedMonths } from "../../local/openData/listing";
import type { Workspace } from "../support/workspace";
import { accountsOf, rowsInZip, unaccounted } from "./accounts";
import { tellCosts } from "./costTable";
import { secondsSince, type Findings } from "./figures";
import { executionsOf, runTimed, type TimedExecution } from "./flows";
import { Stack } from "./stack";

/** How large months are, and the first of them. */
export interface BackfillSizes {
  tripsPerMonth: number;
  /** Such as `2018-01`. */
  since: string;
}

const loadFlow = "05_gcp_load_data_scheduled";
const monthFlow = "04_gcp_load_month";
const buildFlow = "06_gcp_dbt";

/** The month behind a month, or as many behind it. */
function monthAfter(month: string, by = 1): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + by);
  return date.toISOString().slice(0, 7);
}

const isRunning = ({ state }: TimedExecution) => ["CREATED", "QUEUED", "RUNNING", "RESTARTED"].includes(state.current);

function countBy(executions: TimedExecution[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of executions) counts[state.current] = (counts[state.current] ?? 0) + 1;
  return counts;
}

/** Loads every published month by one backfill of the schedule, and accounts for each row; then tells what BigQuery would scan. */
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
    await runTimed(stack.client, signal, "02_gcp_load_bay_area_county");
    const published = await this.publishedRows(stack);
    const last = [...published.keys()].at(-1)!;
    const dates: string[] = [];
    for (let month = sizes.since; month <= last; month = monthAfter(month)) dates.push(month);

    const started = performance.now();
    await this.backfill(stack, dates);
    const runs = await this.waitFor(stack, dates.length);
    const seconds = secondsSince(started);
    findings.figures.push(
      {
        what: `Backfill of ${dates.length} dates`,
        value: seconds,
        unit: "s",
        note: "to the end of the build after it",
      },
      { what: "· for each of them", value: seconds / dates.length, unit: "s" },
    );
    this.checkRuns(runs, dates, published);
    const accounts = await accountsOf(stack.warehouse);
    findings.faults.push(...unaccounted(published, accounts));
    const loaded = [...accounts.values()].reduce((sum, { rowsLoaded }) => sum + rowsLoaded, 0);
    const rejected = [...accounts.values()].reduce((sum, { rowsRejected }) => sum + rowsRejected, 0);
    const rows = [...published.values()].reduce((sum: number, count) => sum + (count ?? 0), 0);
    findings.listings.push({
      title: "Rows of all months",
      head: ["Months", "Rows in files", "Loaded", "Rejected"],
      rows: [[String(accounts.size), String(rows), String(loaded), String(rejected)]],
      note: "rows in files: counted from the published zips by the benchmark itself",
    });
    await this.costs(stack, last, accounts.size, loaded).catch((error: Error) => {
      signal.throwIfAborted();
      // what was found before is worth telling
      findings.faults.push(`The costs could not be told: ${error.message}`);
    });
  }

  /** Rows of each published month; the open-data server makes the files meanwhile, before the clock starts. */
  private async publishedRows({ tripsUrl }: Stack): Promise<Map<string, number | undefined>> {
    const rows = new Map<string, number | undefined>();
    for (const { month, objectName } of await publishedMonths(tripsUrl)) {
      if (month < this.sizes.since) continue;
      const answer = await fetch(`${tripsUrl}/${objectName}`, { signal: this.signal });
      if (!answer.ok) throw new Error(`${tripsUrl}/${objectName} was answered with ${answer.status}`);
      rows.set(month, rowsInZip(new Uint8Array(await answer.arrayBuffer())));
    }
    return rows;
  }

  /** Starts one backfill: each date, the 15th of a month, loads the month before it. */
  private async backfill({ client }: Stack, months: string[]): Promise<void> {
    const backfill = {
      start: `${monthAfter(months[0]!)}-01T00:00:00Z`,
      end: `${monthAfter(months.at(-1)!)}-20T00:00:00Z`,
    };
    const content = JSON.stringify({ namespace, flowId: loadFlow, triggerId: "monthly", backfill });
    await client.send("PUT", "/triggers", { contentType: "application/json", content });
  }

  /** Waits until all loads of the backfill and the builds that they started have ended. */
  private async waitFor({ client }: Stack, dates: number) {
    for (let told = 0; ;) {
      this.signal.throwIfAborted();
      const loads = await executionsOf(client, loadFlow);
      const ended = loads.filter((each) => !isRunning(each)).length;
      if (ended >= told + 10) console.log(`  ${(told = ended)} of ${dates} dates ...`);
      if (ended >= dates && ended === loads.length) {
        const builds = await executionsOf(client, buildFlow);
        if (builds.length >= loads.length && !builds.some(isRunning))
          return { loads, builds, months: await executionsOf(client, monthFlow) };
      }
      await sleep(2000);
    }
  }

  private checkRuns(
    { loads, builds, months }: Record<"loads" | "builds" | "months", TimedExecution[]>,
    dates: string[],
    published: Map<string, number | undefined>,
  ): void {
    const { findings } = this;
    const built = builds.filter(({ taskRunList }) => taskRunList.some(({ taskId }) => taskId === "dbt"));
    const states = (flow: string, executions: TimedExecution[]) =>
      Object.entries(countBy(executions)).map(([state, count]) => [flow, state, String(count)]);
    findings.listings.push({
      title: "Executions of the backfill",
      head: ["Flow", "State", "Number"],
      rows: [...states(loadFlow, loads), ...states(monthFlow, months), ...states(buildFlow, builds)],
      note: `${built.length} of the builds ran dbt; the others gave way to the next load`,
    });
    const require = (what: string, found: unknown, wanted: unknown) => {
      if (JSON.stringify(found) === JSON.stringify(wanted)) return;
      findings.faults.push(`${what}: ${JSON.stringify(found)} in place of ${JSON.stringify(wanted)}`);
    };
    const inState = (state: string) =>
      months.filter((each) => each.state.current === state).map(({ inputs }) => inputs?.month ?? "");
    const corrupt = [...published].filter(([, rows]) => rows === undefined).map(([month]) => month);
    require("Months that failed", inState("FAILED").sort(), corrupt);
    require("Months with a warning", inState("WARNING").sort(), dates.filter((month) => !published.has(month)));
    require("Months that were tried", months.map(({ inputs }) => inputs?.month).sort(), dates);
    require("Loads by state", Object.entries(countBy(loads)).sort(), Object.entries(countBy(months)).sort());
    require("Builds that ran dbt, by state", countBy(built), { SUCCESS: 1 });
  }

  /** Loads the last month once more and builds upon it: what the schedule does each month, at its dearest. */
  private async costs({ client, warehouse, countiesUrl }: Stack, month: string, months: number, trips: number) {
    const { signal, findings } = this;
    const load = await runTimed(client, signal, monthFlow, { month, reload: "true" });
    await runTimed(client, signal, buildFlow);
    const counties = await (await fetch(countiesUrl, { signal })).arrayBuffer();
    const basis = { warehouse, months, tripsPerMonth: trips / months, countiesBytes: counties.byteLength };
    await tellCosts(basis, load.execution.id, findings);
  }
}
