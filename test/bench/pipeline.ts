import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { local, portsFrom } from "../../local/services/definitions";
import type { Workspace } from "../support/workspace";
import { run, stepsOf, type Timed } from "./commands";
import { secondsSince, type Findings } from "./figures";
import { countRows, fetchCounties, fetchMonth, requireSameRows, runFloor, type FetchedMonth } from "./floor";
import { breakdownOf, dbtBreakdownOf, executionsOf, runTimed, secondsOf } from "./flows";
import { MemoryWatch } from "./memory";
import { Stack } from "./stack";

const loadFlow = "04_gcp_load_month";
const dbtFlow = "06_gcp_dbt";

/** How large the measured months are. */
export interface Sizes {
  /** `local:tripsPerMonth` of the months that the first start loads. */
  firstTripsPerMonth: number;
  /** The month that is loaded on top of them, and `local:tripsPerMonth` of it. */
  large: { month: string; tripsPerMonth: number };
}

/** Seconds from the start of Kestra's process, which is when its pid file is written, to its health's first 200. */
async function kestraReady(workspace: Workspace, signal: AbortSignal): Promise<number> {
  const pidFile = workspace.path(".local/services/kestra/pid");
  const health = `${local(portsFrom(workspace.firstPort).kestraManagement)}/health`;
  const isUp = async () => (await fetch(health, { signal }).catch(() => undefined))?.ok === true;
  for (;;) {
    signal.throwIfAborted();
    const started = statSync(pidFile, { throwIfNoEntry: false })?.mtimeMs;
    if (started !== undefined && (await isUp())) return (Date.now() - started) / 1000;
    await sleep(20);
  }
}

/** Measures the stack's commands and flows in a checkout; the stack is up afterwards, also after a failure. */
export class PipelineBenchmark {
  private readonly folder: string;

  constructor(
    private readonly workspace: Workspace,
    private readonly findings: Findings,
    private readonly signal: AbortSignal,
    private readonly sizes: Sizes,
  ) {
    this.folder = workspace.path(".local/bench");
  }

  async measure(): Promise<void> {
    const { workspace, sizes } = this;
    await this.pulumi("config", "set", "local:firstPort", String(workspace.firstPort));
    await this.pulumi("config", "set", "local:tripsPerMonth", String(sizes.firstTripsPerMonth));
    await this.emptyStack();
    const memory = new MemoryWatch(workspace);
    try {
      const firstDbt = await this.firstStart();
      await this.nothingNew();
      const stack = await Stack.attach(workspace, this.signal);
      const idleBuild = await this.step("Flow 06_gcp_dbt with nothing new", () =>
        runTimed(stack.client, this.signal, dbtFlow),
      );
      const executions = await executionsOf(stack.client, loadFlow);
      const first = await this.firstMonths(stack, executions.flatMap(monthsOf));
      const large = await this.largeMonth(stack);
      await this.step("Flow 01_gcp_kv", () => runTimed(stack.client, this.signal, "01_gcp_kv"));
      this.findings.figures.push(...(await memory.figures()));
      this.findings.breakdowns.push(breakdownOf("flow 06_gcp_dbt with nothing new", idleBuild));

      console.log("  Floor ...");
      const counties = await fetchCounties(stack.countiesUrl, this.folder, this.signal);
      const batches = [first.months, [large.month]];
      const [floorFirst, floorLarge] = await runFloor(this.folder, counties, batches, this.signal);
      requireSameRows(first.rows, floorFirst!);
      requireSameRows(large.rows, floorLarge!);
      const made = executions.reduce((sum, execution) => sum + secondsOf(execution, "download"), 0);
      const loaded = this.secondsOfSteps("Trips of") - made;
      this.findings.comparisons.push(
        { what: "Load 3 months, downloads left out", pipelineSeconds: loaded, floorSeconds: floorFirst!.loadSeconds },
        { what: "Build them", pipelineSeconds: firstDbt, floorSeconds: floorFirst!.buildSeconds },
        { what: "Load the large month", pipelineSeconds: large.loadSeconds, floorSeconds: floorLarge!.loadSeconds },
        { what: "Build it", pipelineSeconds: large.buildSeconds, floorSeconds: floorLarge!.buildSeconds },
      );
      this.findings.trips = { ...first.rows.months, ...large.rows.months };
      this.findings.rows = large.rows.tables;
    } finally {
      memory.stop();
    }
  }

