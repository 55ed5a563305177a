import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handlers, type FlowCheckInputs } from "../../../kestra/resources/flowCheck";
import { sha256 } from "../../../dynamic/handlers";
import { KestraHost } from "../../../local/lab/kestraHost";
import { connectionTo, nowhere, requestsOf } from "./support/kestraRequests";

const head = (id: string) => `id: ${id}\nnamespace: checked\ntasks:\n`;
const logTask = "  - id: say\n    type: io.kestra.plugin.core.log.Log\n";

describe("kestra:FlowCheck on a real host", () => {
  let host: KestraHost;
  let folder: string;
  const root = process.cwd();
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());
  beforeEach(() => process.chdir((folder = mkdtempSync(join(tmpdir(), "flow-check-")))));
  afterEach(() => {
    process.chdir(root);
    rmSync(folder, { recursive: true });
  });

  /** Writes flow files; the inputs that name them, in that order. */
  function inputs(sources: Record<string, string>): FlowCheckInputs {
    for (const [file, source] of Object.entries(sources)) writeFileSync(file, source);
    const files = Object.fromEntries(Object.entries(sources).map(([file, source]) => [file, sha256(source)]));
    return { connection: connectionTo(host), files };
  }
  /** The faults as the engine shows them: by `check`. */
  async function faults(news: FlowCheckInputs): Promise<string[]> {
    const { failures = [] } = await handlers.check({ connection: news.connection }, news);
    assert.deepEqual([...new Set(failures.map(({ property }) => property))], failures.length > 0 ? ["files"] : []);
    return failures.map(({ reason }) => reason);
  }

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

  it("names file, line and reason of every fault of every file", async () => {
    const news = inputs(broken);
    const expected = [
      /^type\.yaml:8: Invalid type: io\.kestra\.plugin\.nowhere\.Task$/,
      /^missing\.yaml:4: say\.message: must not be null$/,
      /^missing\.yaml:9: .*get\.uri: must not be null$/,
      /^unknown\.yaml:10: Unrecognized field "message" \(class io\.kestra\.plugin\.gcp\.bigquery\.Query\)[^\n]*"sql"/,
      /^trigger\.yaml:9: triggers\[0\]\.cron: must not be null$/,
    ];
    const found = await faults(news);
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((pattern, index) => assert.match(found[index]!, pattern));
    for (const attempt of [() => handlers.create(news), () => handlers.update("flows", inputs({}), news)]) {
      await assert.rejects(attempt(), {
        message: `Kestra found 5 problem(s) in the flow files; nothing was registered:\n${found.join("\n")}`,
      });
    }
    for (const id of ["fine", "type"]) assert.equal((await host.send("GET", `/flows/checked/${id}`)).status, 404);
  });

  it("names every file that is no flow at all, without asking the server", async () => {
    const news = inputs({ "syntax.yaml": "id: x\nnamespace: n\ntasks: [\n", "nameless.yaml": "id: x\n", ...broken });
    let found: string[] = [];
    assert.deepEqual(await requestsOf(async () => (found = await faults(news))), []);
    assert.equal(found.length, 2);
    assert.match(found[0]!, /^syntax\.yaml:4: not valid YAML: /);
    assert.match(found[1]!, /^nameless\.yaml:1: the flow has no namespace: /);
  });

  it("names the line of an id that two tasks have, once", async () => {
    const twice = `${head("twice")}${logTask}    message: x\n${logTask}    message: y\n`;
    assert.deepEqual(await faults(inputs({ "twice.yaml": twice })), [
      "twice.yaml:7: Invalid Flow: Duplicate task id with name [say]",
    ]);
  });

  it("accepts the repository's own flows", async () => {
    const names = readdirSync(join(root, "flows"))
      .filter((name) => name.endsWith(".yaml"))
      .sort();
    assert.ok(names.includes("06_gcp_dbt.yaml"), names.join());
    const news = inputs(
      Object.fromEntries(names.map((name) => [name, readFileSync(join(root, "flows", name), "utf8")])),
    );
    assert.deepEqual(await faults(news), []);
    assert.deepEqual(await handlers.create(news), { id: "flows", outs: news });
  });

  it("asks the server again when a file changed, not when the connection alone did", async () => {
    const news = inputs({ "fine.yaml": broken["fine.yaml"] });
    const validate = ["POST /flows/validate"];
    assert.deepEqual(await requestsOf(() => handlers.create(news)), validate);
    const olds = { ...news, connection: nowhere };
    assert.deepEqual(await handlers.diff("flows", olds, news), { changes: true });
    assert.deepEqual(await handlers.diff("flows", news, { ...news }), { changes: false });
    assert.deepEqual(await requestsOf(() => handlers.update("flows", olds, news)), []);
    assert.deepEqual((await handlers.update("flows", olds, news)).outs, news);
    const changed = { ...news, files: { "fine.yaml": "another hash" } };
    assert.deepEqual(await requestsOf(() => handlers.update("flows", news, changed)), validate);
    await handlers.delete("flows", olds);
  });

  it("lets a preview pass when the server is not up yet, but no update", async () => {
    const news = { ...inputs(broken), connection: nowhere };
    assert.deepEqual(await faults(news), []);
    await assert.rejects(
      handlers.create(news),
      /^KestraUnreachable: Kestra at http:\/\/127\.0\.0\.1:2 cannot be reached/,
    );
  });
});
