import { startBackfill, getTrigger } from "../../kestra/client/triggers";
import { namespace } from "../../kestra/pipeline";
import { followBuild } from "../backfill/build";
import { Live } from "../backfill/live";
import { followBackfill, startLabel, type MonthResult } from "../backfill/follow";
import { datesOf, monthOf, monthsBetween, planOf, type Plan, type Selection } from "../backfill/plan";
import { planInWords } from "../backfill/words";
import { UsageError } from "../commandLine";
import { gather } from "../status/gather";
import { confirms } from "../support/confirm";
import { flows, scheduleTrigger } from "../support/flows";
import { sayWhenInterrupted } from "../support/interruption";
import { bay, openStack, type OpenStack } from "../support/openStack";
import { tableOf } from "../support/printTable";
import { query } from "../support/warehouse";

interface Flags {
  stack?: string;
  from?: string;
  to?: string;
  only?: string;
  "dry-run"?: boolean;
  yes?: boolean;
  json?: boolean;
}

/**
 * `./bay backfill`: loads months by a backfill of the schedule's trigger and follows it. It goes on in Kestra when this
 * command is interrupted; the next call follows it again.
 * @returns 1 when a month failed
 */
export async function backfill(flags: Flags): Promise<number> {
  const stack = openStack(flags.stack);
  const resume = bay(stack.name, `backfill --from ${flags.from ?? "<month>"} --to ${flags.to ?? "<month>"}`);
  sayWhenInterrupted(`A backfill that has started continues in Kestra. Follow it again with: ${resume}`);
  const running = await getTrigger(stack.kestra, namespace, flows.schedule, scheduleTrigger);
  if (running?.backfill) {
    const { start, end, labels = [] } = running.backfill;
    const [from, to] = [monthOf(start), monthOf(end)];
    console.error(`A backfill of ${from} to ${to} is running. Following it:`);
    const since = labels.find(({ key }) => key === startLabel)?.value ?? new Date().toISOString();
    return report(await follow(stack, since, monthsBetween(from, to).length), since, stack, flags.json);
  }
  if (flags.from === undefined || flags.to === undefined) throw new UsageError("Name the months: --from and --to");
  const status = await gather(stack);
  if (!status.published || !status.loads || !status.failedLoads)
    throw new Error(`Stack ${stack.name} can't be read: ${bay(stack.name, "status")} says why`);
  const only = (flags.only ?? "missing") as Selection;
  const plan = planOf(status, flags.from, flags.to, only, new Date().toISOString());
  const perLoad = await secondsPerLoad(stack);
  console.error(planInWords(plan, stack.name, perLoad).join("\n"));
  if (flags["dry-run"]) {
    if (flags.json) console.log(JSON.stringify(plan));
    return 0;
  }
  if (plan.ranges.length === 0 || !(await confirmed(flags.yes))) return 0;
  const since = new Date().toISOString();
  return report(await run(stack, plan, perLoad), since, stack, flags.json);
}

/** Starts one backfill after the other; each is followed to its end. */
async function run(stack: OpenStack, plan: Plan, perLoad?: number): Promise<MonthResult[]> {
  const results: MonthResult[] = [];
  for (const [from, to] of plan.ranges) {
    const since = new Date().toISOString();
    await startBackfill(stack.kestra, namespace, flows.schedule, scheduleTrigger, {
      ...datesOf(from, to),
      inputs: { reload: plan.reload },
      labels: [{ key: startLabel, value: since }],
    });
    const months = plan.months.filter(({ month, action }) => month >= from && month <= to && action === "load");
    results.push(...(await follow(stack, since, months.length, perLoad)));
  }
  return results;
}

async function follow(stack: OpenStack, since: string, toLoad: number, perLoad?: number): Promise<MonthResult[]> {
  const live = new Live(toLoad, perLoad);
  const results = await followBackfill(stack, since, (progress) => live.show(progress));
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
  if (!yes && !(stdin.isTTY && stderr.isTTY))
    throw new UsageError("Nobody can be asked without a terminal: add --yes, or --dry-run");
  return yes || confirms("Start it?", { stdin, stdout: stderr });
}

/** The build, then the closing table; a failed month shows its reason and the commands for it alone. */
async function report(results: MonthResult[], since: string, stack: OpenStack, json = false): Promise<number> {
  const { name } = stack;
  const build = await followBuild(stack, since);
  const isBuilt = build === undefined || build.state === "SUCCESS";
  const failed = results.filter(({ result }) => result === "failed");
  if (json) console.log(JSON.stringify({ months: results, build }));
  else {
    const number = (n?: number) => n?.toLocaleString("en-US") ?? "–";
    const rows = results.map(({ month, result, rows, rejected, seconds }) => [
      month,
      result,
      number(rows),
      number(rejected),
      seconds.toFixed(0),
    ]);
    console.log(tableOf(["Month", "Result", "Rows", "Rejected", "Seconds"], rows, [false, false, true, true, true]));
    for (const { month, reason, execution } of failed)
      console.log(`✗ ${month}: ${reason}\n  ${bay(name, `logs ${execution}`)}\n  ${bay(name, `load ${month}`)}`);
  }
  if (!isBuilt) console.error(`✗ The models weren't all built.\n  ${bay(name, `logs ${build.execution}`)}`);
  return failed.length > 0 || !isBuilt ? 1 : 0;
}
