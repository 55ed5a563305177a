import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KestraClient } from "../../../../kestra/client/client";
import { parseFlow } from "../../../../kestra/flows/flowFile";
import { unknownCalls, verdictsOn } from "../../../../kestra/flows/verdicts";
import { KestraHost, register } from "../../../../local/lab/kestraHost";
import { connectionTo, requestsOf } from "../support/kestraRequests";

const head = (id: string) => `id: ${id}\nnamespace: checked\ntasks:\n`;
const logTask = "  - id: say\n    type: io.kestra.plugin.core.log.Log\n";

describe("the server's verdicts on flow files", () => {
  let host: KestraHost;
  let client: KestraClient;
  before(async () => {
    host = await KestraHost.start();
    client = new KestraClient(connectionTo(host));
  });
  after(() => host.dispose());

  const flows = (sources: Record<string, string>) =>
    Object.entries(sources).map(([file, source]) => parseFlow(file, source));
  const faults = async (sources: Record<string, string>) => (await verdictsOn(client, flows(sources))).faults;

  const broken = {
    "type.yaml": `${head("type")}${logTask}    message: x\n  - id: odd\n    type: io.kestra.plugin.nowhere.Task\n`,
    "fine.yaml": `---\n${head("fine")}${logTask}    message: x\n`,
    "missing.yaml":
      `${head("missing")}${logTask}  - id: group\n    type: io.kestra.plugin.core.flow.Sequential\n    tasks:\n` +
      "      - id: get\n        type: io.kestra.plugin.core.http.Download\n",
    "unknown.yaml":
      `${head("unknown")}${logTask}    message: x\n  - id: query\n    type: io.kestra.plugin.gcp.bigquery.Query\n` +
      "    sql: select 1\n    message: of the wrong task\n",
    "trigger.yaml":
      `---\n${head("trigger")}${logTask}    message: x\ntriggers:\n` +
      "  - id: monthly\n    type: io.kestra.plugin.core.trigger.Schedule\n",
  };

  it("give file, line and reason of every fault in every file", async () => {
    const expected = [
      /^type\.yaml:8: Invalid type: io\.kestra\.plugin\.nowhere\.Task$/,
      /^missing\.yaml:4: say\.message: must not be null$/,
      /^missing\.yaml:9: .*get\.uri: must not be null$/,
      /^unknown\.yaml:10: Unrecognized field "message" \(class io\.kestra\.plugin\.gcp\.bigquery\.Query\)[^\n]*"sql"/,
      /^trigger\.yaml:9: triggers\[0\]\.cron: must not be null$/,
    ];
    const found = await faults(broken);
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((pattern, index) => assert.match(found[index]!, pattern));
    for (const id of ["fine", "type"]) assert.equal((await host.send("GET", `/flows/checked/${id}`)).status, 404);
  });

  it("give the line of a duplicate task id, once", async () => {
    const twice = `${head("twice")}${logTask}    message: x\n${logTask}    message: y\n`;
    assert.deepEqual(await faults({ "twice.yaml": twice }), [
      "twice.yaml:7: Invalid Flow: Duplicate task id with name [say]",
    ]);
  });

  it("accept the repository's own flows", async () => {
    const files = readdirSync("flows").filter((name) => name.endsWith(".yaml"));
    assert.ok(files.includes("06_gcp_dbt.yaml"), files.join());
    const own = Object.fromEntries(files.map((name) => [name, readFileSync(join("flows", name), "utf8")]));
    assert.deepEqual(await faults(own), []);
  });

  it("need one request per hundred flows, whatever document markers the files have", async () => {
    const many: Record<string, string> = { "bad.yaml": `---\n${head("bad")}  - id: x\n    type: nowhere.Task\n` };
    for (let i = 0; i < 149; i++) many[`f${i}.yaml`] = `---\n${head(`f${i}`)}${logTask}    message: x\n...\n---\n`;
    many["last.yaml"] = `%YAML 1.1\n---\n${head("last")}${logTask}    message: x\n  - id: y\n    type: no.Task\n`;
    let found: string[] = [];
    const sent = await requestsOf(async () => (found = await faults(many)));
    assert.deepEqual(found, ["bad.yaml:6: Invalid type: nowhere.Task", "last.yaml:10: Invalid type: no.Task"]);
    assert.deepEqual(
      sent.filter((line) => line.startsWith("POST")),
      ["POST /flows/validate", "POST /flows/validate"],
    );
  });

  it("include warnings and deprecations, with the line if known", async () => {
    const old = `${head("old")}  - id: say\n    type: io.kestra.core.tasks.log.Log\n    message: x\n`;
    const call = `${head("call")}  - id: sub\n    type: io.kestra.plugin.core.flow.Subflow\n    namespace: checked\n    flowId: none\n`;
    const { faults, warnings } = await verdictsOn(client, flows({ "old.yaml": old, "call.yaml": call }));
    assert.deepEqual(faults, []);
    assert.deepEqual(warnings, [
      "old.yaml: io.kestra.core.tasks.log.Log is replaced by io.kestra.plugin.core.log.Log",
      "call.yaml: The subflow 'none' not found in namespace 'checked'.",
    ]);
  });

  it("include calls of unknown flows, even nested ones", async () => {
    const sub = (id: string, flowId: string) =>
      `- id: ${id}\n  type: io.kestra.plugin.core.flow.Subflow\n  namespace: checked\n  flowId: ${flowId}\n`;
    const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, " ".repeat(by));
    const caller =
      head("caller") +
      indented(sub("own", "other") + sub("there", "registered") + sub("later", '"{{ inputs.flow }}"'), 2) +
      "  - id: choose\n    type: io.kestra.plugin.core.flow.If\n    condition: true\n    then:\n" +
      indented(sub("lost", "nowhere"), 6);
    await register(host, `${head("registered")}${logTask}    message: x\n`);
    const set = { "caller.yaml": caller, "other.yaml": `${head("other")}${logTask}    message: x\n` };
    assert.deepEqual(await unknownCalls(client, flows(set)), [
      "caller.yaml:23: calls flow 'checked/nowhere', which is neither among these flows nor on the server",
    ]);
  });

  it("give the line of each unknown call, and request no flow without a namespace", async () => {
    const type = "  - id: c\n    type: io.kestra.plugin.core.flow.Subflow\n    ";
    const parts = ["flowId: odd_all\n    namespace: checked", 'flowId: "odd"\n    namespace: checked', "flowId: odd"];
    const source = head("lines") + parts.map((part) => `${type}${part}\n`).join("");
    let found: string[] = [];
    const sent = await requestsOf(async () => (found = await unknownCalls(client, flows({ "lines.yaml": source }))));
    assert.deepEqual(found, [
      "lines.yaml:6: calls flow 'checked/odd_all', which is neither among these flows nor on the server",
      "lines.yaml:10: calls flow 'checked/odd', which is neither among these flows nor on the server",
    ]);
    const asked = sent.filter((line) => line.includes("/flows/")).map((line) => line.replace(/\?.*/, ""));
    assert.deepEqual(asked.sort(), ["GET /flows/checked/odd", "GET /flows/checked/odd_all"]);
  });
});
