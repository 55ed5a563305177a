import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const sequential = "io.kestra.plugin.core.flow.Sequential";

interface Task {
  id: string;
  type: string;
  retry?: unknown;
}

const isTask = (value: unknown): value is Task =>
  typeof value === "object" && value !== null && "id" in value && "type" in value;

/** Ids of the retried tasks in a part of a flow, at any depth, that aren't the first task of a Sequential. */
function misplaced(part: unknown, isFirst = false): string[] {
  if (Array.isArray(part)) return part.flatMap((each) => misplaced(each));
  if (typeof part !== "object" || part === null) return [];
  const own = isTask(part) && part.retry !== undefined && !isFirst ? [part.id] : [];
  const holdsSequence = isTask(part) && part.type === sequential;
  const below = Object.entries(part).flatMap(([key, value]: [string, unknown]) =>
    holdsSequence && key === "tasks" && Array.isArray(value)
      ? value.flatMap((each, index) => misplaced(each, index === 0))
      : misplaced(value),
  );
  return [...own, ...below];
}

/** What is wrong with a flow, in a sentence each. */
const faults = (source: string) => {
  const flow = parse(source) as { id: string };
  return misplaced(flow).map(
    (task) =>
      `flow ${flow.id}: task ${task} has retry, but isn't the first task of a ${sequential}: Kestra 2.0.0 may start it twice`,
  );
};

describe("tasks with retry", () => {
  for (const file of readdirSync("flows").filter((name) => name.endsWith(".yaml")))
    it(`of ${file} are each the first task of a Sequential`, () => {
      assert.deepEqual(faults(readFileSync(join("flows", file), "utf8")), []);
    });

  const retried = (id: string) => `{id: ${id}, type: http.Request, retry: {type: constant}}`;
  const within = (...tasks: string[]) => `{id: within, type: ${sequential}, tasks: [${tasks.join(", ")}]}`;
  const plain = "{id: plain, type: log.Log}";

  it("are found wherever they stand, and refused anywhere else", () => {
    const bad = [
      `tasks: [${plain}, ${retried("a")}]`,
      // alone in the flow's own list, it's right on 2.0.0 too; but not after someone puts a task before it
      `tasks: [${retried("a")}]`,
      `tasks: [${within(plain, retried("a"))}]`,
      `tasks: [{id: if, type: flow.If, then: [${retried("a")}]}]`,
      `tasks: [{id: if, type: flow.If, else: [${plain}, ${retried("a")}]}]`,
      `tasks: [{id: switch, type: flow.Switch, cases: {load: [${plain}, ${retried("a")}]}}]`,
      `tasks: [{id: dag, type: flow.Dag, tasks: [{task: ${retried("a")}}]}]`,
      `tasks: [{id: loop, type: flow.LoopUntil, tasks: [{id: in, type: flow.Parallel, tasks: [${retried("a")}]}]}]`,
      `tasks: [${within(plain)}]\nerrors: [${retried("a")}]`,
      `tasks: [${within(plain)}]\nfinally: [${plain}, ${retried("a")}]`,
      `tasks: [{id: within, type: ${sequential}, tasks: [${plain}], errors: [${retried("a")}]}]`,
    ];
    for (const tasks of bad)
      assert.deepEqual(
        faults(`id: flow_1\n${tasks}`),
        [`flow flow_1: task a has retry, but isn't the first task of a ${sequential}: Kestra 2.0.0 may start it twice`],
        tasks,
      );
  });

  it("may be followed by others in the Sequential, which may stand anywhere", () => {
    const good = [
      `tasks: [${plain}, ${within(retried("a"), plain)}]`,
      `tasks: [{id: switch, type: flow.Switch, cases: {load: [${plain}, ${within(retried("a"))}]}}]`,
      `tasks: [${plain}]\nerrors: [${plain}, ${within(within(retried("a")))}]`,
    ];
    for (const tasks of good) assert.deepEqual(faults(`id: flow_1\n${tasks}`), [], tasks);
  });
});
