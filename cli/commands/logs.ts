import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { retryTransient } from "../../dynamic/retry";
import {
  findExecution,
  getLogs,
  getWholeLog,
  hasEnded,
  newestExecutions,
  type Execution,
  type LogLine,
} from "../../kestra/client/executions";
import { namespace } from "../../kestra/pipeline/namespace";
import { UsageError } from "../commandLine";
import { sayWhenInterrupted } from "../support/interruption";
import { openStack, type OpenStack } from "../support/openStack";

interface Flags {
  month?: string;
  failed?: boolean;
  follow?: boolean;
  stack?: string;
  json?: boolean;
}

/** Milliseconds between two looks at an execution. */
const interval = 1000;

/** What dbt puts before each of its lines. */
const prefix = /^(\[(Date|Thread|Type): [^\]]*\] )+/;

/** A line for a person; undefined for an empty one. */
function textOf({ timestamp = "", level, taskId = "", message }: LogLine): string | undefined {
  const text = stripVTControlCharacters(message).replace(prefix, "").trimEnd();
  if (text === "") return undefined;
  const time = new Date(timestamp).toLocaleString("sv-SE", { timeZoneName: "short" });
  return `${time} ${level.padEnd(5)} ${taskId === "" ? "" : `${taskId}: `}${text}`;
}

/** The execution with that id, or the newest one that the flags ask for. */
async function find({ name, kestra }: OpenStack, id: string | undefined, { month, failed }: Flags): Promise<Execution> {
  if (id !== undefined) {
    const found = await findExecution(kestra, id);
    if (found === undefined) throw new Error(`Stack '${name}' has no execution ${id}.`);
    return found;
  }
  const labels: Record<string, string> = month === undefined ? {} : { month };
  const [newest] = await newestExecutions(kestra, namespace, { labels, ...(failed && { states: ["FAILED"] }) });
  const what = `${failed ? "failed " : ""}execution${month === undefined ? "" : ` for month ${month}`}`;
  if (newest === undefined) throw new Error(`Stack '${name}' has no ${what}.`);
  return newest;
}

/**
 * `./bay logs`: prints the log of an execution. With `follow`, it goes on until the execution ends, and returns 1 when
 * that failed or was killed.
 */
export async function logs(id: string | undefined, flags: Flags): Promise<number> {
  if (id !== undefined && (flags.month !== undefined || flags.failed))
    throw new UsageError("./bay logs: name an execution, or find one with --month and --failed");
  const stack = openStack(flags.stack);
  const { kestra } = stack;
  const seen = new Set<string>();
  const print = (lines: LogLine[]) => {
    for (const line of lines) {
      const json = JSON.stringify(line);
      const text = flags.json ? json : textOf(line);
      if (!seen.has(json) && text !== undefined) console.log(text);
      seen.add(json);
    }
  };
  let execution = await find(stack, id, flags);
  const { flowId, state } = execution;
  console.error(`Execution ${execution.id} of ${flowId}: ${state.current}`);
  if (!flags.follow) {
    print(await getLogs(kestra, execution.id, "INFO"));
    return 0;
  }
  sayWhenInterrupted("The execution continues in Kestra.");
  while (!hasEnded(execution)) {
    print(await retryTransient(() => getLogs(kestra, execution.id, "INFO")));
    await sleep(interval);
    execution = (await retryTransient(() => findExecution(kestra, execution.id))) ?? execution;
  }
  print(await getWholeLog(kestra, execution, "INFO"));
  console.error(`Ended: ${execution.state.current}`);
  return ["FAILED", "KILLED", "CANCELLED"].includes(execution.state.current) ? 1 : 0;
}
