import assert from "node:assert/strict";
import { eventually, KestraHost, register, yaml } from "../../../lab/kestraHost";
import type { ErrorBody, Execution, Flow, Page, Trigger } from "../../../lab/kestraTypes";

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

interface Found {
  abstractTrigger: { cron: string };
  triggerContext: Trigger;
}

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

  it("tells when a trigger fires next, and finds it by search with its declaration", async () => {
    const trigger = await scheduled("told");
    assert.deepEqual([trigger.triggerId, trigger.disabled], ["monthly", false]);
    assert.match(trigger.nextExecutionDate, /^\d{4}-\d\d-15T10:00:00/);
    const { results, total } = (await host.send<Page<Found>>("GET", "/triggers/search?filters[flowId][EQUALS]=told"))
      .json;
    assert.equal(total, 1);
    assert.deepEqual([results[0]?.abstractTrigger.cron, results[0]?.triggerContext.flowId], ["0 10 15 * *", "told"]);
  });

  it("runs a backfill for each date, both ends included, with inputs and labels, and goes on as before", async () => {
    const before = await scheduled("filled");
    const backfill = {
      start: "2025-03-15T10:00:00Z",
      end: "2025-04-15T10:00:00Z",
      inputs: { month: "filled in" },
      labels: [{ key: "backfill", value: "spring" }],
    };
    const started = await send<Trigger>("PUT", "", { ...withoutTenant("filled"), backfill });
    assert.equal(started.status, 200, started.text);
    assert.equal(started.json.backfill?.start, backfill.start);
    const executions = await eventually(async () => {
      const { results } = (
        await host.send<Page<Execution>>("GET", `/executions/search?namespace=${namespace}&flowId=filled`)
      ).json;
      const ended = results.filter((each) => each.state.current === "SUCCESS");
      return ended.length === 2 && (await state("filled"))?.backfill === undefined ? results : undefined;
    }, 60_000);
    assert.equal(executions.length, 2);
    const values = executions.map((each) => each.taskRunList[0]!.outputs.value).sort();
    assert.match(values[0]!, /^filled in 2025-03-15T10:00/);
    assert.match(values[1]!, /^filled in 2025-04-15T10:00/);
    for (const { labels } of executions)
      assert.ok(labels.some((each) => each.key === "backfill" && each.value === "spring"));
    assert.equal((await state("filled"))?.nextExecutionDate, before.nextExecutionDate);
  });

  it("pauses, resumes and deletes a backfill; without one it answers 400", async () => {
    const before = await scheduled("paused");
    const none = await send("PUT", "/backfill/pause", id("paused"));
    assert.deepEqual([none.status, none.json.message], [400, "Bad Request: No backfill found"]);
    await send("PUT", "", {
      ...id("paused"),
      backfill: { start: "2010-01-15T10:00:00Z", end: "2024-12-15T10:00:00Z" },
    });
    assert.equal((await send("PUT", "/backfill/pause", withoutTenant("paused"))).status, 404);
    const paused = await send<Trigger>("PUT", "/backfill/pause", id("paused"));
    assert.deepEqual([paused.status, paused.json.backfill?.paused], [200, true]);
    assert.equal((await send<Trigger>("PUT", "/backfill/unpause", id("paused"))).json.backfill?.paused, false);
    const deleted = await send<Trigger>("POST", "/backfill/delete", id("paused"));
    assert.equal(deleted.status, 200);
    assert.deepEqual([deleted.json.backfill, deleted.json.nextExecutionDate], [undefined, before.nextExecutionDate]);
  });

  it("turns triggers off and on, and leaves them off over an update of the flow", async () => {
    await scheduled("switched");
    const off = await send<{ count: number }>("POST", "/set-disabled/by-triggers", {
      triggers: [id("switched")],
      disabled: true,
    });
    assert.deepEqual([off.status, off.json], [200, { count: 1 }]);
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

  it("counts triggers that are unknown or named without their tenant, and leaves them as they are", async () => {
    await scheduled("left");
    const triggers = [withoutTenant("left"), id("unknown"), { ...id("left"), triggerId: "yearly" }];
    const off = await send<{ count: number }>("POST", "/set-disabled/by-triggers", { triggers, disabled: true });
    assert.deepEqual([off.status, off.json], [200, { count: 3 }]);
    assert.equal((await state("left"))?.disabled, false);
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
