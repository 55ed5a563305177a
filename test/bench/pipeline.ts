import type { Workspace } from "../support/workspace";
import { run, stepsOf, type Timed } from "./commands";
import { secondsSince, type Figure, type Findings } from "./figures";
import { runFlow } from "./flows";
import { MemoryWatch } from "./memory";
import { Stack } from "./stack";

/** `local:tripsPerMonth` of the three months that the first start loads. */
const firstTripsPerMonth = 50_000;

/** The month that is loaded after them; June has 1.06 times the trips of an average month: 250,000. */
const large = { month: "2026-06", tripsPerMonth: 235_849 };

/** Measures the commands and flows of a stack, from an empty one to one that has loaded a large month. */
export class PipelineBenchmark {
  constructor(
    private readonly workspace: Workspace,
    private readonly findings: Findings,
    private readonly signal: AbortSignal,
  ) {}

  /** The stack is up afterwards, also after a failure. */
  async measure(): Promise<void> {
    const { workspace, signal } = this;
    await this.pulumi("config", "set", "local:firstPort", String(workspace.firstPort));
    await this.pulumi("config", "set", "local:tripsPerMonth", String(firstTripsPerMonth));
    await this.time("pulumi up, empty stack", () => this.pulumi("up", "--yes"));
    await this.time("npm run destroy, empty stack", () => this.npm("destroy", "--yes"));
    const memory = new MemoryWatch(workspace);
    try {
      await this.firstStart();
      await this.time("npm start with nothing to do", () => this.npm("start"), { target: 20 });
      await this.time("pulumi up with nothing to do", () => this.pulumi("up", "--yes"));
      const stack = await Stack.attach(workspace, signal);
      await this.time("Flow 06_gcp_dbt with nothing new", () => runFlow(stack.client, signal, "06_gcp_dbt"));
      await this.largeMonth(stack);
      this.findings.figures.push(...(await memory.figures()));
    } finally {
      memory.stop();
    }
    const note = "reads the same files and computes the same tables in Python";
    await this.time("npm run truth", () => this.npm("truth"), { note });
  }

  private async firstStart(): Promise<void> {
    const note = "tools built, to the finished pipeline";
    const start = await this.time("First npm start", () => this.npm("start"), { target: 120, note });
    for (const { title, seconds } of stepsOf(start)) this.add(`· ${title}`, seconds);
  }

  /** Loads and builds the large month in addition to the first ones. */
  private async largeMonth(stack: Stack): Promise<void> {
    const { signal } = this;
    const { month, tripsPerMonth } = large;
    await this.pulumi("config", "set", "local:tripsPerMonth", String(tripsPerMonth));
    await this.time("pulumi up that restarts one service", () => this.pulumi("up", "--yes"));
    await this.time(`Open-data server generates ${month}`, () => stack.download(month, signal));
    const load = () => runFlow(stack.client, signal, "04_gcp_load_month", { month });
    await this.time(`Load ${month}, 250,000 trips`, load, { target: 15 });
    const build = () => runFlow(stack.client, signal, "06_gcp_dbt");
    await this.time(`Build ${month}, 250,000 trips`, build, { target: 15 });
  }

  /** Runs a step and records its seconds by this process' clock. */
  private async time<T>(what: string, work: () => Promise<T>, more: Pick<Figure, "target" | "note"> = {}): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.add(what, secondsSince(started), more);
    return result;
  }

  private add(what: string, value: number, more: Pick<Figure, "target" | "note"> = {}): void {
    console.log(`  ✓ ${what} ${value.toFixed(1)} s`);
    this.findings.figures.push({ what, value, unit: "s", ...more });
  }

  private npm(script: string, ...args: string[]): Promise<Timed> {
    return run(this.workspace, this.signal, script, args);
  }

  private pulumi(...args: string[]): Promise<Timed> {
    return this.npm("pulumi", ...args, "-s", "local");
  }
}
