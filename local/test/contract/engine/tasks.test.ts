import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KestraHost, register, run, errorOf } from "../../../lab/kestraHost";
import type { Execution, KvEntry, Verdict } from "../../../lab/kestraTypes";

const namespace = "tasks";
const core = "io.kestra.plugin.core";

/** What the flows of this project need of Kestra's own tasks, on the real engine. */
describe("Kestra host: core tasks", () => {
  let host: KestraHost;
  let server: Server;
  let source: string;

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === "/list")
        response.setHeader("content-type", "application/xml").end("<Key>202503-trips.zip</Key>");
      else if (request.url === "/file.csv") response.end("a,b\n1,2\n");
      else response.writeHead(404).end("nothing here");
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    source = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    host = await KestraHost.start({ env: { PLANTED_FOR_TASKS: "planted" } });
  });
  after(async () => {
    await host.dispose();
    await new Promise((closed) => server.close(closed));
  });

  const outputs = (execution: Execution, task: string) =>
    execution.taskRunList.findLast((each) => each.taskId === task)!.outputs;
  const file = async (execution: Execution, uri: string) =>
    (await host.send("GET", `/executions/${execution.id}/file?path=${encodeURIComponent(uri)}`)).text;

  async function runFlow(id: string, body: string, inputs: Record<string, string> = {}) {
    await register(host, `id: ${id}\nnamespace: ${namespace}\n${body}`);
    return run(host, namespace, id, inputs);
  }

  it("http.Request hands on the body, http.Download the file, purge removes it", async () => {
    const execution = await runFlow(
      "http",
      `
tasks:
  - {id: list, type: ${core}.http.Request, uri: "${source}/list"}
  - {id: key, type: ${core}.debug.Return, format: "{{ outputs.list.body | substringAfter('<Key>') | substringBefore('</Key>') }}"}
  - {id: download, type: ${core}.http.Download, uri: "${source}/file.csv"}
`,
    );
    assert.equal(execution.state.current, "SUCCESS");
    assert.deepEqual([outputs(execution, "list").code, outputs(execution, "key").value], [200, "202503-trips.zip"]);
    assert.equal(await file(execution, outputs(execution, "download").uri), "a,b\n1,2\n");

    const purged = await runFlow(
      "purge",
      `
tasks:
  - {id: download, type: ${core}.http.Download, uri: "${source}/file.csv"}
  - {id: purge, type: ${core}.storage.PurgeCurrentExecutionFiles}
`,
    );
    assert.equal(purged.state.current, "SUCCESS");
    const gone = await host.send(
      "GET",
      `/executions/${purged.id}/file?path=${encodeURIComponent(outputs(purged, "download").uri)}`,
    );
    assert.equal(gone.status, 404);
  });

  it("a failed download fails the flow", async () => {
    const execution = await runFlow(
      "missing",
      `tasks:\n  - {id: download, type: ${core}.http.Download, uri: "${source}/missing.csv"}\n`,
    );
    assert.equal(execution.state.current, "FAILED");
  });

  it("LoopUntil goes round until its condition holds", async () => {
    const execution = await runFlow(
      "loop",
      `
tasks:
  - id: loop
    type: ${core}.flow.LoopUntil
    condition: "{{ outputs.count.value == '3' }}"
    checkFrequency: {interval: PT0.05S, maxIterations: 10}
    failOnMaxReached: true
    tasks:
      - {id: count, type: ${core}.debug.Return, format: "{{ outputs.loop.iterationCount }}"}
`,
    );
    assert.equal(execution.state.current, "SUCCESS");
    assert.equal(outputs(execution, "loop").iterationCount, 3);
  });

  it("kv.Set writes what inputs take as their default", async () => {
    await host.send("PUT", `/namespaces/${namespace}/kv/PLACE`, '"before"', "text/plain");
    const body = `
inputs:
  - {id: place, type: STRING, defaults: "{{ kv('PLACE') }}"}
tasks:
  - {id: set, type: ${core}.kv.Set, key: PLACE, value: "{{ inputs.place }} and after", kvType: STRING}
`;
    const first = await runFlow("set", body);
    assert.equal(first.inputs.place, "before");
    assert.equal((await run(host, namespace, "set")).inputs.place, "before and after");
    assert.equal((await run(host, namespace, "set", { place: "given" })).inputs.place, "given");
    const { type, value } = (await host.send<KvEntry>("GET", `/namespaces/${namespace}/kv/PLACE`)).json;
    assert.deepEqual([type, value], ["STRING", "given and after"]);
  });

  it("an input whose default names a missing entry is refused in words", async () => {
    await register(
      host,
      `
id: nodefault
namespace: ${namespace}
inputs:
  - {id: place, type: STRING, defaults: "{{ kv('NOT_THERE') }}"}
tasks:
  - {id: say, type: ${core}.log.Log, message: hello}
`,
    );
    const answer = await host.send("POST", `/executions/${namespace}/nodefault`, new FormData());
    assert.equal(answer.status, 422);
    assert.match(errorOf(answer).message, /NOT_THERE/);
  });

  it("execution.Fail under a condition, errors tasks, If and labels", async () => {
    const body = `
inputs:
  - {id: published, type: BOOLEAN, defaults: false}
tasks:
  - {id: label, type: ${core}.execution.Labels, labels: {month: "2025-03"}}
  - id: known
    type: ${core}.flow.If
    condition: "{{ inputs.published }}"
    then:
      - {id: load, type: ${core}.log.Log, message: loading}
    else:
      - {id: stop, type: ${core}.execution.Fail, errorMessage: "Month 2025-03 is not published"}
errors:
  - {id: told, type: ${core}.log.Log, message: told}
`;
    const failed = await runFlow("conditional", body);
    assert.equal(failed.state.current, "FAILED");
    assert.deepEqual(
      failed.taskRunList.map((each) => each.taskId),
      ["label", "known", "stop", "told"],
    );
    assert.ok(failed.labels.some((each) => each.key === "month" && each.value === "2025-03"));
    const done = await run(host, namespace, "conditional", { published: "true" });
    assert.equal(done.state.current, "SUCCESS");
  });

  it("a process inherits the server's environment", async () => {
    const execution = await runFlow(
      "process",
      `
tasks:
  - id: environment
    type: io.kestra.plugin.dbt.cli.DbtCLI
    taskRunner: {type: ${core}.runner.Process}
    commands: ["printenv PLANTED_FOR_TASKS > planted.txt"]
    outputFiles: [planted.txt]
`,
    );
    assert.equal(execution.state.current, "SUCCESS");
    assert.equal(await file(execution, outputs(execution, "environment").outputFiles["planted.txt"]!), "planted\n");
  });

  it("registers every stand-in for a vendor's task", async () => {
    const types = [
      "io.kestra.plugin.gcp.gcs.Upload",
      "io.kestra.plugin.gcp.bigquery.Query",
      "io.kestra.plugin.dbt.cli.DbtCLI",
      "io.kestra.plugin.compress.ArchiveDecompress",
      "io.kestra.plugin.git.SyncNamespaceFiles",
    ];
    for (const type of types) {
      const flow = `id: known\nnamespace: ${namespace}\ntasks:\n  - {id: task, type: ${type}, noSuchProperty: 1}\n`;
      const [verdict] = (await host.send<Verdict[]>("POST", "/flows/validate", flow, "application/x-yaml")).json;
      const constraints = verdict?.constraints ?? "";
      assert.doesNotMatch(constraints, /Invalid type/, type);
      assert.match(constraints, /noSuchProperty/, type);
    }
  });
});
