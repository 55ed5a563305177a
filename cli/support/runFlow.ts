import { setTimeout as sleep } from "node:timers/promises";
import {
  execute,
  follow,
  getLogs,
  getWholeLog,
  newestExecutions,
  type Execution,
  type LogLine,
} from "../../kestra/client/executions";
import { namespace } from "../../kestra/pipeline/namespace";
import { Progress } from "../../local/tools/progress";
import { sayWhenInterrupted } from "./interruption";
import { bay, type OpenStack } from "./openStack";
import { plainText } from "./plainText";
import { stack as localStack } from "./stack";

/** How an execution ended. */
export interface Outcome {
  execution: string;
  flow: string;
  /** SUCCESS, WARNING, FAILED, KILLED … */
  state: string;
  seconds: number;
  /** The flow's own last words. */
  message: string;
}

export interface RunOptions {
  inputs?: Record<string, string>;
  /** Called with the execution's id; default: says how to follow the execution after Ctrl-C. */
  onStart?: (id: string) => void;
  /** What has been done so far, by the log; default: the task that runs now. */
  progressOf?: (log: LogLine[]) => string | undefined;
}

/** How many of a failed flow's last error lines are shown if it has no last words. */
const shownErrors = 3;
/** Milliseconds between two looks at the log. */
const logInterval = 2000;

/** The task that runs now, for the progress line. */
function runningTask({ state, taskRunList = [] }: Execution): string {
  if (state.current === "QUEUED") return "waits for another execution of this flow";
  return taskRunList.filter((run) => run.state.current === "RUNNING").at(-1)?.taskId ?? "";
}

/** What a flow says at its end, with commands of this project in place of flows to run and inputs to set. */
function lastWords(stack: string, { state, inputs }: Execution, log: LogLine[]): string {
  const said = log.filter(
    ({ taskId, level }) => taskId?.startsWith("say_") && (state.current !== "FAILED" || level === "ERROR"),
  );
  const errors = log.filter(({ level }) => level === "ERROR").slice(-shownErrors);
  const built = log.flatMap(({ message }) => /\bDone\. (PASS=.*)/.exec(message)?.[1] ?? []);
  if (said.length === 0 && built.length > 0 && state.current === "SUCCESS") return `dbt: ${built.at(-1)!.trim()}`;
  const lines = said.length > 0 ? said.slice(-1) : errors;
  const load = bay(stack, `load ${String(inputs?.month)}`);
  return lines
    .map(({ message }) => message.trim())
    .join("\n  ")
    .replace(/run 05_gcp_load_data_scheduled with month [\d-]+/, `run: ${load}`)
    .replace("set input accept to load it", `run: ${load} --accept`)
    .replace("set input reload", `run: ${load} --reload`)
    .replace(/run dbt build --full-refresh/, `run: ${bay(stack, "build --full-refresh")}`);
}

/**
 * Runs a flow to its end with live progress on stderr.
 * @throws KestraError for a flow that can't be started, KestraUnreachable when the server is gone
 */
export async function runFlow(
  { name, kestra }: Pick<OpenStack, "name" | "kestra">,
  title: string,
  flow: string,
  { inputs, onStart, progressOf }: RunOptions = {},
): Promise<Outcome> {
  const progress = new Progress(title);
  let timer: NodeJS.Timeout | undefined;
  try {
    const { id } = await execute(kestra, namespace, flow, inputs);
    const goesOn = `Execution ${id} continues in Kestra. Follow it: ${bay(name, `logs ${id} -f`)}`;
    (onStart ?? (() => sayWhenInterrupted(goesOn)))(id);
    let done: string | undefined;
    const look = async () => (done = progressOf?.(await getLogs(kestra, id, "INFO")));
    if (progressOf)
      timer = setInterval(
        () =>
          void look().then(
            (text) => text && progress.say(text),
            () => {},
          ),
        logInterval,
      );
    const execution = await follow(kestra, id, (now) => progress.say(done ?? runningTask(now)));
    clearInterval(timer);
    const state = execution.state.current;
    const seconds = state === "SUCCESS" ? progress.done() : progress.failed();
    const message = lastWords(name, execution, await getWholeLog(kestra, execution, "INFO"));
    return { execution: id, flow, state, seconds, message: plainText(message) || `Flow ${flow} ended in ${state}.` };
  } catch (error) {
    clearInterval(timer);
    progress.failed();
    throw error;
  }
}

/** Whether a flow has ever succeeded, as far as Kestra knows. */
export async function hasSucceeded({ kestra }: Pick<OpenStack, "kestra">, flow: string): Promise<boolean> {
  return (await newestExecutions(kestra, namespace, { flow, states: ["SUCCESS"] })).length > 0;
}

/** Seconds that Google gets to apply the roles and the key of a new stack, and between two attempts. */
const propagation = { patience: 600, pause: 30 };

/** Runs a flow; one that has never succeeded is repeated while Google refuses the account of a new stack. */
export async function runWhenAllowed(
  stack: Pick<OpenStack, "name" | "kestra">,
  title: string,
  flow: string,
  options: RunOptions = {},
  { patience, pause } = propagation,
): Promise<Outcome> {
  const until = Date.now() + patience * 1000;
  for (;;) {
    const outcome = await runFlow(stack, title, flow, options);
    const isRefused = stack.name !== localStack && outcome.state === "FAILED" && refusal.test(outcome.message);
    if (!isRefused || Date.now() > until || (await hasSucceeded(stack, flow))) return outcome;
    console.error(
      `${outcome.message}\nGoogle takes some minutes to apply the roles and the key of a new stack. ` +
        `Trying again in ${pause} s, for at most ${Math.round(patience / 60)} minutes.`,
    );
    await sleep(pause * 1000);
  }
}

/** How BigQuery, Cloud Storage and a flow word it that Google refuses the account. */
const refusal = /Access Denied|does not have \S+ (?:access|permission)|key was refused/;
const whenNew =
  "Google takes some minutes to apply the roles and the key of a new stack: then run the same command again.";

/** Prints how an execution ended, a failure on stderr with where to look; true if it succeeded. */
export function printOutcome(stack: string, { execution, state, message }: Outcome, print = console.log): boolean {
  const log = `Its log: ${bay(stack, `logs ${execution}`)}`;
  if (state === "SUCCESS") print(message);
  else console.error([message, ...(refusal.test(message) ? [whenNew] : []), log].join("\n"));
  return state === "SUCCESS";
}
