import { appendFileSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { load as loadOfProduct } from "../../../../dynamic/load";
import type { Abort, Note } from "../modelStack";
import { identitiesIn } from "../program";

/**
 * Replaces dynamic/load.ts in the project of a `ModelStack`: records each call of a handler in a file, and stops where
 * the test says so.
 */
type Work = (...args: unknown[]) => Promise<unknown>;

const kinds: Record<string, string> = { "flow.ts": "flow", "kvEntry.ts": "entry", "namespaceFiles.ts": "files" };

const note = (line: Omit<Note, "pid">) =>
  appendFileSync("calls.jsonl", `${JSON.stringify({ ...line, pid: process.pid })}\n`);

/** Creates, updates and deletes so far, in a process that serves one run. */
let changes = 0;

const { afterCalls = Infinity, byFailure } = JSON.parse(readFileSync("abort.json", "utf8")) as Partial<Abort>;

async function recorded(kind: string, method: string, work: Work, args: unknown[]): Promise<unknown> {
  const isChange = ["create", "update", "delete"].includes(method);
  if (isChange && changes++ >= afterCalls) {
    if (byFailure) throw new Error("fails on purpose");
    note({ event: "kill", method, things: [] });
    // the test kills this process and the engine
    await new Promise(() => setInterval(() => {}, 1000));
  }
  // inputs or state; of an update the old one as well
  const about = args.filter((each) => typeof each === "object") as Record<string, unknown>[];
  const things = isChange ? [...new Set(about.flatMap((each) => identitiesIn(kind, each)))] : [];
  note({ event: "begin", method, things });
  const result = await work(...args);
  note({ event: "end", method, things });
  return result;
}

/** The handlers in a file, for a resource's shim. */
export function load(module: string): Record<string, Work> {
  const handlers = Object.entries(loadOfProduct(module)) as [string, Work][];
  const kind = kinds[basename(module)]!;
  return Object.fromEntries(
    handlers.map(([method, work]) => [method, (...args: unknown[]) => recorded(kind, method, work, args)]),
  );
}
