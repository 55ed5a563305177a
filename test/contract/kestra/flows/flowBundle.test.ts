import assert from "node:assert/strict";
import { PartialFailure } from "../../../../dynamic/partialFailure";
import { KestraClient } from "../../../../kestra/client/client";
import { KestraUnreachable } from "../../../../kestra/client/errors";
import { keptText } from "../../../../kestra/flows/flowText";
import { handlers, type FlowBundleInputs, type FlowBundleState } from "../../../../kestra/resources/flowBundle";
import { forgetOwnership } from "../../../../kestra/resources/ownership";
import { KestraHost, register, yaml } from "../../../../local/lab/kestraHost";
import type { Flow } from "../../../../local/lab/kestraTypes";
import { connectionTo, nowhere, requestsOf, writesOf } from "../support/kestraRequests";

/** One per test: a server continues the revision numbers of a deleted flow. */
let namespace = "bundle-0";
const text = (id: string, message = "hello") =>
  `id: ${id}\nnamespace: ${namespace}\ntasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: ${message}\n`;

/** Calls a function with each source that `work` registers, once the server has it. */
async function afterEachPost(then: (body: string) => void, work: () => Promise<unknown>): Promise<void> {
  const send = Reflect.get<KestraClient, "send">(KestraClient.prototype, "send");
  KestraClient.prototype.send = async function (method, path, body, headers) {
    const answer = await send.call(this, method, path, body, headers);
    if (method === "POST") then(body!.content as string);
    return answer;
  };
  try {
    await work();
  } finally {
    KestraClient.prototype.send = send;
  }
}

