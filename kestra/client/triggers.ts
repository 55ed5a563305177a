import type { KestraClient } from "./client";
import { dialectOf } from "./dialect";

/** A trigger's state on the server; times are ISO 8601. */
export interface TriggerState {
  triggerId: string;
  /** Undefined while the trigger is paused. */
  nextExecutionDate?: string;
  disabled?: boolean;
  /** A backfill that runs; `currentDate` is the date that comes next. */
  backfill?: { start: string; end: string; currentDate: string; paused?: boolean; labels?: Label[] };
}

/** A label of an execution. */
export interface Label {
  key: string;
  value: string;
}

/** The state of a flow's trigger; undefined until the scheduler has seen the flow. */
export async function getTrigger(
  client: KestraClient,
  namespace: string,
  flow: string,
  trigger: string,
): Promise<TriggerState | undefined> {
  const path = `/triggers/${encodeURIComponent(namespace)}/${encodeURIComponent(flow)}?size=100`;
  const { nextDate } = await dialect(client);
  const answer = (await (await client.send("GET", path)).json()) as { results: Stored[] };
  const found = answer.results.find(({ triggerId }) => triggerId === trigger);
  if (found === undefined) return undefined;
  const { triggerId, disabled, backfill, [nextDate]: next } = found;
  return { triggerId, disabled, backfill, ...(next == null ? {} : { nextExecutionDate: next }) };
}

/** A trigger's state, with the property names of either version of Kestra. */
type Stored = TriggerState & { nextEvaluationDate?: string };

const dialect = async (client: KestraClient) => dialectOf((await client.server()).version);

/** What a backfill runs for. */
export interface BackfillArgs {
  /** First and last date, ISO 8601; every date of the schedule from one to the other is run. */
  start: string;
  end: string;
  inputs?: Record<string, unknown>;
  labels?: Label[];
}

/** Makes a trigger run for past dates, oldest first. */
export async function startBackfill(
  client: KestraClient,
  namespace: string,
  flowId: string,
  triggerId: string,
  backfill: BackfillArgs,
): Promise<void> {
  const content = JSON.stringify({ namespace, flowId, triggerId, backfill });
  const { startBackfill: path } = await dialect(client);
  await client.send("PUT", path, { contentType: "application/json", content });
}

/** Pauses a trigger, or lets it run again. */
export async function setTriggerDisabled(
  client: KestraClient,
  namespace: string,
  flowId: string,
  triggerId: string,
  disabled: boolean,
): Promise<void> {
  const content = JSON.stringify({ namespace, flowId, triggerId, disabled });
  const { setDisabled: path } = await dialect(client);
  await client.send("PUT", path, { contentType: "application/json", content });
}
