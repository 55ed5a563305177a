import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { execute, follow, type Execution } from "../../../kestra/client/executions";
import type { ServiceName } from "../../../local/services/definitions";
import { tables } from "../../../cli/support/warehouse";
import { namespace, type Stack } from "../../support/stack";

/** The month that is loaded while something dies. */
export const month = "2026-09";
export const load = "04_gcp_load_month";
export const models = "06_gcp_dbt";

/** Leaves out the columns that say when and by which execution a table was made, and sorts unordered lists. */
const passing: Record<string, string> = {
  baywheels_loads:
    "except (loaded_at, execution_id, seconds, touched_months), array(select month from unnest(touched_months) as month order by month) as touched",
  built_loads: "except (loaded_at)",
};

/** A number for the content of each table but the models' own list of what the last build had to do. */
export async function contents(local: Stack): Promise<Record<string, string>> {
  const names = [...(await tables(local.warehouse))].sort();
  const found: Record<string, string> = {};
  for (const name of names) {
    const [row] = await local.rows(
      `select count(*) as n, bit_xor(farm_fingerprint(to_json_string(t))) as x from (select * ${passing[name] ?? ""} from {${name}}) as t`,
    );
    found[name] = `${row!.n} ${row!.x}`;
  }
  return found;
}

/** Makes a month, by default that one, never loaded, for the next `npm start` to load; the models still hold it. */
export async function forgetMonth(local: Stack, forgotten = month): Promise<void> {
  const table = `baywheels_tripdata_${forgotten.replace("-", "_")}`;
  for (const statement of [
    `delete from {baywheels_tripdata} where source_month = '${forgotten}-01'`,
    `delete from {baywheels_tripdata_rejected} where source_month = '${forgotten}-01'`,
    `delete from {baywheels_loads} where source_month = '${forgotten}-01'`,
    `drop view if exists {${table}_fields}`,
    `drop table if exists {${table}}`,
    `drop table if exists {${table}_ext}`,
  ])
    await local.rows(statement);
}

/** Loads the month, builds the models, and brings up what is down. */
export const start = (local: Stack) => local.workspace.succeed("start");

/** What the tables hold when nothing dies while the month is loaded. */
export async function undisturbedContents(local: Stack): Promise<Record<string, string>> {
  await forgetMonth(local);
  await start(local);
  return contents(local);
}

const hasBegun = (execution: Execution, task: string) =>
  (execution.taskRunList ?? []).some(({ taskId }) => taskId === task);

/** True when dbt is among its models: the warehouse was asked for one of them after an instant in milliseconds. */
async function isBuilding({ warehouse: { url, project } }: Stack, since: number): Promise<boolean> {
  const answer = await fetch(`${url}/bigquery/v2/projects/${project}/jobs?projection=full&maxResults=5`);
  const { jobs } = (await answer.json()) as {
    jobs: { statistics: { creationTime: string }; configuration: { query: { query: string } } }[];
  };
  return jobs.some(
    ({ statistics, configuration }) =>
      Number(statistics.creationTime) > since &&
      configuration.query.query.includes("model.bay_wheels.int_station_months"),
  );
}

/**
 * Ends a service by SIGKILL when a task of a flow has begun (in the task `dbt`: when it builds models), then starts
 * everything again. Fails when the task does not begin, or when an execution does not end afterwards.
 */
export async function killDuring(local: Stack, service: ServiceName, flow: string, task: string): Promise<void> {
  const since = Date.now();
  const { id } = await execute(local.client, namespace, flow, flow === load ? { month } : {});
  const begun = new Promise<boolean>((answer) => {
    const look = (execution: Execution) => hasBegun(execution, task) && answer(true);
    // its end without the task is a failure; a dropped connection comes behind the kill
    follow(local.client, id, look).then(
      () => answer(false),
      () => answer(false),
    );
  });
  assert.ok(await begun, `${flow} has no task ${task}`);
  if (task === "dbt") while (!(await isBuilding(local, since))) await sleep(20);
  local.kill(service);
  await start(local);
  await allEnded(local);
}

/** Fails when an execution of the namespace still runs or waits after a minute. */
async function allEnded(local: Stack): Promise<void> {
  for (const until = Date.now() + 60_000; ; await sleep(200)) {
    const answer = await local.client.send(
      "GET",
      `/executions/search?namespace=${namespace}&state=RUNNING&state=QUEUED&state=CREATED&state=RESTARTED&state=KILLING&state=RETRYING&state=PAUSED&size=10`,
    );
    const { results } = (await answer.json()) as {
      results: { id: string; flowId: string; state: { current: string } }[];
    };
    if (results.length === 0) return;
    if (Date.now() > until)
      assert.fail(
        `still there: ${JSON.stringify(results.map(({ id, flowId, state }) => [id, flowId, state.current]))}`,
      );
  }
}

/** Presses Ctrl-C when `npm start` prints a text, and waits for its end; its exit code, and what it said last. */
export async function interruptAt(local: Stack, text: string): Promise<{ code: number; said: string }> {
  const child = spawn("npm", ["start", "--silent"], {
    cwd: local.workspace.folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (said += piece));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      const before = printed.includes(text);
      printed += piece;
      if (!before && printed.includes(text)) process.kill(-child.pid!, "SIGINT");
    });
  const code = await new Promise<number>((done) =>
    child.once("close", (code, signal) => done(code ?? 128 + constants.signals[signal!])),
  );
  assert.ok(printed.includes(text), `npm start did not print '${text}': ${printed}`);
  await allEnded(local);
  return { code, said };
}