describe("kestra:Flows on a real host", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());
  beforeEach(() => {
    namespace = `bundle-${Number(namespace.slice(7)) + 1}`;
    forgetOwnership();
  });
  /** What the engine passes to the handlers. */
  async function inputs(messages: Record<string, string>): Promise<FlowBundleInputs> {
    const flows = Object.fromEntries(
      Object.entries(messages).map(([id, message]) => [
        `${namespace}/${id}`,
        keptText(`${id}.yaml`, text(id, message)),
      ]),
    );
    const checked = await handlers.check({}, { connection: connectionTo(host), flows });
    return { ...checked.inputs!, __provider: "code" } as FlowBundleInputs;
  }
  const create = async (messages: Record<string, string>) => (await handlers.create(await inputs(messages))).outs!;
  const there = async () => {
    const flows = (await host.send<Flow[]>("GET", `/flows/${namespace}`)).json;
    return Object.fromEntries(flows.map(({ id, revision }): [string, number] => [id, revision]).sort());
  };
  const changes = async (olds: FlowBundleState, news: FlowBundleInputs) =>
    (await handlers.diff("", olds, news)).changes;

  it("registers new flows without reading each first, and adopts existing ones", async () => {
    await register(host, text("b", "other"));
    await register(host, text("c"));
    const news = await inputs({ a: "hello", b: "hello", c: "hello" });
    const sent = await requestsOf(async () => {
      assert.deepEqual((await handlers.create(news)).outs!.revisions, {
        [`${namespace}/a`]: 1,
        [`${namespace}/b`]: 2,
        [`${namespace}/c`]: 1,
      });
    });
    assert.deepEqual(sent.sort(), [
      "GET /api/v1/configs",
      `GET /flows/${namespace}`,
      `GET /flows/${namespace}/b`,
      `GET /flows/${namespace}/c`,
      "POST /flows",
      `PUT /flows/${namespace}/b`,
    ]);
  });

  it("writes changed flows, deletes removed ones, and touches nothing else", async () => {
    const state = await create({ a: "1", b: "1", c: "1" });
    await register(host, text("foreign"));
    assert.equal(await changes(state, await inputs({ a: "1", b: "1", c: "1" })), false);
    forgetOwnership();
    const news = await inputs({ a: "1", b: "2", d: "1" });
    assert.equal(await changes(state, news), true);
    let next: FlowBundleState | undefined;
    const writes = await writesOf(async () => (next = (await handlers.update("", state, news)).outs));
    assert.deepEqual(writes.sort(), [`DELETE /flows/${namespace}/c`, "POST /flows", `PUT /flows/${namespace}/b`]);
    assert.deepEqual(await there(), { a: 1, b: 2, d: 1, foreign: 1 });
    assert.equal(await changes(next!, news), false);
    forgetOwnership();
    await handlers.delete("", next!);
    assert.deepEqual(await there(), { foreign: 1 });
  });

  it("detects drift with one listing, and reads sources only if there is some", async () => {
    const state = await create({ a: "1", b: "1" });
    let read: Awaited<ReturnType<typeof handlers.read>> = {};
    const listing = [`GET /flows/${namespace}`];
    assert.deepEqual(await requestsOf(async () => (read = await handlers.read("id", state))), listing);
    assert.deepEqual(read, { id: "id", props: state });

    await host.send("PUT", `/flows/${namespace}/b`, text("b", "by hand"), yaml);
    read = await handlers.read("id", state);
    assert.deepEqual(read.props!.revisions, { [`${namespace}/a`]: 1, [`${namespace}/b`]: 2 });
    assert.deepEqual(read.inputs!.flows, {
      [`${namespace}/a`]: keptText("a.yaml", text("a", "1")),
      [`${namespace}/b`]: keptText("b.yaml", text("b", "by hand")),
    });
    const news = await inputs({ a: "1", b: "1" });
    assert.equal(await changes(read.props!, news), true);
    await handlers.update("", read.props!, news);
    assert.deepEqual(await there(), { a: 1, b: 3 });

    await host.send("DELETE", `/flows/${namespace}/a`);
    const lost = (await handlers.read("id", state)).props!;
    assert.deepEqual(lost.revisions, { [`${namespace}/b`]: 3 });
    assert.deepEqual((await handlers.update("", lost, news)).outs!.revisions, {
      [`${namespace}/a`]: 3,
      [`${namespace}/b`]: 3,
    });
    for (const id of ["a", "b"]) await host.send("DELETE", `/flows/${namespace}/${id}`);
    assert.deepEqual(await handlers.read("id", state), {});
  });

  it("keeps what was done in state after a partial failure, and continues from there", async () => {
    const news = await inputs({ a: "1", b: "1", c: "1" });
    const broken = text("b").replace("core.log.Log", "core.nowhere.Task");
    const faulty = { ...news, flows: { ...news.flows, [`${namespace}/b`]: keptText("b.yaml", broken) } };
    const failure = await handlers.create(faulty).then(
      () => assert.fail("nothing failed"),
      (error: PartialFailure) => error,
    );
    assert.ok(failure instanceof PartialFailure);
    assert.equal(
      failure.message,
      "1 flow(s) failed; the others succeeded. Run 'pulumi up' again.\n" +
        `${namespace}/b: b.yaml:5: Invalid type: io.kestra.plugin.core.nowhere.Task`,
    );
    const { __provider, ...state } = failure.properties as FlowBundleState & { __provider: string };
    assert.deepEqual(
      [failure.id, __provider, state.revisions],
      [namespace, "code", { [`${namespace}/a`]: 1, [`${namespace}/c`]: 1 }],
    );
    assert.deepEqual(await there(), { a: 1, c: 1 });
    const writes = await writesOf(() => handlers.update("bundle", state, news));
    assert.deepEqual(writes, ["POST /flows"]);
    assert.deepEqual(await there(), { a: 1, b: 1, c: 1 });
  });

  it("registers a flow after the flows it calls, at every level", async () => {
    const call = (id: string) =>
      `  - id: call\n    type: io.kestra.plugin.core.flow.Subflow\n    namespace: ${namespace}\n    flowId: ${id}\n`;
    const calls: Record<string, string> = { a: text("a") + call("m"), m: text("m") + call("z"), z: text("z") };
    for (let i = 0; i < 20; i++) calls[`b${i}`] = text(`b${i}`);
    const news = await inputs({});
    const flows = Object.entries(calls).map(([id, source]) => [`${namespace}/${id}`, keptText(`${id}.yaml`, source)]);
    const registered: string[] = [];
    await afterEachPost(
      (body) => registered.push(/^id: (.*)$/m.exec(body)![1]!),
      () => handlers.create({ ...news, flows: Object.fromEntries(flows) as Record<string, string> }),
    );
    assert.equal(registered.length, 23);
    assert.deepEqual(registered.slice(-2), ["m", "a"]);
    assert.ok(registered.includes("z"));
  });

  it("stops when the server can't be used, and keeps the flows it tried in state", async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `f${String(i).padStart(2, "0")}`);
    const state = await create(Object.fromEntries(ids.map((id) => [id, "1"])));
    const news = await inputs(Object.fromEntries(ids.map((id) => [id, "2"])));
    const connection = { ...connectionTo(host), password: "Wrong4Tests" };
    let failure: PartialFailure | undefined;
    const sent = await requestsOf(() =>
      handlers.update("id", state, { ...news, connection }).catch((error: PartialFailure) => (failure = error)),
    );
    assert.match(
      failure!.message,
      /^8 flow\(s\) failed, 32 weren't tried; the others succeeded\. Run 'pulumi up' again\.\n/,
    );
    assert.equal(sent.filter((line) => line.includes(namespace)).length, 8);
    const remembered = failure!.properties as FlowBundleState;
    assert.deepEqual(remembered.revisions, state.revisions);
    await handlers.update("id", remembered, news);
    assert.deepEqual([...new Set(Object.values(await there()))], [2]);
  });

  it("keeps a new flow with an unknown outcome in state, so that a destroy deletes it", async () => {
    const news = await inputs({ a: "1" });
    const lose = () => {
      throw new KestraUnreachable("the answer is lost");
    };
    let failure: PartialFailure | undefined;
    await afterEachPost(lose, () => handlers.create(news).catch((error: PartialFailure) => (failure = error)));
    assert.deepEqual(await there(), { a: 1 });
    const state = failure!.properties as FlowBundleState;
    assert.equal(await changes(state, news), true);
    forgetOwnership();
    await handlers.delete("id", state);
    assert.deepEqual(await there(), {});
  });

  it("names at most ten of many failed flows", async () => {
    const news = await inputs(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, "1"])));
    await assert.rejects(handlers.create({ ...news, connection: nowhere }), /cannot be reached/);
    const flows = Object.fromEntries(
      Object.entries(news.flows).map(([name, kept]) => [name, kept.replace("core.log.Log", "no.Task")]),
    );
    await assert.rejects(handlers.create({ ...news, flows }), (error: Error) => {
      const lines = error.message.split("\n");
      assert.equal(lines[0], "12 flow(s) failed; the others succeeded. Run 'pulumi up' again.");
      assert.equal(lines.length, 12);
      assert.equal(lines.at(-1), "… and 2 more");
      return true;
    });
  });

  it("keeps a flow disabled that someone disabled, as a single flow does", async () => {
    const state = await create({ a: "1" });
    await host.send("PUT", `/flows/${namespace}/a`, `${text("a", "1")}\ndisabled: true`, yaml);
    const { props } = await handlers.read("id", state);
    assert.equal(await changes(props!, await inputs({ a: "1" })), false);
    await handlers.update("", props!, await inputs({ a: "2" }));
    const { source } = (await host.send<Flow>("GET", `/flows/${namespace}/a?source=true`)).json;
    assert.equal(source, `${text("a", "2")}\ndisabled: true`);
  });

  it("stores a changed connection without a request", async () => {
    const state = { ...(await create({ a: "1" })), connection: nowhere };
    const news = await inputs({ a: "1" });
    assert.equal(await changes(state, news), true);
    assert.deepEqual(await requestsOf(() => handlers.update("", state, news)), []);
  });
});
