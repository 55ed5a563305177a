import assert from "node:assert/strict";
import { KestraHost, password, run, username } from "../../../local/lab/kestraHost";
import { PulumiProject } from "../../support/pulumiProject";
import type { Execution, Flow, KvEntry, LogLine, Page } from "../../../local/lab/kestraTypes";

describe("examples/kestra-only", () => {
  let host: KestraHost;
  let project: PulumiProject;
  before(async () => {
    host = await KestraHost.start();
    const env = { KESTRA_URL: host.url, KESTRA_USERNAME: username, KESTRA_PASSWORD: password };
    project = await PulumiProject.create("examples/kestra-only", "example", env);
  });
  after(async () => {
    project?.dispose();
    await host?.dispose();
  });

  const flows = async () => {
    const { json } = await host.send<Flow[]>("GET", "/flows/company.team");
    return json.map(({ id, revision }) => `${id} ${revision}`).sort();
  };
  /** What the only execution of a flow logged. */
  const messagesOf = async (flow: string) => {
    const { json } = await host.send<Page<Execution>>("GET", `/executions/search?filters[flowId][EQUALS]=${flow}`);
    const [execution, ...others] = json.results;
    assert.deepEqual(others, []);
    const { json: lines } = await host.send<LogLine[]>("GET", `/logs/${execution!.id}?minLevel=INFO`);
    return lines.map(({ message }) => message);
  };
  const statusOf = async (path: string) => (await host.send("GET", `/namespaces/company.team${path}`)).status;

  it("registers its flows, its KV entry and its file, and they work together", async () => {
    const { output } = await project.succeed("up", "--yes", "--skip-preview");
    assert.match(output, /revisions *: \{\n *company\.team\/daily: 1\n *company\.team\/greet: 1\n/);
    assert.deepEqual(await flows(), ["daily 1", "greet 1"]);
    const { type, value } = (await host.send<KvEntry>("GET", "/namespaces/company.team/kv/GREETING")).json;
    assert.deepEqual({ type, value }, { type: "STRING", value: "Hello" });
    assert.equal((await host.send("GET", "/namespaces/company.team/files?path=on-duty.txt")).text, "Ada\n");
    assert.equal((await run(host, "company.team", "daily")).state.current, "SUCCESS");
    assert.deepEqual(await messagesOf("greet"), ["Hello, Ada!"]);
  });

  it("has nothing to do the second time, even after a refresh", async () => {
    const { output } = await project.succeed("up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes");
    assert.match(output, /\d unchanged/);
    assert.deepEqual(await flows(), ["daily 1", "greet 1"]);
  });

  it("leaves nothing on the server after a destroy", async () => {
    await project.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await flows(), []);
    assert.deepEqual([await statusOf("/kv/GREETING"), await statusOf("/files?path=on-duty.txt")], [404, 404]);
  });
});
