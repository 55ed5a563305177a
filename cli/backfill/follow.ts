import { setTimeout as sleep } from "node:timers/promises";
import { retryTransient } from "../../dynamic/retry";
import { newestExecutions, hasEnded, labelOf, type Execution } from "../../kestra/client/executions";
import { getTrigger } from "../../kestra/client/triggers";
import { namespace } from "../../kestra/pipeline";
import { flows, scheduleTrigger } from "../support/flows";
import type { OpenStack } from "../support/openStack";
import { query } from "../support/warehouse";
import { monthOf } from "./plan";

/** Milliseconds between two looks. */
const interval = 1500;

/** How a month of a backfill ended. */
export interface MonthResult {
  month: string;
  result: "loaded" | "unchanged" | "not published" | "failed";
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

/** Tasks of a load in their order. */
const tasks = [
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

/** Label of a backfill's executions; its value is the ISO time when the backfill was started. */
export const startLabel = "backfill";

/** States of an execution that hasn't ended. */
const active = ["CREATED", "QUEUED", "RUNNING", "RESTARTED", "RETRYING", "PAUSED", "KILLING"];

/**
 * Follows the trigger's backfill to its end.
 * @param since ISO time when it was started: later loads belong to it
 * @param onProgress called at every look
 */
export async function followBackfill(
  stack: OpenStack,
  since: string,
  onProgress: (progress: Progress) => void,
): Promise<MonthResult[]> {
  const results: MonthResult[] = [];
  let newest = since;
  // an execution may be on its way when the backfill ends: the end counts when it's seen twice
  for (let quiet = 0; quiet < 2;) {
    const { trigger, runs, loads } = await look(stack, newest);
    const fresh = loads.filter((load) => hasEnded(load) && !results.some(({ execution }) => execution === load.id));
    const ended = await Promise.all(fresh.reverse().map((load) => resultOf(stack, load)));
    results.push(...ended);
    newest = fresh.at(-1)?.state.startDate ?? newest;
    onProgress({
      ended,
      running: runningOf(
        loads.find((load) => !hasEnded(load)),
        trigger?.backfill?.currentDate,
      ),
    });
    const isOver = trigger?.backfill === undefined && runs.length === 0 && loads.every(hasEnded);
    quiet = isOver ? quiet + 1 : 0;
    await sleep(interval);
  }
  return results;
}

/** The trigger, the runs of the schedule that go on, and the loads since a time. */
function look({ kestra }: OpenStack, since: string) {
  return retryTransient(async () => {
    const [trigger, runs, loads] = await Promise.all([
      getTrigger(kestra, namespace, flows.schedule, scheduleTrigger),
      newestExecutions(kestra, namespace, { flow: flows.schedule, states: active }, 1),
      newestExecutions(kestra, namespace, { flow: flows.load, since }, 200),
    ]);
    return { trigger, runs, loads };
  });
}

const secondsOf = ({ state: { startDate, endDate } }: Execution) =>
  (Date.parse(endDate ?? new Date().toISOString()) - Date.parse(startDate!)) / 1000;

function runningOf(load: Execution | undefined, nextDate: string | undefined): Progress["running"] {
  if (load === undefined) return undefined;
  const started = (load.taskRunList ?? []).map(({ taskId }) => tasks.indexOf(taskId)).filter((index) => index >= 0);
  const index = Math.max(0, ...started);
  const month = labelOf(load, "month") ?? (nextDate ? monthOf(nextDate) : "");
  return { month, task: tasks[index]!, share: index / tasks.length, seconds: secondsOf(load) };
}

async function resultOf({ warehouse }: OpenStack, load: Execution): Promise<MonthResult> {
  const month = labelOf(load, "month")?.match(/^\d{4}-\d\d$/)?.[0] ?? "unknown month";
  const base = { month, execution: load.id, seconds: secondsOf(load) };
  const label = labelOf(load, "result");
  if (label === "not published" || label === "unchanged") return { ...base, result: label };
  if (label !== "loaded") return { ...base, result: "failed", reason: labelOf(load, "reason") ?? load.state.current };
  const sql = `
    select rows_loaded, rows_rejected
    from {baywheels_loads}
    where format_date('%Y-%m', source_month) = '${month}'`;
  const [row] = await query(warehouse, `Rows of ${month}`, sql);
  return { ...base, result: "loaded", rows: Number(row?.rows_loaded), rejected: Number(row?.rows_rejected) };
}
