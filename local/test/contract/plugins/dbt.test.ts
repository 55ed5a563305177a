import assert from "node:assert/strict";
import type { KvEntry } from "../../../lab/kestraTypes";
import { pluginLab, type Outcome, type PluginLab } from "../../../lab/pluginLab";

const project = `name: tiny
version: "1.0"
profile: tiny
models:
  tiny:
    +materialized: table
`;

const profiles = `tiny:
  target: lab
  outputs:
    lab:
      type: bigquery
      method: oauth-secrets
      token: none
      api_endpoint: "{% raw %}{{ env_var('BIGQUERY_EMULATOR_HOST') }}{% endraw %}"
      project: lab
      dataset: lab
      threads: 1
`;

const tests = `models:
  - name: numbers
    columns:
      - name: id
        data_tests:
          - not_null
`;

const files = { "dbt_project.yml": project, "profiles.yml": profiles, "models/numbers.yml": tests };

/** All that a failed command says of itself. */
const failed = "io.kestra.core.models.tasks.runners.TaskException: Command failed with exit code 1";

describe("io.kestra.plugin.dbt.cli.DbtCLI", () => {
  let lab: PluginLab;

  before(async () => {
    lab = await pluginLab();
  });

  /** Runs dbt on a project of one model with one test. */
  const run = (model: string, properties: Record<string, unknown> = {}): Promise<Outcome> =>
    lab.run({
      id: "dbt",
      type: "io.kestra.plugin.dbt.cli.DbtCLI",
      taskRunner: { type: "io.kestra.plugin.core.runner.Process" },
      inputFiles: { ...files, "models/numbers.sql": model },
      commands: ["dbt build"],
      ...properties,
    });

  const nodes = ({ taskRuns }: Outcome): string[] =>
    taskRuns
      .filter((each) => each.taskId !== "dbt")
      .map((each) => `${each.taskId.replace(/\.[0-9a-f]{10}$/, "")} ${each.state.current}`);

  it("builds with the server's environment, makes a task run of each node, and keeps results and manifest", async () => {
    const outcome = await run("select id from unnest([1, 2, 3]) as id", {
      env: { GREETING: "hello" },
      beforeCommands: ["echo before > order.txt"],
      commands: ["dbt build", 'echo "::{\\"outputs\\":{\\"greeting\\":\\"$GREETING\\"}}::"'],
      outputFiles: ["order.txt"],
      storeManifest: { key: "manifest", namespace: "lab" },
    });
    assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
    assert.deepEqual(nodes(outcome), ["model.tiny.numbers SUCCESS", "test.tiny.not_null_numbers_id SUCCESS"]);
    const parent = outcome.taskRuns.find((each) => each.taskId === "dbt")!.id;
    assert.deepEqual([...new Set(outcome.taskRuns.map((each) => each.parentTaskRunId))], [undefined, parent]);
    const { exitCode, vars, outputFiles } = outcome.outputsOf("dbt") as {
      exitCode: number;
      vars: unknown;
      outputFiles: Record<string, string>;
    };
    assert.deepEqual([exitCode, vars], [0, { greeting: "hello" }]);
    assert.deepEqual(Object.keys(outputFiles).sort(), ["manifest.json", "order.txt", "run_results.json"]);
    const results = JSON.parse(await outcome.read(outputFiles["run_results.json"])) as { results: unknown[] };
    assert.equal(results.results.length, 2);
    const table = await fetch(`${lab.bigquery.url}/bigquery/v2/projects/lab/datasets/lab/tables/numbers`);
    assert.equal(table.status, 200);
    const { json } = await lab.host.send<KvEntry>("GET", "/namespaces/lab/kv/manifest");
    assert.ok(json.type === "JSON" && "model.tiny.numbers" in (json.value as { nodes: object }).nodes);
  });

  it("fails with a serialization error when a node was skipped; the log has the failed node's message", async () => {
    const outcome = await run("select id from lab.no_such_table");
    assert.equal(outcome.state, "FAILED");
    assert.deepEqual(nodes(outcome), []);
    const serialization =
      /^\(was java\.util\.NoSuchElementException\) \(through reference chain: .*State\["startDate"\]\)\nnull$/;
    assert.match(outcome.errors.at(-1)!, serialization);
    assert.equal(
      outcome.errors.at(-2),
      "Unable to emit the worker task result to the queue: Unable to serialize the message",
    );
    const results = outcome.errors.filter((line) => line.includes("[Type: RunResult"));
    const prefix = /^\[Date: [\dT:.-]+Z\] \[Thread: MainThread\] /;
    assert.ok(results.every((line) => prefix.test(line)));
    // within a millisecond, by which the log is sorted
    assert.deepEqual(results.map((line) => line.replace(prefix, "")).sort(), [
      "[Type: RunResultError]   Database Error in model numbers (models/numbers.sql)\n" +
        "  Not found: Table lab.lab.no_such_table was not found in location US\n" +
        "  compiled code at target/run/tiny/models/numbers.sql ",
      "[Type: RunResultFailure] \x1b[31mFailure in model numbers (models/numbers.sql)\x1b[0m ",
    ]);
  });

  it("fails with the exit code alone when a test fails, and keeps the results", async () => {
    const outcome = await run("select cast(null as int64) as id");
    assert.equal(outcome.state, "FAILED");
    assert.deepEqual(nodes(outcome), ["model.tiny.numbers SUCCESS", "test.tiny.not_null_numbers_id FAILED"]);
    assert.equal(outcome.errors.at(-1), failed);
    const { exitCode, outputFiles } = outcome.outputsOf("dbt") as {
      exitCode: number;
      outputFiles: Record<string, string>;
    };
    assert.equal(exitCode, 1);
    assert.deepEqual(Object.keys(outputFiles).sort(), ["manifest.json", "run_results.json"]);
  });

  it("ends in WARNING when dbt warns", async () => {
    const warning = "- not_null:\n              config:\n                severity: warn";
    const outcome = await run("", {
      inputFiles: {
        ...files,
        "models/numbers.sql": "select cast(null as int64) as id",
        "models/numbers.yml": tests.replace("- not_null", warning),
      },
    });
    assert.equal(outcome.state, "WARNING", outcome.errors.join());
    assert.deepEqual(nodes(outcome), ["model.tiny.numbers SUCCESS", "test.tiny.not_null_numbers_id WARNING"]);
  });
});
