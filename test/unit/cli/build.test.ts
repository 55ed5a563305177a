import assert from "node:assert/strict";
import { loadCounties, progressOf } from "../../../cli/commands/build";
import { KestraClient } from "../../../kestra/client/client";
import { serve } from "../../support/serve";

describe("the progress of a build", () => {
  const line = (text: string) => ({
    level: "INFO",
    message: `[Thread: Thread-1 (worker)] [Type: X] ${text} ...... [ `,
  });

  it("counts what dbt has finished, in any order, and not what it has started", () => {
    const log = [
      "Found 14 models, 8 data tests",
      "1 of 22 START sql view model bay_wheels.a",
      "2 of 22 START test b",
      "2 of 22 PASS b",
      "1 of 22 OK created sql view model bay_wheels.a",
      "3 of 22 START test c",
      "3 of 22 FAIL 7 c",
      "10 of 22 SKIP relation bay_wheels.d",
    ].map(line);
    assert.equal(progressOf(log), "4 of 22 models and tests");
    assert.equal(progressOf(log.slice(0, 4)), "1 of 22 models and tests");
    assert.equal(progressOf(log.slice(0, 3)), undefined);
  });
});

describe("the counties of a new stack", () => {
  /** Requests of {@link loadCounties} to a server with these past executions, which starts no flow. */
  async function requestsWith(executions: object[]): Promise<string[]> {
    const requests: string[] = [];
    const server = await serve(({ method, url = "" }, response) => {
      if (url.endsWith("/configs")) return void response.end(JSON.stringify({ version: "1.3.31" }));
      requests.push(`${method} ${decodeURIComponent(url)}`);
      if (method === "GET") response.end(JSON.stringify({ results: executions, total: executions.length }));
      else response.writeHead(404).end("{}");
    });
    const kestra = new KestraClient({ kind: "address", url: server.url, username: "admin", password: "password" });
    try {
      const counties = loadCounties({ name: "dev", kestra });
      await (executions.length > 0 ? counties : assert.rejects(counties, /404/));
      return requests;
    } finally {
      server.stop();
    }
  }

  it("are loaded once: flow 02 is started unless it has succeeded", async () => {
    const [asked, ...none] = await requestsWith([{ id: "a", state: { current: "SUCCESS" } }]);
    assert.match(asked!, /flowId\]\[EQUALS\]=02_gcp_load_bay_area_county&filters\[state\]\[IN\]=SUCCESS/);
    assert.deepEqual(none, []);
    const [, started] = await requestsWith([]);
    assert.match(started!, /^POST \/api\/v1\/main\/executions\/bay-wheels\/02_gcp_load_bay_area_county/);
  });
});
