import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { load as loadOfProduct } from "../../../../dynamic/load";
import type { Handlers } from "../../../../dynamic/handlers";
import { recorded, type Around, type Properties } from "../recording";

/**
 * In place of dynamic/load.ts in the project of a `PulumiStack`: notes each call of a handler in a file, and
 * breaks off where the test says so.
 */
const kinds: Record<string, string> = { "flow.ts": "flow", "kvEntry.ts": "entry", "namespaceFiles.ts": "files" };

const note = (line: object) => appendFileSync("calls.jsonl", `${JSON.stringify({ ...line, pid: process.pid })}\n`);

/** Creates, updates and deletes so far, in a process that serves one run. */
let changes = 0;

/** After how many of them the run breaks off. */
const abort = (
  existsSync("abort.json") ? JSON.parse(readFileSync("abort.json", "utf8")) : { afterCalls: Infinity }
) as { afterCalls: number; byFailure?: boolean };

const around: Around = async (call, work) => {
  if (["create", "update", "delete"].includes(call.method) && changes++ >= abort.afterCalls) {
    if (abort.byFailure) throw new Error("fails on purpose");
    note({ event: "kill" });
    // the test kills this process and the engine
    await new Promise(() => setInterval(() => {}, 1000));
  }
  note({ event: "begin", ...call });
  const result = await work();
  note({ event: "end", ...call });
  return result;
};

/** The handlers in a file, for a resource's shim. */
export function load(module: string): Handlers<unknown, unknown> {
  const handlers = loadOfProduct(module) as unknown as Handlers<Properties, Properties>;
  return recorded(kinds[basename(module)]!, handlers, around);
}
