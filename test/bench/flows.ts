import type { KestraClient } from "../../kestra/client/client";
import { execute, follow } from "../../kestra/client/executions";
import { namespace } from "../../kestra/pipeline/pipeline";
import { secondsSince } from "./figures";

/** An execution, as far as it is read here. */
export interface Execution {
  id: string;
  flowId: string;
  inputs?: { month?: string };
  state: { current: string };
  taskRunList: { taskId: string }[];
}

/**
 * Runs a flow to its end.
 * @param signal on interruption this ends at once; the flow ends with its stack
 * @throws Error when the flow doesn't succeed
 */
export async function runFlow(
  client: KestraClient,
  signal: AbortSignal,
  flow: string,
  inputs: Record<string, string> = {},
): Promise<{ id: string; seconds: number }> {
  signal.throwIfAborted();
  const started = performance.now();
  const { id } = await execute(client, namespace, flow, inputs);
  const interruption = new Promise<never>((_, fail) =>
    signal.addEventListener("abort", () => fail(signal.reason as Error), { once: true }),
  );
  const { state } = await Promise.race([follow(client, id), interruption]);
  if (state.current !== "SUCCESS") throw new Error(`Flow ${flow}, execution ${id}, ended in ${state.current}`);
  return { id, seconds: secondsSince(started) };
}

/** All executions of a flow. */
export async function executionsOf(client: KestraClient, flow: string): Promise<Execution[]> {
  const all = new Map<string, Execution>();
  for (let page = 1; ; page++) {
    const path = `/executions/search?size=100&page=${page}&namespace=${namespace}&flowId=${flow}`;
    const { results } = (await (await client.send("GET", path)).json()) as { results: Execution[] };
    for (const execution of results) if (execution.flowId === flow) all.set(execution.id, execution);
    if (results.length < 100) return [...all.values()];
  }
}
