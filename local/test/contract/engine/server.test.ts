import assert from "node:assert/strict";
import { basic, eventually, KestraHost, password, register, run, username } from "../../../lab/kestraHost";
import type { ErrorBody, Execution, Flow, KvEntry } from "../../../lab/kestraTypes";

interface Configs {
  uuid: string;
  version: string;
  edition: string;
  isAnonymousUsageEnabled: boolean;
  url: string;
}

describe("Kestra host: the server", () => {
  let host: KestraHost;
  before(async () => {
    host = await KestraHost.start({ configuration: { "kestra.anonymous-usage-report.enabled": "true" } });
  });
  after(() => host.dispose());

  describe("authentication", () => {
    const search = () => `${host.url}/api/v1/main/flows/search`;

    it("answers 401 without a body when there is no password", async () => {
      const answer = await host.ask(search());
      assert.deepEqual([answer.status, answer.text], [401, ""]);
      assert.equal(answer.headers.get("content-type"), null);
      assert.equal(answer.headers.get("www-authenticate"), "Basic");
    });

    it("refuses a wrong password, a wrong user, and a header that isn't Basic", async () => {
      const wrong = [
        basic(username, "Wrong4Sure"),
        basic("other@bay-wheels.local", password),
        "Basic !!!",
        `Bearer ${password}`,
        "Basic",
      ];
      for (const authorization of wrong)
        assert.equal((await host.ask(search(), { headers: { authorization } })).status, 401, authorization);
    });

    it("guards paths of the API that don't exist", async () => {
      for (const path of ["/api/v1/nothing", "/api/v1/main/nothing", "/api/v1/flows/search"])
        assert.equal((await host.ask(host.url + path)).status, 401, path);
    });

    it("leaves other paths open: settings, webhooks, and everything outside the API", async () => {
      const statuses: [string, number][] = [
        ["/api/v1/configs", 200],
        ["/api/v1/main/executions/webhook/n/f/key", 404],
        ["/ping", 200],
        ["/ui/", 200],
        ["/nothing", 404],
        ["/health", 404],
      ];
      for (const [path, status] of statuses) assert.equal((await fetch(host.url + path)).status, status, path);
    });
  });

  it("reports its health on the management port only, without a password", async () => {
    for (const path of ["/health", "/health/readiness", "/health/liveness"]) {
      const { status, json } = await host.ask<{ status: string }>(host.managementUrl + path);
      assert.deepEqual([status, json.status], [200, "UP"], path);
    }
    assert.equal((await host.ask(`${host.managementUrl}/api/v1/main/flows/search`)).status, 404);
  });

  it("reports its version, and sends no usage reports whatever the configuration says", async () => {
    const { json } = await host.ask<Configs>(`${host.url}/api/v1/configs`);
    assert.equal(json.version, "1.3.31");
    assert.equal(json.edition, "OSS");
    assert.equal(json.isAnonymousUsageEnabled, false);
    assert.equal(json.url, host.url);
  });

  it("answers an unknown path with Kestra's error body", async () => {
    const { status, json } = await host.send<ErrorBody>("GET", "/nothing/here");
    assert.equal(status, 404);
    assert.equal(json.message, "Not Found");
    assert.equal(json._links.self.href, "/api/v1/main/nothing/here");
  });
});

describe("Kestra host: restarts", () => {
  const flow = (id: string, task: string) => `id: ${id}\nnamespace: restarts\ntasks:\n  - {id: first, ${task}}\n`;
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  it("keeps its id, flows, entries, files and executions after SIGKILL and SIGTERM", async () => {
    const source = flow("kept", "type: io.kestra.plugin.core.log.Log, message: hello");
    const uuid = async () => (await host.ask<Configs>(`${host.url}/api/v1/configs`)).json.uuid;
    const instance = await uuid();
    assert.match(instance, /^\w{20,}$/);
    await register(host, source);
    const { id } = await run(host, "restarts", "kept");
    const file = new FormData();
    file.append("fileContent", new Blob(["content"]), "a.txt");
    await host.send("POST", "/namespaces/restarts/files?path=/a.txt", file);
    const put = await host.send("PUT", "/namespaces/restarts/kv/LAST", '"written just before"', "text/plain");
    assert.equal(put.status, 200);
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      await host.end(signal);
      assert.equal(host.stderr, "");
      await host.boot();
      assert.equal(await uuid(), instance);
      assert.equal((await host.send<Flow>("GET", "/flows/restarts/kept?source=true")).json.source, source);
      assert.equal((await host.send<KvEntry>("GET", "/namespaces/restarts/kv/LAST")).json.value, "written just before");
      assert.equal((await host.send("GET", "/namespaces/restarts/files?path=/a.txt")).text, "content");
      assert.equal((await host.send<Execution>("GET", `/executions/${id}`)).json.state.current, "SUCCESS");
      assert.equal((await run(host, "restarts", "kept")).state.current, "SUCCESS");
    }
  });

  it("runs the task again that a crash interrupted", async () => {
    await register(host, flow("slow", "type: io.kestra.plugin.core.flow.Sleep, duration: PT2S"));
    const { id } = (await host.send<Execution>("POST", "/executions/restarts/slow", new FormData())).json;
    const task = async (state: string) => {
      const { taskRunList } = (await host.send<Partial<Execution>>("GET", `/executions/${id}`)).json;
      return taskRunList?.[0]?.state.current === state ? taskRunList[0] : undefined;
    };
    await eventually(() => task("RUNNING"));
    await host.end("SIGKILL");
    await host.boot();
    assert.equal((await eventually(() => task("SUCCESS"))).attempts.length, 2);
  });
});
