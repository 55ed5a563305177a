import assert from "node:assert/strict";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { basic, KestraHost, password, register, run, username, errorOf } from "../../../lab/kestraHost";
import type { Execution, Page } from "../../../lab/kestraTypes";

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
`;

describe("Kestra host: executions", () => {
  let host: KestraHost;
  before(async () => {
    host = await KestraHost.start();
    await register(host, greeting);
  });
  after(() => host.dispose());

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

  it("refuses a start whose input has a missing KV entry as its default, and names the entry", async () => {
    const input = "  - {id: missing, type: STRING, defaults: \"{{ kv('NOT_THERE') }}\"}\n";
    await register(host, greeting.replace("id: greeting", "id: no_default").replace("inputs:\n", `inputs:\n${input}`));
    const answer = await host.send("POST", `/executions/${namespace}/no_default`, new FormData());
    assert.equal(answer.status, 422);
    assert.match(errorOf(answer).message, /NOT_THERE/);
  });

  it("has no file of an execution that purged its files", async () => {
    const tasks = `
  - {id: keep, type: io.kestra.plugin.core.storage.Write, content: kept}
  - {id: purge, type: io.kestra.plugin.core.storage.PurgeCurrentExecutionFiles}
`;
    await register(host, `id: purging\nnamespace: ${namespace}\ntasks:${tasks}`);
    const { id, taskRunList } = await run(host, namespace, "purging");
    const uri = encodeURIComponent(taskRunList[0]!.outputs.uri);
    assert.equal((await host.send("GET", `/executions/${id}/file?path=${uri}`)).status, 404);
  });

  it("streams an execution to its end, and ends the stream then", async () => {
    const { id } = (await host.send<Execution>("POST", `/executions/${namespace}/greeting`, new FormData())).json;
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
    const found = async (query: string) => (await host.send<Page<Execution>>("GET", `/executions/search${query}`)).json;
    for (const query of [
      "?namespace=searched&flowId=greeting",
      "?filters[namespace][EQUALS]=searched&filters[flowId][EQUALS]=greeting&sort=state.startDate:desc",
      "?filters[namespace][PREFIX]=searched&filters[state][IN]=SUCCESS,FAILED&filters[timeRange][EQUALS]=PT1H",
      "?filters[labels][EQUALS][kind]=test&namespace=searched",
    ]) {
      const { results, total } = await found(query);
      assert.deepEqual([results.map((each) => each.id), total], [[id], 1], query);
    }
    assert.equal((await found("?namespace=searched&state=FAILED")).total, 0);
  });

  it("refuses addresses of files that belong to no execution", async () => {
    const { id } = await run(host, namespace, "greeting");
    for (const path of ["kestra:///executions/_files/secret.txt", "file:///etc/passwd"]) {
      const answer = await host.send("GET", `/executions/${id}/file?path=${encodeURIComponent(path)}`);
      assert.equal(answer.status, 422, path);
    }
  });

  it("accepts the kill of an ended execution, unless the executions that it started are left out", async () => {
    const { id } = await run(host, namespace, "greeting");
    assert.equal((await host.send("DELETE", `/executions/${id}/kill`)).status, 202);
    const again = await host.send("DELETE", `/executions/${id}/kill?isOnKillCascade=false`);
    assert.deepEqual(
      [again.status, errorOf(again).message],
      [409, "Illegal state: Execution is already finished, can't kill it"],
    );
  });
});
