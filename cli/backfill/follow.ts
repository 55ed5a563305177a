import { setTimeout as sleep } from "node:timers/promises";
import { retryTransient } from "../../dynamic/retry";
import { hasEnded, labelOf, newestExecutions, type Execution } from "../../kestra/client/executions";
import { getTrigger } from "../../kestra/client/triggers";
import { namespace } from "../../kestra/pipeline/namespace";
import { flows, scheduleTrigger } from "../support/flows";
import { bay, type OpenStack } from "../support/openStack";
import { query } from "../support/warehouse";
import { monthOf, monthsBetween } from "./plan";

/** Milliseconds between two looks. */
const interval = 1500;

/** How a month of a backfill ended. */
export interface MonthResult {
  month: string;
  result: "loaded" | "unchanged" | "not published" | "nothing new" | "failed";
  /** Rows loaded and rejected by this load. */
  rows?: number;
  rejected?: number;
  seconds: number;
  execution: string;
  /** Why it failed, in the flow's words. */
  reason?: string;
}

/** What a look at a running backfill shows. */
export interface Progress {
  /** Newly ended months. */
  ended: MonthResult[];
  /** The month that is being loaded, its task, the share of tasks that have started, and its seconds so far. */
  running?: { month: string; task: string; share: number; seconds: number };
}

/** Tasks of flow 04 in their order, for the bar. */
export const tasks = [
  "create_tables",
  "listing",
  "find_month",
  "download",
  "unzip",
  "upload",
  "monthly_table",
  "check_month",
  "merge_month",
];

/** Labels of a backfill's executions: the {@link Marker}, and the months as `2024-01 to 2024-03`. */
export const labels = { marker: "after", months: "months" };

/** Time of the newest load before a backfill, by Kestra's clock: later loads belong to it. */
export type Marker = string;

/** States of an execution that hasn't ended. */
const active = ["CREATED", "QUEUED", "RUNNING", "RESTARTED", "RETRYING", "PAUSED", "KILLING"];

/** The marker of a backfill that starts now. */
export async function markerNow({ kestra }: OpenStack): Promise<Marker> {
  const [newest] = await newestExecutions(kestra, namespace, { flow: flows.load });
  return newest?.state.startDate ?? "1970-01-01T00:00:00Z";
}

/** The backfill, or other run of the schedule's flow, that goes on. */
export interface Running {
  marker: Marker;
  /** The months of the backfill, as `2024-01 to 2024-03`; undefined for another run. */
  months?: string;
  /** How many of them are still to load. */
  left: number;
}

/** What runs now; undefined if nothing does. */
export async function findRunning(stack: OpenStack): Promise<Running | undefined> {
  const { kestra } = stack;
  const [trigger, runs] = await Promise.all([
    getTrigger(kestra, namespace, flows.schedule, scheduleTrigger),
    newestExecutions(kestra, namespace, { flow: flows.schedule, states: active }, 200),
  ]);
  const oldest = runs.at(-1);
  if (trigger?.backfill === undefined && oldest === undefined) return undefined;
  const backfill = trigger?.backfill;
  // while the last month is loaded, the trigger has no backfill any more, but its run has the labels
  const label = (key: string) =>
    backfill?.labels?.find((each) => each.key === key)?.value ?? (oldest && labelOf(oldest, key));
  const range = backfill && `${monthOf(backfill.start)} to ${monthOf(backfill.end)}`;
  return {
    marker: label(labels.marker) ?? oldest?.state.startDate ?? (await markerNow(stack)),
    months: label(labels.months) ?? range,
    left: backfill ? monthsBetween(monthOf(backfill.currentDate), monthOf(backfill.end)).length : 0,
  };
}

/**
 * Follows loads until the trigger's backfill and all runs of the schedule's flow have ended.
 * @param onProgress called at every look
 * @throws Error when the backfill can't go on, because the schedule was turned off
 */
export async function followBackfill(
  stack: OpenStack,
  marker: Marker,
  onProgress: (progress: Progress) => void,
): Promise<MonthResult[]> {
  const results = new Map<string, MonthResult>();
  let newest = marker;
  // an execution may be on its way when the backfill ends: the end counts when it's seen twice
  for (let quiet = 0; quiet < 2;) {
    const { trigger, runs, loads } = await look(stack, newest);
    const own = loads.filter(({ state }) => Date.parse(state.startDate!) > Date.parse(marker));
    const fresh = own.filter((load) => hasEnded(load) && !results.has(load.id)).reverse();
    const ended = await Promise.all(fresh.map((load) => resultOf(stack, load)));
    for (const result of ended) results.set(result.execution, result);
    newest = fresh.at(-1)?.state.startDate ?? newest;
    onProgress({ ended, running: runningOf(own.find((load) => !hasEnded(load))) });
    const isIdle = runs.length === 0 && own.every(hasEnded);
    if (isIdle && trigger?.backfill && (trigger.disabled || trigger.backfill.paused))
      throw new Error(
        `The backfill waits, because ${trigger.disabled ? "the schedule is off" : "it's paused"}. ` +
          `Run: ${bay(stack.name, "schedule on")}, then: ${bay(stack.name, "backfill")}`,
      );
    quiet = isIdle && trigger?.backfill === undefined ? quiet + 1 : 0;
    await sleep(interval);
  }
  return [...results.values()];
}

/** The trigger, the runs of the schedule that go on, and the loads since a time. */
function look({ kestra }: OpenStack, since: string) {
  return retryTransient(async () => {
    const [trigger, runs, loads] = await Promise.all([
      getTrigger(kestra, namespace, flows.schedule, scheduleTrigger),
      newestExecutions(kestra, namespace, { flow: flows.schedule, states: active }),
      newestExecutions(kestra, namespace, { flow: flows.load, since }, 200),
    ]);
    return { trigger, runs, loads };
  });
}

const secondsOf = ({ state: { startDate, endDate } }: Execution) =>
  (Date.parse(endDate ?? new Date().toISOString()) - Date.parse(startDate!)) / 1000;

/** The month of a load, which its label names once it's found. */
function monthOfLoad(load: Execution): string {
  const asked = load.inputs?.month;
  return labelOf(load, "month") ?? (typeof asked === "string" && asked !== "" ? asked : "next");
}

function runningOf(load: Execution | undefined): Progress["running"] {
  if (load === undefined) return undefined;
  const started = (load.taskRunList ?? []).map(({ taskId }) => tasks.indexOf(taskId)).filter((index) => index >= 0);
  const index = Math.max(0, ...started);
  return { month: monthOfLoad(load), task: tasks[index]!, share: index / tasks.length, seconds: secondsOf(load) };
}

async function resultOf({ warehouse }: OpenStack, load: Execution): Promise<MonthResult> {
  const month = monthOfLoad(load);
  const base = { month, execution: load.id, seconds: secondsOf(load) };
  const label = labelOf(load, "result");
  if (label === "not published" || label === "unchanged" || label === "nothing new") return { ...base, result: label };
  if (label !== "loaded") return { ...base, result: "failed", reason: labelOf(load, "reason") ?? load.state.current };
  if (!/^\d{4}-\d\d$/.test(month)) return { ...base, result: "loaded" };
  const sql = `
    select rows_loaded, rows_rejected
    from {baywheels_loads}
    where format_date('%Y-%m', source_month) = '${month}'`;
  // the rows are an extra: the load itself has succeeded
  const [row] = await query(warehouse, `Rows of ${month}`, sql).catch(() => []);
  return {
    ...base,
    result: "loaded",
    ...(row && { rows: Number(row.rows_loaded), rejected: Number(row.rows_rejected) }),
  };
}
