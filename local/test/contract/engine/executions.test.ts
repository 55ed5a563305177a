import assert from "node:assert/strict";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { basic, eventually, KestraHost, password, register, run, username, errorOf } from "../../../lab/kestraHost";
import type { Execution, LogLine, Page } from "../../../lab/kestraTypes";

const namespace = "executions";

const greeting = `
id: greeting
namespace: ${namespace}
inputs:
  - id: who
    type: STRING
    defaults: world
  - id: count
    type: INT
    required: false
labels:
  kind: test
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: "Hello {{ inputs.who }}"
  - id: warn
    type: io.kestra.plugin.core.log.Log
    level: WARN
    message: "Warned"
  - id: keep
    type: io.kestra.plugin.core.storage.Write
    content: "Hello {{ inputs.who }}"
    extension: .txt
`;

const sleeper = `
id: sleeper
namespace: ${namespace}
tasks:
  - id: sleep
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT5M
`;

const failing = `
id: failing
namespace: ${namespace}
tasks:
  - id: fail
    type: io.kestra.plugin.core.execution.Fail
    errorMessage: "Month {{ flow.id }} is not published"
errors:
  - id: told
    type: io.kestra.plugin.core.log.Log
    message: "It failed"
`;

describe("Kestra host: executions", () => {
  let host: KestraHost;
  before(async () => {
    host = await KestraHost.start();
    for (const flow of [greeting, sleeper, failing]) await register(host, flow);
  });
  after(() => host.dispose());

  const start = async (flow: string, query = "") =>
    (await host.send<Execution>("POST", `/executions/${namespace}/${flow}${query}`, new FormData())).json;
  const get = (id: string) => host.send<Execution>("GET", `/executions/${id}`);

  it("starts a flow, answers at once, and tells the execution from then on", async () => {
    const created = await start("greeting");
    assert.deepEqual([created.state.current, created.flowId, created.flowRevision], ["CREATED", "greeting", 1]);
    assert.equal(created.url, `${host.url}/ui/main/executions/${namespace}/greeting/${created.id}`);
    assert.equal((await get(created.id)).status, 200);
    const ended = await eventually(async () => {
      const { json } = await get(created.id);
      return json.state.current === "SUCCESS" ? json : undefined;
    });
    assert.deepEqual(
      ended.taskRunList.map((each) => each.taskId),
      ["say", "warn", "keep"],
    );
  });

  it("takes inputs and labels, and waits for the end", async () => {
    const form = new FormData();
    form.append("who", "Bay Area");
    form.append("count", "7");
    const { json } = await host.send<Execution>(
      "POST",
      `/executions/${namespace}/greeting?wait=true&labels=month:2025-03&labels=run:by:hand`,
      form,
    );
    assert.equal(json.state.current, "SUCCESS");
    assert.deepEqual(json.inputs, { who: "Bay Area", count: 7 });
    const labels = Object.fromEntries(json.labels.map((each) => [each.key, each.value]));
    assert.deepEqual(
      [labels.month, labels.run, labels.kind, labels["system.from"]],
      ["2025-03", "by:hand", "test", "api"],
    );
  });

  it("refuses wrong inputs and labels, unknown flows, revisions and executions", async () => {
    const form = new FormData();
    form.append("count", "seven");
    const input = await host.send("POST", `/executions/${namespace}/greeting`, form);
    assert.equal(input.status, 422);
    assert.match(errorOf(input).message, /^Invalid entity: .*count/);
    for (const label of ["system.secret:x", "no-colon"]) {
      const answer = await host.send("POST", `/executions/${namespace}/greeting?labels=${label}`, new FormData());
      assert.deepEqual([answer.status, errorOf(answer).message.startsWith("Illegal argument: ")], [422, true], label);
    }
    const unknown = await host.send("POST", `/executions/${namespace}/unknown`, new FormData());
    assert.deepEqual([unknown.status, errorOf(unknown).message], [404, "Not Found: Requested Flow is not found."]);
    assert.equal((await host.send("POST", `/executions/${namespace}/greeting?revision=9`, new FormData())).status, 404);
    const missing = await host.send("GET", "/executions/no-such-execution");
    assert.deepEqual(
      [missing.status, errorOf(missing).message],
      [404, "Not Found: Execution 'no-such-execution' not found."],
    );
    const disabled = greeting.replace("id: greeting", "id: off") + "disabled: true\n";
    await register(host, disabled);
    const off = await host.send("POST", `/executions/${namespace}/off`, new FormData());
    assert.deepEqual([off.status, errorOf(off).message], [409, "Illegal state: Requested Flow is disabled."]);
  });

  it("streams an execution to its end, and ends the stream then", async () => {
    const { id } = await start("greeting");
    const events = await follow(id);
    assert.equal(events[0]!.id, "start");
    assert.deepEqual([events.at(-1)!.id, events.at(-1)!.data.state.current], ["end", "SUCCESS"]);
    assert.ok(events.some((event) => event.id === "progress"));
    const again = await follow(id);
    assert.deepEqual(
      again.map((event) => event.id),
      ["start", "end"],
    );
  });

  async function follow(id: string): Promise<{ id?: string; data: Execution }[]> {
    const headers = { authorization: basic(username, password), accept: "text/event-stream" };
    const answer = await fetch(`${host.url}/api/v1/main/executions/${id}/follow`, { headers });
    assert.match(answer.headers.get("content-type") ?? "", /^text\/event-stream/);
    const events: { id?: string; data: Execution }[] = [];
    const stream = answer.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { id, data } of stream)
      events.push({ ...(id === undefined ? {} : { id }), data: JSON.parse(data) as Execution });
    return events;
  }

  it("ends the stream of an execution that isn't there at once, without an event", async () => {
    assert.deepEqual(await follow("no-such-execution"), []);
  });

  it("searches by flow, by filters and by state", async () => {
    await register(host, greeting.replaceAll(namespace, "searched"));
    const { id } = await run(host, "searched", "greeting");
    const found = async (query: string) => (await host.send<Page<Execution>>("GET", `/executions${query}`)).json;
    for (const query of [
      "/search?namespace=searched&flowId=greeting",
      "/search?filters[namespace][EQUALS]=searched&filters[flowId][EQUALS]=greeting&sort=state.startDate:desc",
      "/search?filters[namespace][PREFIX]=searched&filters[state][IN]=SUCCESS,FAILED&filters[timeRange][EQUALS]=PT1H",
      "/search?filters[labels][EQUALS][kind]=test&namespace=searched",
      "?namespace=searched&flowId=greeting",
    ]) {
      const { results, total } = await found(query);
      assert.deepEqual([results.map((each) => each.id), total], [[id], 1], query);
    }
    assert.equal((await found("/search?namespace=searched&state=FAILED")).total, 0);
  });

  it("tells logs by level and task, as JSON and as text", async () => {
    const { id } = await run(host, namespace, "greeting", { who: "log" });
    const messages = async (query: string) =>
      (await host.send<LogLine[]>("GET", `/logs/${id}${query}`)).json.map((each) => each.message);
    // logs are written a moment after the task has ended
    await eventually(async () => ((await messages("?taskId=warn")).length > 0 ? true : undefined));
    assert.ok((await messages("?minLevel=INFO")).includes("Hello log"));
    assert.deepEqual(await messages("?minLevel=WARN"), ["Warned"]);
    assert.deepEqual(await messages("?taskId=say&minLevel=INFO"), ["Hello log"]);
    const text = await host.send("GET", `/logs/${id}/download?minLevel=WARN`);
    assert.match(text.text, /WARN .*Warned/);
    assert.deepEqual((await host.send<LogLine[]>("GET", "/logs/no-such-execution")).json, []);
  });

  it("hands out an execution's files, and no others", async () => {
    const { id, taskRunList } = await run(host, namespace, "greeting", { who: "file" });
    const uri = encodeURIComponent(taskRunList.find((each) => each.taskId === "keep")!.outputs.uri);
    assert.equal((await host.send("GET", `/executions/${id}/file?path=${uri}`)).text, "Hello file");
    assert.deepEqual((await host.send<{ size: number }>("GET", `/executions/${id}/file/metas?path=${uri}`)).json, {
      size: 10,
    });
    const other = await run(host, namespace, "greeting");
    const redirected = await host.send("GET", `/executions/${other.id}/file?path=${uri}`);
    assert.equal(redirected.text, "Hello file");
    const missing = await host.send("GET", `/executions/${id}/file?path=${uri.replace(".txt", ".csv")}`);
    assert.equal(missing.status, 404);
    for (const path of ["kestra:///executions/_files/secret.txt", "file:///etc/passwd"]) {
      assert.equal(
        (await host.send("GET", `/executions/${id}/file?path=${encodeURIComponent(path)}`)).status,
        422,
        path,
      );
    }
  });

  it("kills a running execution; an ended one it accepts, unless what it started is left out", async () => {
    const { id } = await start("sleeper");
    await eventually(async () => ((await get(id)).json.state.current === "RUNNING" ? true : undefined));
    assert.equal((await host.send("DELETE", `/executions/${id}/kill`)).status, 202);
    await eventually(async () => ((await get(id)).json.state.current === "KILLED" ? true : undefined));
    assert.equal((await host.send("DELETE", `/executions/${id}/kill`)).status, 202);
    const again = await host.send("DELETE", `/executions/${id}/kill?isOnKillCascade=false`);
    assert.deepEqual(
      [again.status, errorOf(again).message],
      [409, "Illegal state: Execution is already finished, can't kill it"],
    );
    assert.equal((await host.send("DELETE", "/executions/no-such-execution/kill")).status, 404);
    assert.equal((await get(id)).json.state.current, "KILLED");
  });

  it("fails with the flow's own words and runs its errors tasks; restart and replay run it again", async () => {
    const { id, state, taskRunList } = await run(host, namespace, "failing");
    assert.equal(state.current, "FAILED");
    assert.deepEqual(
      taskRunList.map((each) => each.taskId),
      ["fail", "told"],
    );
    const errors = await eventually(async () => {
      const { json } = await host.send<LogLine[]>("GET", `/logs/${id}?minLevel=ERROR`);
      return json.length > 0 ? json : undefined;
    });
    assert.match(errors[0]!.message, /Month failing is not published/);
    const restarted = await host.send<Execution>("POST", `/executions/${id}/restart`);
    assert.deepEqual([restarted.status, restarted.json.id, restarted.json.state.current], [200, id, "RESTARTED"]);
    const replayed = await host.send<Execution>("POST", `/executions/${id}/replay`);
    assert.equal(replayed.status, 200);
    assert.notEqual(replayed.json.id, id);
    await eventually(async () => ((await get(replayed.json.id)).json.state.current === "FAILED" ? true : undefined));
    assert.equal((await host.send("POST", "/executions/no-such-execution/restart")).status, 404);
  });

  it("deletes an execution", async () => {
    const { id } = await run(host, namespace, "greeting");
    assert.equal((await host.send("DELETE", `/executions/${id}`)).status, 204);
    assert.equal((await get(id)).status, 404);
  });
});
