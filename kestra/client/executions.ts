import { setTimeout as sleep } from "node:timers/promises";
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { KestraClient } from "./client";
import { retryTransient } from "../../dynamic/retry";

/** A run of a flow, as the server tells it. */
export interface Execution {
  id: string;
  flowId: string;
  state: { current: string; startDate?: string; endDate?: string };
  labels?: { key: string; value: string }[];
  inputs?: Record<string, unknown>;
  taskRunList?: { taskId: string; state: { current: string } }[];
}

/** A line of an execution's log. */
export interface LogLine {
  level: string;
  message: string;
  timestamp?: string;
  taskId?: string;
}

/** Which executions are searched for; all that is stated must apply. */
export interface Wanted {
  flow?: string;
  /** Such as FAILED. */
  state?: string;
  labels?: Record<string, string>;
}

/** States in which an execution does not change any more. */
const ended = new Set(["SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED", "SKIPPED"]);

/** Starts a flow with inputs by name. */
export async function execute(
  client: KestraClient,
  namespace: string,
  flow: string,
  inputs: Record<string, string> = {},
): Promise<Execution> {
  const form = new FormData();
  for (const [name, value] of Object.entries(inputs)) form.append(name, value);
  const path = `/executions/${encodeURIComponent(namespace)}/${encodeURIComponent(flow)}`;
  const response = await client.send("POST", path, { content: form });
  return (await response.json()) as Execution;
}

/** The execution as it is now. */
export async function getExecution(client: KestraClient, id: string): Promise<Execution> {
  return (await (await client.send("GET", `/executions/${id}`)).json()) as Execution;
}

/** The execution as it is now; undefined if the server has none of that id. */
export async function findExecution(client: KestraClient, id: string): Promise<Execution | undefined> {
  const response = await client.find("GET", `/executions/${encodeURIComponent(id)}`);
  return response && ((await response.json()) as Execution);
}

/** The newest executions of a namespace, the newest first. */
export async function newestExecutions(
  client: KestraClient,
  namespace: string,
  { flow, state, labels = {} }: Wanted = {},
  size = 1,
): Promise<Execution[]> {
  const parameters = new URLSearchParams({ size: String(size), sort: "state.startDate:desc" });
  parameters.set("filters[namespace][EQUALS]", namespace);
  if (flow !== undefined) parameters.set("filters[flowId][EQUALS]", flow);
  if (state !== undefined) parameters.set("filters[state][EQUALS]", state);
  for (const [key, value] of Object.entries(labels)) parameters.set(`filters[labels][EQUALS][${key}]`, value);
  const response = await client.send("GET", `/executions/search?${parameters.toString()}`);
  return ((await response.json()) as { results: Execution[] }).results;
}

/** A label of an execution. */
export const labelOf = ({ labels }: Execution, key: string) => labels?.find((label) => label.key === key)?.value;

/** Whether an execution has ended. */
export const hasEnded = ({ state }: Execution) => ended.has(state.current);

/** Milliseconds between the end of a stream and the next one. */
const streamPause = 500;

/**
 * Follows an execution to its end by the server's event stream. A stream that breaks is opened again.
 * @param onChange called with each state that the server sends
 * @returns the ended execution
 * @throws KestraError for an unknown execution, KestraUnreachable when the server is gone
 */
export async function follow(
  client: KestraClient,
  id: string,
  onChange: (execution: Execution) => void = () => {},
): Promise<Execution> {
  for (;;) {
    await readEvents(client, id, onChange);
    // the stream ends with the execution, or because the connection dropped: the execution itself says which
    const execution = await retryTransient(() => getExecution(client, id));
    if (hasEnded(execution)) return execution;
    await sleep(streamPause);
  }
}

/** Reads one stream of an execution to its end, whatever ends it. */
async function readEvents(client: KestraClient, id: string, onChange: (execution: Execution) => void): Promise<void> {
  const stream = await retryTransient(() => client.stream(`/executions/${id}/follow`));
  const events = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  for (;;) {
    const { value } = await reader.read().catch(() => ({ value: undefined }));
    if (value === undefined) return;
    if (!value.data.startsWith("{")) continue;
    const execution = JSON.parse(value.data) as Partial<Execution>;
    if (execution.state) onChange(execution as Execution);
  }
}

/** The log of an execution from a level on (TRACE, DEBUG, INFO, WARN, ERROR), as far as the server has written it. */
export async function getLogs(client: KestraClient, id: string, minLevel: string): Promise<LogLine[]> {
  return (await (await client.send("GET", `/logs/${id}?minLevel=${minLevel}`)).json()) as LogLine[];
}

/**
 * The whole log of an ended execution. The server writes it behind the execution: this waits until no line comes for
 * half a second, and up to ten seconds for the first error of a failed one.
 */
export async function getWholeLog(
  client: KestraClient,
  { id, state }: Pick<Execution, "id" | "state">,
  minLevel: string,
): Promise<LogLine[]> {
  const until = Date.now() + 10_000;
  let lines = await getLogs(client, id, minLevel);
  for (;;) {
    await sleep(500);
    const now = await getLogs(client, id, minLevel);
    const complete = state.current !== "FAILED" || now.some((line) => line.level === "ERROR");
    if ((now.length === lines.length && complete) || Date.now() > until) return now;
    lines = now;
  }
}