  /** `pulumi up` of an empty stack and its destroy. */
  private async emptyStack(): Promise<void> {
    const ended = new AbortController();
    const watching = AbortSignal.any([this.signal, ended.signal]);
    const readiness = kestraReady(this.workspace, watching);
    // the command's own end comes first, also a bad one: until then Pulumi holds the stack
    readiness.catch(() => {});
    const { seconds } = await this.pulumi("up", "--yes").finally(() => ended.abort());
    const ready = await readiness;
    this.add("pulumi up, empty stack", seconds);
    this.add("Kestra ready", ready, { target: 5, note: "process start to health 200, during that pulumi up" });
    this.add("npm run destroy, empty stack", (await this.npm("destroy", "--yes")).seconds);
  }

  /** The first `npm start`; seconds of dbt. */
  private async firstStart(): Promise<number> {
    const start = await this.npm("start");
    this.add("First npm start", start.seconds, { target: 120, note: "tools built, to the finished pipeline" });
    for (const { title, seconds } of stepsOf(start)) {
      const note = title.startsWith("Trips of") ? "the open-data server makes the file meanwhile" : undefined;
      this.add(`· ${title}`, seconds, { note });
    }
    this.add("· pulumi up, looks before, summary", start.seconds - this.secondsOfSteps(""));
    return this.secondsOfSteps("dbt build");
  }

  private async nothingNew(): Promise<void> {
    this.add("npm start with nothing to do", (await this.npm("start")).seconds, { target: 20 });
    this.add("pulumi up with nothing to do", (await this.pulumi("up", "--yes")).seconds);
  }

  private async firstMonths(stack: Stack, months: string[]) {
    const fetched: FetchedMonth[] = [];
    for (const month of months) fetched.push(await fetchMonth(stack.tripsUrl, month, this.folder, this.signal));
    return { months: fetched, rows: await countRows(stack.warehouse, months) };
  }

  /** Loads and builds the large month on top of the others. */
  private async largeMonth({ client, tripsUrl, warehouse }: Stack) {
    const { month, tripsPerMonth } = this.sizes.large;
    await this.pulumi("config", "set", "local:tripsPerMonth", String(tripsPerMonth));
    this.add("pulumi up that restarts one service", (await this.pulumi("up", "--yes")).seconds);
    const folder = `${this.folder}/large`;
    const fetched = await this.step(
      `Open-data server makes ${month}`,
      () => fetchMonth(tripsUrl, month, folder, this.signal),
      { note: "before the load, not a part of it" },
    );
    const { signal } = this;
    const load = await runTimed(client, signal, loadFlow, { month });
    const build = await runTimed(client, signal, dbtFlow);
    const rows = await countRows(warehouse, [month]);
    const trips = `${rows.months[month]} trips of ${month}`;
    this.add(`Load ${trips}`, load.seconds, { target: 15 });
    this.add(`Build ${trips}`, build.seconds, { target: 15 });
    this.findings.breakdowns.push(breakdownOf(`load of ${trips}`, load), dbtBreakdownOf(`build of ${trips}`, build));
    return { month: fetched, rows, loadSeconds: load.seconds, buildSeconds: build.seconds };
  }

  /** Runs a step and records its seconds by this process' clock. */
  private async step<T>(what: string, work: () => Promise<T>, more: { note?: string } = {}): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.add(what, secondsSince(started), more);
    return result;
  }

  private npm(script: string, ...args: string[]): Promise<Timed> {
    return run(this.workspace, this.signal, script, args);
  }

  private pulumi(...args: string[]): Promise<Timed> {
    return run(this.workspace, this.signal, "pulumi", [...args, "-s", "local"]);
  }

  private add(what: string, value: number, { target, note }: { target?: number; note?: string } = {}): void {
    console.log(`  ✓ ${what} ${value.toFixed(1)} s`);
    this.findings.figures.push({
      what,
      value,
      unit: "s",
      ...(target === undefined ? {} : { target }),
      ...(note === undefined ? {} : { note }),
    });
  }

  private secondsOfSteps(title: string): number {
    const steps = this.findings.figures.filter(({ what }) => what.startsWith(`· ${title}`));
    return steps.reduce((sum, { value }) => sum + value, 0);
  }
}

/** The month that an execution of the load was asked for. */
function monthsOf({ inputs }: { inputs?: { month?: string } }): string[] {
  return inputs?.month === undefined ? [] : [inputs.month];
}
