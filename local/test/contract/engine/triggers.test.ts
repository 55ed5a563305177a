import assert from "node:assert/strict";
import { eventually, KestraHost, register, yaml } from "../../../lab/kestraHost";
import type { ErrorBody, Flow, Page, Trigger } from "../../../lab/kestraTypes";

const namespace = "triggers";
const flow = (id: string) => `
id: ${id}
namespace: ${namespace}
inputs:
  - id: month
    type: STRING
    defaults: none
tasks:
  - id: say
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.month }} {{ trigger.date ?? 'by hand' }}"
triggers:
  - id: monthly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 10 15 * *"
`;

describe("Kestra host: triggers", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  const json = "application/json";
  const withoutTenant = (flowId: string) => ({ namespace, flowId, triggerId: "monthly" });
  const id = (flowId: string) => ({ tenantId: "main", ...withoutTenant(flowId) });
  const send = <T = ErrorBody>(method: string, path: string, body: unknown) =>
    host.sendAtOnce<T>(method, `/triggers${path}`, JSON.stringify(body), json);
  const state = async (flowId: string) =>
    (await host.send<Page<Trigger>>("GET", `/triggers/${namespace}/${flowId}`)).json.results[0];

  /** Registers a flow and waits until the scheduler knows its trigger. */
  async function scheduled(flowId: string) {
    await register(host, flow(flowId));
    return eventually(async () => {
      const found = await state(flowId);
      return found?.nextExecutionDate ? { ...found, nextExecutionDate: found.nextExecutionDate } : undefined;
    });
  }

  it("answers 400 to a pause without a backfill, 404 to one that names no tenant", async () => {
    await scheduled("idle");
    const none = await send("PUT", "/backfill/pause", id("idle"));
    assert.deepEqual([none.status, none.json.message], [400, "Bad Request: No backfill found"]);
    assert.equal((await send("PUT", "/backfill/pause", withoutTenant("idle"))).status, 404);
  });

  it("keeps a trigger off when its flow is updated, until it is turned on", async () => {
    await scheduled("switched");
    assert.equal((await send("PUT", "", { ...withoutTenant("switched"), disabled: true })).status, 200);
    assert.equal((await state("switched"))?.disabled, true);
    const changed = await host.send<Flow>(
      "PUT",
      `/flows/${namespace}/switched`,
      flow("switched").replace("none", "other"),
      yaml,
    );
    assert.equal(changed.json.revision, 2);
    assert.equal((await state("switched"))?.disabled, true);
    const on = await send<Trigger>("PUT", "", { ...id("switched"), disabled: false });
    assert.deepEqual([on.status, on.json.disabled], [200, false]);
    await eventually(async () => ((await state("switched"))?.nextExecutionDate ? true : undefined));
  });

  it("answers 404 for an unknown flow or trigger", async () => {
    const flowless = await send("PUT", "", { ...id("unknown"), disabled: true });
    assert.deepEqual([flowless.status, flowless.json.message], [404, "Not Found: Flow of trigger monthly not found"]);
    await scheduled("known");
    const triggerless = await send("PUT", "", { ...id("known"), triggerId: "yearly", disabled: true });
    assert.deepEqual(
      [triggerless.status, triggerless.json.message],
      [404, "Not Found: Flow known has no trigger yearly"],
    );
    assert.equal((await send("PUT", "/backfill/pause", id("unknown"))).status, 404);
  });
});
