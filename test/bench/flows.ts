import type { KestraClient } from "../../kestra/client/client";
import { execute, follow } from "../../kestra/client/executions";
import { namespace } from "../../kestra/pipeline";
import { longestFirst, secondsSince, sumOf, type Breakdown } from "./figures";

interface TaskState {
  histories: { state: string; date: string }[];
  startDate: string;
  endDate: string;
}

/** A task run with its times. */
interface TaskRun {
  id: string;
  taskId: string;
  parentTaskRunId?: string;
  state: TaskState;
}

/** An ended execution with its times. */
export interface TimedExecution {
  id: string;
  flowId: string;
  inputs?: { month?: string; after_load?: string };
  state: { current: string; startDate: string; endDate: string };
  taskRunList: TaskRun[];
}

/** A flow that was run by this process' clock. */
export interface FlowRun {
  seconds: number;
  execution: TimedExecution;
}

const between = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

/** When the task's own work began: what lies before is Kestra's way from one task to the next. */
const workBegan = ({ histories, startDate }: TaskState) =>
  histories.findLast(({ state }) => state === "RUNNING")?.date ?? startDate;

const workOf = ({ state }: TaskRun) => between(workBegan(state), state.endDate);

/**
 * Runs a flow to its end.
 * @param signal at an interruption this ends at once, and the flow is left to the stack's end
 * @throws Error when the flow does not succeed
 */
export async function runTimed(
  client: KestraClient,
  signal: AbortSignal,
  flow: string,
  inputs: Record<string, string> = {},
): Promise<FlowRun> {
  signal.throwIfAborted();
  const started = performance.now();
  const { id } = await execute(client, namespace, flow, inputs);
  const interruption = new Promise<never>((_, fail) =>
    signal.addEventListener("abort", () => fail(signal.reason as Error), { once: true }),
  );
  const { state } = await Promise.race([follow(client, id), interruption]);
  const seconds = secondsSince(started);
  if (state.current !== "SUCCESS") throw new Error(`Flow ${flow}, execution ${id}, ended in ${state.current}`);
  return { seconds, execution: (await (await client.send("GET", `/executions/${id}`)).json()) as TimedExecution };
}

/** All executions of a flow, the oldest first. */
export async function executionsOf(client: KestraClient, flow: string): Promise<TimedExecution[]> {
  const all: TimedExecution[] = [];
  for (let page = 1; ; page++) {
    const path = `/executions/search?size=100&page=${page}&namespace=${namespace}&flowId=${flow}`;
    const { results } = (await (await client.send("GET", path)).json()) as { results: TimedExecution[] };
    all.push(...results);
    if (results.length < 100) break;
  }
  const own = new Map(all.filter(({ flowId }) => flowId === flow).map((execution) => [execution.id, execution]));
  return [...own.values()].sort((a, b) => Date.parse(a.state.startDate) - Date.parse(b.state.startDate));
}

/** Seconds that the work of a task took in an execution. */
export function secondsOf({ taskRunList }: TimedExecution, taskId: string): number {
  return taskRunList.filter((run) => run.taskId === taskId).reduce((sum, run) => sum + workOf(run), 0);
}

/** The tasks of an execution, and what lies between and around them. */
export function breakdownOf(what: string, { seconds, execution }: FlowRun): Breakdown {
  const { state, taskRunList } = execution;
  const parents = new Set(taskRunList.map(({ parentTaskRunId }) => parentTaskRunId));
  const leaves = taskRunList.filter(({ id }) => !parents.has(id));
  const tasks = longestFirst(leaves.map((run) => ({ part: run.taskId, seconds: workOf(run) })));
  const whole = between(state.startDate, state.endDate);
  const around = [
    { part: "Kestra between tasks", seconds: whole - sumOf(tasks) },
    { part: "request and notice of the end", seconds: seconds - whole },
  ];
  return { what, around, tasks, sideBySide: false };
}

/** dbt's models and tests, and what lies before and behind them. */
export function dbtBreakdownOf(what: string, { seconds, execution }: FlowRun): Breakdown {
  const dbt = execution.taskRunList.find(({ taskId }) => taskId === "dbt")!;
  const nodes = execution.taskRunList.filter(({ parentTaskRunId }) => parentTaskRunId === dbt.id);
  const first = nodes.map(({ state }) => state.startDate).sort()[0]!;
  const last = nodes
    .map(({ state }) => state.endDate)
    .sort()
    .at(-1)!;
  const began = workBegan(dbt.state);
  const around = [
    { part: "Kestra around the task", seconds: seconds - between(began, dbt.state.endDate) },
    { part: "dbt starts, reads the project and the dataset", seconds: between(began, first) },
    { part: "models and tests", seconds: between(first, last) },
    { part: "dbt ends", seconds: between(last, dbt.state.endDate) },
  ];
  const tasks = longestFirst(
    nodes.map(({ taskId, state }) => ({ part: nodeName(taskId), seconds: between(state.startDate, state.endDate) })),
  );
  return { what, around, tasks, sideBySide: true };
}

/** `model.bay_wheels.dim_stations` and `test.bay_wheels.unique_x.0123456789` without project and hash. */
function nodeName(uniqueId: string): string {
  const [kind, , name] = uniqueId.split(".");
  return kind === "model" ? name! : `${kind} ${name!}`;
}
