import { execute } from "../../kestra/client/executions";
import { startBackfill } from "../../kestra/client/triggers";
import { namespace } from "../../kestra/pipeline/namespace";
import { followBuild } from "../backfill/build";
import {
  findRunning,
  followBackfill,
  labels,
  markerNow,
  type Marker,
  type MonthResult,
  type Running,
} from "../backfill/follow";
import { Live } from "../backfill/live";
import { datesOf, planOf, toLoad, type Plan, type Selection } from "../backfill/plan";
import { planInWords } from "../backfill/words";
import { UsageError } from "../commandLine";
import { gather } from "../status/gather";
import { confirms } from "../support/confirm";
import { flows, scheduleTrigger } from "../support/flows";
import { sayWhenInterrupted } from "../support/interruption";
import { bay, openStack, type OpenStack } from "../support/openStack";
import { plainText } from "../support/plainText";
import { count, tableOf } from "../support/printTable";
import { printOutcome } from "../support/runFlow";
import { query } from "../support/warehouse";
import { loadCounties } from "./build";

interface Flags {
  stack?: string;
  from?: string;
  to?: string;
  only?: string;
  "dry-run"?: boolean;
  yes?: boolean;
  json?: boolean;
}

const refusal = (text: string) => new UsageError(`./bay backfill: ${text}. Help: ./bay backfill --help`);

/**
 * `./bay backfill`: loads months by a backfill of the schedule's trigger and follows it. It continues in Kestra when
 * this command is interrupted; the next call follows it again.
 * @returns 1 when a month failed, or the answer is no
 */
export async function backfill(flags: Flags): Promise<number> {
  const { from, to } = flags;
  if ((from === undefined) !== (to === undefined)) throw refusal("--from and --to go together");
  if (from !== undefined && to !== undefined && from > to) throw refusal(`--from ${from} is after --to ${to}`);
  const stack = openStack(flags.stack);
  const running = flags["dry-run"] ? undefined : await findRunning(stack);
  // another run of the flow doesn't keep a backfill from being started: Kestra queues it
  if (running && (from === undefined || running.months)) return followRunning(stack, running, flags);
  if (from === undefined || to === undefined)
    throw refusal("nothing is running to follow: name months by --from and --to");
  const status = await gather(stack);
  if (!status.published || !status.loads || !status.failedLoads)
    throw new Error(`Stack ${stack.name} can't be read. For the reason, run: ${bay(stack.name, "status")}`);
  const only = (flags.only ?? "missing") as Selection;
  const plan = planOf(status, from, to, only);
  const perLoad = await secondsPerLoad(stack);
  console.error(planInWords(plan, stack.name, perLoad).join("\n"));
  const months = toLoad(plan);
  if (flags["dry-run"] || months.length === 0) {
    if (flags.json) console.log(JSON.stringify(plan));
    return 0;
  }
  if (only !== "failed" && status.schedule?.paused)
    throw new Error(
      `The schedule is off, so a backfill would wait. Turn it on with: ${bay(stack.name, "schedule on")}`,
    );
  if (!(await confirmed(flags.yes))) {
    console.error("Nothing was started.");
    return 1;
  }
  const counties = await loadCounties(stack);
  if (counties && !printOutcome(stack.name, counties, console.error)) return 1;
  const marker = await markerNow(stack);
  await (only === "failed" ? startLoads(stack, months) : startRange(stack, plan, marker));
  const results = await follow(stack, marker, months.length, perLoad);
  const unseen = months.filter((month) => !results.some((result) => result.month === month));
  return report(results, unseen, marker, stack, flags.json);
}

/** Follows what runs already, if it's what was asked for. */
async function followRunning(stack: OpenStack, running: Running, { from, to, json }: Flags): Promise<number> {
  const { marker, months, left } = running;
  const name = months ? `A backfill of ${months}` : "A load of months";
  const [first, last] = months?.split(" to ") ?? [];
  if (from !== undefined && (from > first! || to! < last!))
    throw new Error(`${name} is running. Follow it with: ${bay(stack.name, "backfill")}, then run this command again.`);
  console.error(`${name} is running. Following it:`);
  return report(await follow(stack, marker, left), [], marker, stack, json);
}

