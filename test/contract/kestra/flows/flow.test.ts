import assert from "node:assert/strict";
import { keptText } from "../../../../kestra/flows/flowText";
import { handlers, type FlowInputs, type FlowState } from "../../../../kestra/resources/flow";
import { forgetOwnership } from "../../../../kestra/resources/ownership";
import { eventually, KestraHost, register } from "../../../../local/lab/kestraHost";
import { connectionTo, nowhere, requestsOf, writesOf } from "../support/kestraRequests";
import type { Flow, Page, Trigger } from "../../../../local/lab/kestraTypes";

const namespace = "flow-resource";
const log = (id: string, message = "hello") =>
  `id: ${id}\nnamespace: ${namespace}\ntasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: ${message}\n`;
const scheduled = (id: string, message?: string) =>
  `${log(id, message)}triggers:\n  - id: monthly\n    type: io.kestra.plugin.core.trigger.Schedule\n    cron: 0 9 15 * *\n`;

describe("kestra:Flow on a real host", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  /** What the engine hands to the handlers: the inputs as `check` returns them. */
  async function inputs(source: string, more: Partial<FlowInputs> = {}): Promise<FlowInputs> {
    const checked = await handlers.check(
      {},
      { connection: connectionTo(host), source: keptText("flows/x.yaml", source), ...more },
    );
    assert.deepEqual(checked.failures ?? [], []);
    return checked.inputs!;
  }
  const create = async (source: string) => (await handlers.create(await inputs(source))).outs!;
  const update = async (state: FlowState, source: string) =>
    (await handlers.update("", state, await inputs(source))).outs!;
  const stored = async (id: string) => {
    const { status, json } = await host.send<Flow>("GET", `/flows/${namespace}/${id}?source=true`);
    return status === 200 ? { revision: json.revision, source: json.source } : status;
  };

  it("creates a flow as it is written", async () => {
    const source = `# kept\n${log("create")}`;
    const { id, outs } = await handlers.create(await inputs(source));
    assert.equal(id, `${namespace}/create`);
    const { revision, flowId, namespace: home } = outs!;
    assert.deepEqual({ revision, flowId, home }, { revision: 1, flowId: "create", home: namespace });
    assert.deepEqual(await stored("create"), { revision: 1, source });
  });

  it("adopts a flow of equal text without writing, and makes another text the stated one", async () => {
    await register(host, log("adopt"));
    const news = await inputs(`${log("adopt")}\n\n`);
    assert.deepEqual(await writesOf(() => handlers.create(news)), []);
    assert.deepEqual(await stored("adopt"), { revision: 1, source: log("adopt") });
    assert.equal((await create(log("adopt", "other"))).revision, 2);
    assert.deepEqual(await stored("adopt"), { revision: 2, source: log("adopt", "other") });
  });

  it("sees no change where there is none, a change by hand, and that a flow is gone", async () => {
    const state = await create(log("drift"));
    const news = await inputs(log("drift"));
    const read = await handlers.read("id", state);
    assert.deepEqual(read, { id: "id", props: state });
    assert.deepEqual(await handlers.diff("id", read.props, news), { changes: false, replaces: [] });

    await update(state, log("drift", "by hand"));
    const { props, inputs: there } = await handlers.read("id", state);
    const drifted = props!;
    assert.equal(drifted.revision, 2);
    // what Pulumi compares with the program's text, line by line
    const { connection, flowId } = news;
    assert.deepEqual(there, {
      connection,
      namespace,
      flowId,
      source: keptText("flows/x.yaml", log("drift", "by hand")),
    });
    assert.deepEqual(await handlers.read("id", drifted), { id: "id", props: drifted });
    assert.deepEqual(await handlers.diff("id", drifted, news), { changes: true, replaces: [] });
    assert.equal((await update(drifted, log("drift"))).revision, 3);
    assert.deepEqual(await stored("drift"), { revision: 3, source: log("drift") });

    await host.send("DELETE", `/flows/${namespace}/drift`);
    assert.deepEqual(await handlers.read("id", state), {});
  });

  it("updates to a new revision, and registers anew what was deleted meanwhile", async () => {
    const state = await create(log("update"));
    const changed = await update(state, log("update", "changed"));
    assert.equal(changed.revision, 2);
    assert.deepEqual(await stored("update"), { revision: 2, source: log("update", "changed") });
    await host.send("DELETE", `/flows/${namespace}/update`);
    await update(changed, log("update", "again"));
    assert.equal(((await stored("update")) as { source: string }).source, log("update", "again"));
  });

  it("is replaced under another name, and deleted under its own only", async () => {
    const state = await create(log("old-name"));
    const news = await inputs(log("new-name"));
    assert.deepEqual(await handlers.diff("id", state, news), { changes: true, replaces: ["flowId"] });
    const moved = await inputs(log("old-name").replace(namespace, "elsewhere"));
    assert.deepEqual((await handlers.diff("id", state, moved)).replaces, ["namespace"]);
    await handlers.create(news);
    forgetOwnership();
    await handlers.delete("id", state);
    assert.equal(await stored("old-name"), 404);
    assert.deepEqual(await stored("new-name"), { revision: 1, source: log("new-name") });
    await handlers.delete("id", state);
  });

  it("stores a changed connection without a request; a later delete uses it", async () => {
    const state = { ...(await create(log("moved"))), connection: nowhere };
    const news = await inputs(log("moved"));
    assert.deepEqual(await handlers.diff("id", state, news), { changes: true, replaces: [] });
    let rotated: FlowState | undefined;
    assert.deepEqual(await requestsOf(async () => (rotated = (await handlers.update("id", state, news)).outs)), []);
    assert.deepEqual(rotated, { ...state, connection: connectionTo(host) });
    forgetOwnership();
    await handlers.delete("id", rotated);
    assert.equal(await stored("moved"), 404);
  });

  it("leaves a trigger off that a user turned off", async () => {
    const trigger = async () =>
      (await host.send<Page<Trigger>>("GET", `/triggers/${namespace}/paused`)).json.results[0];
    const state = await create(scheduled("paused"));
    await eventually(trigger);
    const id = { namespace, flowId: "paused", triggerId: "monthly" };
    await host.send("PUT", "/triggers", JSON.stringify({ ...id, disabled: true }), "application/json");
    assert.equal((await update(state, scheduled("paused", "changed"))).revision, 2);
    assert.equal((await trigger())?.disabled, true);
    await create(scheduled("paused", "once more"));
    assert.equal((await trigger())?.disabled, true);
  });

  it("keeps a flow as someone disabled or enabled it on the server, even when its source changes", async () => {
    const first = await create(log("ui-off"));
    // as the Kestra UI does it
    await host.send("PUT", `/flows/${namespace}/ui-off`, `${log("ui-off")}\ndisabled: true`, "application/x-yaml");
    const { props } = await handlers.read("id", first);
    assert.deepEqual([props!.disabled, props!.revision], [true, 2]);
    assert.deepEqual(await handlers.diff("id", props!, await inputs(log("ui-off"))), { changes: false, replaces: [] });
    assert.deepEqual(await writesOf(() => update(first, log("ui-off"))), []);

    const changed = await update(props!, log("ui-off", "changed"));
    assert.deepEqual(await stored("ui-off"), { revision: 3, source: `${log("ui-off", "changed")}\ndisabled: true` });
    assert.equal(changed.disabled, true);
    // adopted by a program that doesn't know about it
    assert.deepEqual(await writesOf(() => create(log("ui-off", "changed"))), []);

    const enabled = `${log("ui-off", "changed")}\ndisabled: false\n`;
    await host.send("PUT", `/flows/${namespace}/ui-off`, enabled, "application/x-yaml");
    const read = (await handlers.read("id", changed)).props!;
    const same = await inputs(log("ui-off", "changed"));
    assert.deepEqual(await handlers.diff("id", read, same), { changes: false, replaces: [] });
    assert.deepEqual(await writesOf(() => handlers.update("id", read, same)), []);
  });

  it("enables a flow that someone disabled if the program says so", async () => {
    const first = await create(log("ui-on"));
    await host.send("PUT", `/flows/${namespace}/ui-on`, `${log("ui-on")}\ndisabled: true`, "application/x-yaml");
    const news = await inputs(log("ui-on"), { keepDisabled: false });
    const { props, inputs: drift } = await handlers.read("id", { ...first, keepDisabled: false });
    assert.equal(drift?.source, keptText("flows/x.yaml", `${log("ui-on")}\ndisabled: true`));
    assert.equal((await handlers.diff("id", props!, news)).changes, true);
    await handlers.update("id", props!, news);
    assert.deepEqual(await stored("ui-on"), { revision: 3, source: log("ui-on") });
  });

  it("disables and enables a flow as its source says", async () => {
    const off = await create(`disabled: true\n${log("stated")}`);
    const on = await update(off, log("stated"));
    assert.deepEqual(await stored("stated"), { revision: 2, source: log("stated") });
    assert.equal(on.disabled, undefined);
    const noted = await update(on, `disabled: false\n${log("stated")}`);
    assert.equal(noted.revision, 3);
    await host.send("PUT", `/flows/${namespace}/stated`, `disabled: true\n${log("stated")}`, "application/x-yaml");
    const kept = await update(noted, `disabled: false\n${log("stated", "changed")}`);
    assert.deepEqual(await stored("stated"), { revision: 5, source: `disabled: true\n${log("stated", "changed")}` });
    assert.equal(kept.disabled, true);
  });

  it("sends a source without its byte order mark", async () => {
    assert.equal((await create(`\uFEFF${log("mark")}`)).revision, 1);
    assert.deepEqual(await stored("mark"), { revision: 1, source: log("mark") });
  });

  it("reports the server's objections to a flow with file and line", async () => {
    const news = await inputs(log("refused").replace("message: hello", "colour: red"));
    await assert.rejects(handlers.create(news), (error: Error) => {
      assert.match(error.message, /^flows\/x\.yaml:6: Unrecognized field "colour"[^\n]*$/);
      return true;
    });
    assert.equal(await stored("refused"), 404);
  });
});
