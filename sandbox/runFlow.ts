import type { KestraClient } from "../kestra/client";
import { execute, follow, getLogs, type Execution } from "../kestra/executions";
import { namespace } from "../kestra/pipeline";
import { Progress } from "./progress";

/** The task that runs now, for the progress line. */
function runningTask({ taskRunList = [] }: Execution): string {
  return taskRunList.filter((run) => run.state.current === "RUNNING").at(-1)?.taskId ?? "";
}

/**
 * Runs a flow to its end with live progress; the seconds that it took.
 * @throws Error with the flow's own last words when it does not end in SUCCESS.
 */
export async function runFlow(
  client: KestraClient,
  title: string,
  flow: string,
  inputs: Record<string, string> = {},
): Promise<number> {
  const progress = new Progress(title);
  try {
    const { id } = await execute(client, namespace, flow, inputs);
    const { state } = await follow(client, id, (execution) => progress.say(runningTask(execution)));
    if (state.current === "SUCCESS") return progress.done();
    const errors = await getLogs(client, id, "ERROR");
    const reason =
      errors.at(-1)?.message ?? `no error is logged; see npm run pulumi -- stack output kestraUrl for the server`;
    throw new Error(`${title}: flow ${flow} ended in ${state.current}: ${reason}`);
  } catch (error) {
    progress.failed();
    throw error;
  }
}