/** One backfill of the trigger over all months: the flow skips those between that it needn't load. */
async function startRange({ kestra }: OpenStack, plan: Plan, marker: Marker): Promise<void> {
  const months = toLoad(plan);
  await startBackfill(kestra, namespace, flows.schedule, scheduleTrigger, {
    ...datesOf(months[0]!, months.at(-1)!),
    inputs: { reload: plan.reload },
    labels: [
      { key: labels.marker, value: marker },
      { key: labels.months, value: `${months[0]} to ${months.at(-1)}` },
    ],
  });
}

/** Single months, which Kestra queues; the last one builds the models. */
async function startLoads({ kestra }: OpenStack, months: string[]): Promise<void> {
  for (const month of months)
    await execute(kestra, namespace, flows.schedule, { month, build: String(month === months.at(-1)) });
}

async function follow(stack: OpenStack, marker: Marker, left: number, perLoad?: number): Promise<MonthResult[]> {
  sayWhenInterrupted(`The backfill continues in Kestra. Follow it again with: ${bay(stack.name, "backfill")}`);
  const live = new Live(left, perLoad);
  const results = await followBackfill(stack, marker, (progress) => live.show(progress));
  live.clear();
  return results;
}

/** Median seconds of the loads that the tables know. */
async function secondsPerLoad({ warehouse }: OpenStack): Promise<number | undefined> {
  const sql = "select approx_quantiles(seconds, 2)[offset(1)] as median from {baywheels_loads}";
  const [row] = await query(warehouse, "Duration of past loads", sql).catch(() => []);
  return row?.median ? Number(row.median) : undefined;
}

async function confirmed(yes = false): Promise<boolean> {
  const { stdin, stderr } = process;
  if (!yes && !(stdin.isTTY && stderr.isTTY)) throw refusal("there's no terminal to ask on: add --yes or --dry-run");
  return yes || confirms("Start it?", { stdin, stdout: stderr });
}

/**
 * The build, then the closing table; a failed month shows its reason and the commands for it alone.
 * @param unseen planned months that no load was seen of
 */
async function report(
  results: MonthResult[],
  unseen: string[],
  marker: Marker,
  stack: OpenStack,
  json = false,
): Promise<number> {
  const failed = results.filter(({ result }) => result === "failed");
  const build = await followBuild(stack, marker);
  const isBuilt = build === undefined || build.state === "SUCCESS";
  if (json) console.log(JSON.stringify({ months: results, unseen, build }));
  else print(results, unseen, stack);
  if (!isBuilt) console.error(`✗ Not all models were built.\n  ${bay(stack.name, `logs ${build.execution}`)}`);
  return failed.length > 0 || unseen.length > 0 || !isBuilt ? 1 : 0;
}

function print(results: MonthResult[], unseen: string[], { name }: OpenStack): void {
  const number = (n?: number) => (n === undefined ? "–" : count(n));
  const rows = results.map(({ month, result, rows, rejected, seconds }) => [
    month,
    result,
    number(rows),
    number(rejected),
    seconds.toFixed(0),
  ]);
  if (rows.length > 0)
    console.log(tableOf(["Month", "Result", "Rows", "Rejected", "Seconds"], rows, [false, false, true, true, true]));
  for (const { month, reason = "", execution } of results.filter(({ result }) => result === "failed"))
    console.log(
      `✗ ${month}: ${plainText(reason)}\n  ${bay(name, `logs ${execution}`)}\n  ${bay(name, `load ${month}`)}`,
    );
  for (const month of unseen) console.log(`✗ ${month}: no load was seen\n  ${bay(name, `load ${month}`)}`);
}
