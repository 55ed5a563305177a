import { password, username } from "../../../local/lab/kestraHost";
import { SimulatedEngine } from "./engine";
import { goalsOf, writeFolders } from "./goals";
import { allHandlers } from "./handlerStack";
import type { Up } from "./histories/history";
import { entry, files, flow, up } from "./histories/known";
import type { Spec } from "./histories/program";
import type { PulumiStack } from "./pulumiStack";
import { describeCall, recorded, type Around } from "./recording";
import { forgetStated } from "../../../kestra/resources/ownership";
import type { Worlds } from "./world";

/** A run of a scenario: what the program states, each resource depending on the one before it, and how it is run. */
export interface Run {
  resources: Spec[];
  how?: Partial<Up>;
  targets?: string[];
  /** True where it deletes two records of one resource, which the engine does in any order. */
  hasTwins?: true;
}

const f = flow("a", "f1");
const k = entry("a", "K1");
const n = files("a", "models/a.sql");
const swapped = [flow("a", "f2"), flow("b", "f1", 1)];
const unswapped = [flow("a", "f1"), flow("b", "f2", 1)];
const first = <T extends Spec>(spec: T): T => ({ ...spec, deleteFirst: true });
const aborted = (afterCalls: number, byFailure = false) => ({ abort: { afterCalls, byFailure } });

const other = flow("a", "f2");

/** What engines are compared by. */
export const scenarios: Record<string, Run[]> = {
  "create, change nothing, update one and delete another": [
    { resources: [f, k, n] },
    { resources: [f, k, n] },
    { resources: [f, { ...k, value: 1 }] },
  ],
  "rename, then another id": [{ resources: [f, k] }, { resources: [flow("b", "f1"), k] }, { resources: [other, k] }],
  swap: [{ resources: unswapped }, { resources: swapped }],
  "the second create fails, then it goes on": [
    { resources: [f, k, n], how: aborted(1, true) },
    { resources: [f, k, n] },
  ],
  "killed between create and delete of a rename, then it goes on": [
    { resources: [f] },
    { resources: [flow("b", "f1")], how: aborted(1) },
    { resources: [flow("b", "f1")] },
  ],
  "killed between create and delete of a replacement, then another one": [
    { resources: [f, k] },
    { resources: [other, k], how: aborted(1) },
    { resources: [flow("a", "f3"), k], hasTwins: true },
  ],
  "delete before replace, then killed in between, then it goes on": [
    { resources: [first(f), k] },
    { resources: [first(other), k] },
    { resources: [first(f), k], how: aborted(1) },
    { resources: [first(f), k] },
  ],
  "killed between delete and create, then without the option": [
    { resources: [first(f)] },
    { resources: [first(other)], how: aborted(1) },
    { resources: [other] },
  ],
  "killed between delete and create, then left out": [
    { resources: [first(f), k] },
    { resources: [first(other), k], how: aborted(1) },
    { resources: [k] },
  ],
  targets: [
    { resources: [f, k] },
    { resources: [flow("a", "f1", 2), { ...k, value: 1 }], targets: ["flow a"] },
    { resources: [flow("b", "f1"), k], targets: ["flow b"] },
    { resources: [flow("b", "f1", 1), k] },
  ],
  refresh: [
    { resources: [f, k, n] },
    { resources: [f, k, n], how: { refresh: true } },
    { resources: [f, { ...k, value: 1 }, n], how: { refresh: true }, targets: ["entry a"] },
  ],
};

/** Traces of runs with deletions that come in any order sorted. */
export function comparable(runs: Run[], traces: string[][]): string[][] {
  const isDeletion = (call: string) => call.startsWith("delete ");
  return traces.map((trace, i) =>
    runs[i]!.hasTwins ? [...trace.filter((call) => !isDeletion(call)), ...trace.filter(isDeletion).sort()] : trace,
  );
}

/** Calls of the handlers by the simulated engine, a list for each run. */
export async function simulatedTraces(runs: Run[], worlds: Worlds, url: string, root: string): Promise<string[][]> {
  let trace: string[] = [];
  const around: Around = (call, work) => {
    trace.push(describeCall(call));
    return work();
  };
  const kinds = Object.entries(allHandlers).map(([kind, handlers]) => [kind, recorded(kind, handlers, around)]);
  const engine = new SimulatedEngine(Object.fromEntries(kinds) as typeof allHandlers);
  const traces: string[][] = [];
  for (const { resources, how = {}, targets } of runs) {
    const program = { resources, address: 0 };
    writeFolders(root, program);
    const connection = { kind: "address" as const, url, username, password };
    const goals = goalsOf(program, worlds.namespace.bind(worlds), root, connection);
    const killAfter = how.abort && "afterCalls" in how.abort ? how.abort.afterCalls : undefined;
    trace = [];
    forgetStated();
    const options = { schedule: "serial" as const, refresh: how.refresh, killAfter };
    const work = engine.up(goals, { ...options, ...(targets ? { targets: new Set(targets) } : {}) });
    await (killAfter === undefined ? work : work.catch(() => undefined));
    traces.push(trace);
  }
  return traces;
}

/** Calls of the handlers by the real engine, a list for each run. */
export async function realTraces(runs: Run[], stack: PulumiStack): Promise<string[][]> {
  const traces: string[][] = [];
  for (const { resources, how = {}, targets } of runs) {
    const step = up([], { ...how, schedule: "serial" });
    const { succeeded, message } = await stack.up({ resources, address: 0 }, step, targets && new Set(targets));
    if (succeeded === Boolean(how.abort)) throw new Error(message);
    const notes = stack.project.notes();
    traces.push(notes.flatMap((note) => (note.event === "begin" ? [describeCall(note)] : [])));
  }
  return traces;
}
