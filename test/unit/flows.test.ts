import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

interface Task {
  id: string;
  type: string;
  retry?: { type: string; maxAttempts: number; interval: string; maxInterval: string };
  timeout?: string;
  labels?: Record<string, string>;
  level?: string;
}

interface Flow {
  id: string;
  concurrency?: { limit: number };
  tasks: Task[];
  errors?: Task[];
}

/** Task types that ask another machine. */
const network = /^io\.kestra\.plugin\.(core\.http\.|gcp\.|git\.)/;

/** All tasks of a part of a flow, at any depth. */
function tasksBelow(value: unknown): Task[] {
  if (Array.isArray(value)) return value.flatMap(tasksBelow);
  if (typeof value !== "object" || value === null) return [];
  const own = "id" in value && "type" in value && typeof value.type === "string" ? [value as Task] : [];
  return [...own, ...Object.values(value).flatMap(tasksBelow)];
}

const files = readdirSync("flows").filter((file) => file.endsWith(".yaml"));
const flows = files.map((file) => parse(readFileSync(join("flows", file), "utf8")) as Flow);

describe("the flows", () => {
  it("try each network task again, later and later, and none for ever", () => {
    const tasks = flows.flatMap(({ tasks }) => tasksBelow(tasks)).filter(({ type }) => network.test(type));
    assert.ok(tasks.length > 12);
    for (const { id, retry, timeout } of tasks) {
      assert.deepEqual(
        [retry?.type, retry?.interval, retry?.maxInterval, retry?.maxAttempts],
        ["exponential", "PT2S", "PT1M", 3],
        id,
      );
      assert.match(timeout ?? "", /^PT\d+M$/, id);
    }
  });

  it("let no process run for ever", () => {
    const processes = flows
      .flatMap(({ tasks }) => tasksBelow(tasks))
      .filter(({ type }) => /\.(scripts|dbt|compress)\./.test(type));
    assert.equal(processes.length, 3);
    for (const { id, timeout } of processes) assert.match(timeout ?? "", /^PT\d+[HM]$/, id);
  });

  for (const flow of flows.filter(({ id }) => /^0[2456]/.test(id)))
    it(`${flow.id} runs once at a time, and leaves a label and a line when it fails`, () => {
      assert.equal(flow.concurrency?.limit, 1);
      const errors = tasksBelow(flow.errors);
      assert.ok(errors.some(({ labels }) => labels?.result === "failed" && "reason" in labels));
      // flow 05 fails by a task that says it
      const says = flow.tasks.some(({ id }) => id === "tell_failures");
      assert.ok(says || errors.some(({ id, level }) => id === "say_what_to_do" && level === "ERROR"));
    });
});
