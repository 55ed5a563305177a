import assert from "node:assert/strict";
import { runWhenAllowed } from "../../../cli/support/runFlow";
import { KestraClient } from "../../../kestra/client/client";
import { KestraHost, register } from "../../../local/lab/kestraHost";
import { printedErrors } from "../../support/printedErrors";
import { connectionTo } from "../kestra/support/kestraRequests";

const namespace = "bay-wheels";

/** Fails until an entry exists, in Google's words. */
const flow = (id: string, message: string) => `id: ${id}
namespace: ${namespace}
tasks:
  - id: roles
    type: io.kestra.plugin.core.execution.Fail
    condition: "{{ kv('APPLIED', errorOnMissing=false) is null }}"
    errorMessage: "${message}"
`;

const applied = `/namespaces/${namespace}/kv/APPLIED`;
const refusal = "Access Denied: Project p: User does not have bigquery.jobs.create permission in project p.";

describe("a flow of a new stack", () => {
  let host: KestraHost;
  let kestra: KestraClient;
  before(async () => {
    host = await KestraHost.start();
    kestra = new KestraClient(connectionTo(host));
    await register(host, flow("refused", refusal));
    await register(host, flow("wrong", "no such table"));
  });
  after(() => host.dispose());

  /** What it ended with, and how often it was said that it's tried again. */
  async function run(id: string, name = "dev", patience = 120): Promise<[string, number]> {
    let state = "";
    const lines = await printedErrors(async () => {
      ({ state } = await runWhenAllowed({ name, kestra }, id, id, {}, { patience, pause: 1 }));
    });
    return [state, lines.filter((line) => line.includes("Trying again in 1 s")).length];
  }

  it("isn't repeated on stack local, for another reason, or when the time is over", async () => {
    assert.deepEqual(await run("refused", "local"), ["FAILED", 0]);
    assert.deepEqual(await run("wrong"), ["FAILED", 0]);
    assert.deepEqual(await run("refused", "dev", -1), ["FAILED", 0]);
  });

  it("is repeated while Google refuses its account, and not once it has succeeded", async () => {
    const ended = run("refused");
    setTimeout(() => void host.send("PUT", applied, "true", "text/plain"), 4_000);
    const [state, attempts] = await ended;
    assert.equal(state, "SUCCESS");
    assert.ok(attempts > 0);
    await host.send("DELETE", applied);
    assert.deepEqual(await run("refused"), ["FAILED", 0]);
  });
});
