import type { KestraClient } from "../../kestra/client/client";
import { execute, follow, getWholeLog, type Execution } from "../../kestra/client/executions";
import { namespace } from "../../kestra/pipeline";
import { Progress } from "../../local/tools/progress";

/** How many of a failed flow's last error lines are shown. */
const shownErrors = 3;

/** The task that runs now, for the progress line. */
function runningTask({ taskRunList = [] }: Execution): string {
  return taskRunList.filter((run) => run.state.current === "RUNNING").at(-1)?.taskId ?? "";
}

/**
 * Runs a flow to its end with live progress; the seconds that it took.
 * @param onStart called with the execution's id
 * @throws Error with the flow's own last words when it does not end in SUCCESS.
 */
export async function runFlow(
  client: KestraClient,
  title: string,
  flow: string,
  inputs: Record<string, string> = {},
  onStart: (id: string) => void = () => {},
): Promise<number> {
  const progress = new Progress(title);
  try {
    const { id } = await execute(client, namespace, flow, inputs);
    onStart(id);
    const ended = await follow(client, id, (execution) => progress.say(runningTask(execution)));
    if (ended.state.current === "SUCCESS") return progress.done();
    const errors = (await getWholeLog(client, ended, "ERROR")).map((line) => line.message);
    throw new Error(
      [`${title}: flow ${flow}, execution ${id}, ended in ${ended.state.current}.`, ...errors.slice(-shownErrors)].join(
        "\n  ",
      ),
    );
  } catch (error) {
    progress.failed();
    throw error;
  }
}
