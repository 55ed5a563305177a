import { getKv } from "../../kestra/client/kv";
import { newestExecutions, hasEnded, labelOf, type Execution } from "../../kestra/client/executions";
import { getTrigger } from "../../kestra/client/triggers";
import { namespace } from "../../kestra/pipeline/namespace";
import { isRunning } from "../../local/services/processes";
import type { ServiceName } from "../../local/services/definitions";
import { publishedMonths } from "../../local/openData/listing";
import { flows, scheduleTrigger } from "../support/flows";
import type { OpenStack } from "../support/openStack";
import { stack as localStack } from "../support/stack";
import { query, tables, type Row } from "../support/warehouse";
import type { Load, Schedule, ServiceState, Status } from "./status";

/** A read that may fail, because its server is down or refuses, which is a finding and not the end. */
type Read<T> = { value: T } | { down: string };

async function attempt<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { down: (error as Error).message };
  }
}

const valueOf = <T>(read: Read<T>) => ("value" in read ? read.value : undefined);

/** Everything that `status` shows, read at once. A server that is down makes its part undefined. */
export async function gather(stack: OpenStack): Promise<Status> {
  const [kestra, warehouse, source] = await Promise.all([
    attempt(() => readKestra(stack)),
    attempt(() => readWarehouse(stack)),
    attempt(() => readSource(stack)),
  ]);
  return {
    stack: stack.name,
    at: new Date().toISOString(),
    services: servicesOf(stack, { Kestra: kestra, BigQuery: warehouse, "Open data": source }),
    ...valueOf(kestra),
    ...valueOf(warehouse),
    published: valueOf(source),
  };
}

/** Processes of stack `local` by the server that each is. */
const processes: Record<string, ServiceName> = {
  Kestra: "kestra",
  BigQuery: "bigquery",
  "Open data": "openData",
  "Cloud Storage": "storage",
};

/** The servers that were asked and, on stack `local`, their processes. */
function servicesOf({ name }: OpenStack, reads: Record<string, Read<unknown>>): ServiceState[] {
  const names = name === localStack ? Object.keys(processes) : Object.keys(reads);
  return names.map((service) => {
    const read = reads[service];
    const isDown = read !== undefined && "down" in read;
    const isStopped = name === localStack && !isRunning(processes[service]!);
    if (!isDown && !isStopped) return { service, state: "up" };
    return { service, state: "down", detail: isStopped ? `${service} isn't running` : (read as { down: string }).down };
  });
}

async function readSource({ outputs }: OpenStack): Promise<string[]> {
  return (await publishedMonths(outputs.tripsUrl!)).map(({ month }) => month);
}

async function readKestra(stack: OpenStack) {
  const { kestra } = stack;
  const [schedule, loads, builds, drift] = await Promise.all([
    readSchedule(stack),
    newestExecutions(kestra, namespace, { flow: flows.load }, 500),
    newestExecutions(kestra, namespace, { flow: flows.build }, 20),
    readDrift(stack),
  ]);
  return { schedule, failedLoads: failedLoads(loads), lastBuild: lastBuild(builds), drift };
}

async function readSchedule({ kestra }: OpenStack): Promise<Schedule> {
  const trigger = await getTrigger(kestra, namespace, flows.schedule, scheduleTrigger);
  const { nextExecutionDate: next, disabled: paused = false, backfill } = trigger ?? {};
  return { next, paused, backfill: backfill && { until: backfill.end, at: backfill.currentDate } };
}

/** The newest load of each month, if it failed. */
function failedLoads(executions: Execution[]): Load[] {
  const newest = new Map<string, Execution>();
  for (const execution of executions) {
    // before it has found its month, a load has no label
    const month = labelOf(execution, "month") ?? execution.inputs?.month;
    if (typeof month === "string" && month !== "" && !newest.has(month)) newest.set(month, execution);
  }
  return [...newest]
    .filter(([, { state }]) => ["FAILED", "KILLED"].includes(state.current))
    .map(([month, execution]) => ({ month, execution: execution.id, reason: labelOf(execution, "reason") }))
    .sort((a, b) => (a.month < b.month ? -1 : 1));
}

function lastBuild([newest]: Execution[]) {
  if (newest === undefined) return undefined;
  const { id: execution, state } = newest;
  return { execution, state: state.current, isRunning: !hasEnded(newest), reason: labelOf(newest, "reason") };
}

/** Keys of KV entries that differ from what the stack set; the credentials and the webhook are only known to Kestra. */
async function readDrift({ kestra, outputs }: OpenStack): Promise<string[]> {
  const expected = {
    GCP_PROJECT_ID: outputs.project,
    GCP_LOCATION: outputs.location,
    GCP_BUCKET_NAME: outputs.bucket,
    GCP_DATASET: outputs.dataset,
    TRIPS_URL: outputs.tripsUrl,
    COUNTIES_URL: outputs.countiesUrl,
  };
  const differs = Object.entries(expected).map(async ([key, value]) =>
    (await getKv(kestra, namespace, key))?.value === value ? [] : [key],
  );
  return (await Promise.all(differs)).flat();
}

const loadsSql = (withBuilds: boolean) => `
  select
    format_date('%Y-%m', l.source_month) as month,
    l.rows_loaded,
    l.rows_rejected,
    ${withBuilds ? "b.source_month is not null" : "false"} as is_built
  from {baywheels_loads} as l
  ${withBuilds ? "left join {built_loads} as b on b.source_month = l.source_month and b.loaded_at = l.loaded_at" : ""}
  order by l.source_month`;

async function readWarehouse({ warehouse }: OpenStack) {
  const existing = await tables(warehouse);
  const sql = loadsSql(existing.has("built_loads"));
  const rows: Row[] = existing.has("baywheels_loads") ? await query(warehouse, "Loaded months", sql) : [];
  return {
    hasCounties: existing.has("bay_area_county_ext"),
    loads: rows.map((row) => ({
      month: row.month!,
      rows: Number(row.rows_loaded),
      rejected: Number(row.rows_rejected),
      isBuilt: row.is_built === "true",
    })),
  };
}
