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
  sql?: string;
  fetchType?: string;
  maximumBytesBilled?: string;
  env?: Record<string, string>;
}

interface Profiles {
  bay_wheels: { outputs: Record<string, { maximum_bytes_billed?: string }> };
}

interface Flow {
  id: string;
  concurrency?: { limit: number };
  tasks: Task[];
  errors?: Task[];
}

/** Task types that ask another machine and leave it to the flow to try again; an alert is sent once. */
const network = /^io\.kestra\.plugin\.(core\.http\.|gcp\.gcs\.|git\.)/;

/** Plugin-gcp tries a statement again by itself, ten times in 15 minutes. */
const statement = "io.kestra.plugin.gcp.bigquery.Query";

/** All tasks of a part of a flow, at any depth. */
function tasksBelow(value: unknown): Task[] {
  if (Array.isArray(value)) return value.flatMap(tasksBelow);
  if (typeof value !== "object" || value === null) return [];
  const own = "id" in value && "type" in value && typeof value.type === "string" ? [value as Task] : [];
  return [...own, ...Object.values(value).flatMap(tasksBelow)];
}

const flows = readdirSync("flows")
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => parse(readFileSync(join("flows", file), "utf8")) as Flow);

describe("the flows", () => {
  it("try each network task again, later and later, and none for ever", () => {
    const tasks = flows
      .flatMap(({ tasks }) => tasksBelow(tasks))
      .filter(({ id, type }) => network.test(type) && id !== "alert");
    assert.ok(tasks.length > 5);
    for (const { id, retry, timeout } of tasks) {
      assert.deepEqual(
        [retry?.type, retry?.interval, retry?.maxInterval, retry?.maxAttempts],
        ["exponential", "PT2S", "PT1M", 3],
        id,
      );
      assert.match(timeout ?? "", /^PT\d+M$/, id);
    }
  });

  it("let no statement run for ever, and leave its retries to the plugin", () => {
    const statements = flows.flatMap(({ tasks }) => tasksBelow(tasks)).filter(({ type }) => type === statement);
    assert.ok(statements.length > 6);
    for (const { id, timeout, retry } of statements) {
      assert.match(timeout ?? "", /^PT\d+M$/, id);
      assert.equal(retry, undefined, id);
    }
  });

  it("limit what each BigQuery job may bill, as dbt does", () => {
    const all = flows.flatMap((flow) => tasksBelow(flow)).filter(({ type }) => type.includes(".gcp.bigquery."));
    assert.ok(all.length > 6);
    const limit = "{{ kv('BIGQUERY_MAX_BYTES_BILLED', errorOnMissing=false) ?? '50000000000' }}";
    for (const { id, maximumBytesBilled } of all) assert.equal(maximumBytesBilled, limit, id);
    const builds = flows.flatMap((flow) => tasksBelow(flow)).filter(({ type }) => type.includes(".dbt."));
    assert.equal(builds.length, 1);
    for (const { id, env } of builds) assert.equal(env?.BIGQUERY_MAX_BYTES_BILLED, limit, id);
    const { bay_wheels: profile } = parse(readFileSync("dbt/profiles.yml", "utf8"), { merge: true }) as Profiles;
    for (const [target, { maximum_bytes_billed: each }] of Object.entries(profile.outputs))
      assert.equal(each, "{{ env_var('BIGQUERY_MAX_BYTES_BILLED', '50000000000') | as_number }}", target);
  });

  it("fetch rows of single statements only: Google's Java client knows no table that a script's rows are in", () => {
    const fetching = flows.flatMap(({ tasks }) => tasksBelow(tasks)).filter(({ fetchType }) => fetchType !== undefined);
    assert.ok(fetching.length > 3);
    for (const { id, sql } of fetching) {
      const [, file] = /^\{\{ renderOnce\(read\('(sql\/\w+\.sql)'\)\) \}\}$/.exec(sql!)!;
      const statement = readFileSync(join("flows", file!), "utf8").replaceAll(/--.*|'(?:[^'\\]|\\.)*'/g, "");
      assert.match(statement, /^\s*(with|select)\b[^;]*$/, id);
    }
  });

  it("let no process run for ever", () => {
    const processes = flows
      .flatMap(({ tasks }) => tasksBelow(tasks))
      .filter(({ type }) => /\.(scripts|dbt|compress)\./.test(type));
    assert.equal(processes.length, 2);
    for (const { id, timeout } of processes) assert.match(timeout ?? "", /^PT\d+[HM]$/, id);
  });

  for (const flow of flows.filter(({ id }) => /^0[2456]/.test(id)))
    it(`${flow.id} runs once at a time, and leaves a label and a line when it fails`, () => {
      assert.equal(flow.concurrency?.limit, 1);
      const errors = tasksBelow(flow.errors);
      assert.ok(errors.some(({ labels }) => labels?.result === "failed" && "reason" in labels));
      // flow 05 fails by a task that says it
      const says = flow.tasks.some(({ id }) => id === "say_failures");
      assert.ok(says || errors.some(({ id, level }) => id === "say_what_to_do" && level === "ERROR"));
    });
});
