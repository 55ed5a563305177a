import assert from "node:assert/strict";
import { KestraHost, register, yaml, errorOf } from "../../../lab/kestraHost";
import type { ErrorBody, Verdict } from "../../../lab/kestraTypes";

const namespace = "flows";
const flow = (id: string, message = "hello") =>
  `id: ${id}\nnamespace: ${namespace}\ntasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: ${message}\n`;

describe("Kestra host: flows", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  it("creates a flow with revision and source, and refuses a second one of that id", async () => {
    const created = await register(host, flow("create"));
    assert.deepEqual([created.id, created.namespace, created.revision], ["create", namespace, 1]);
    assert.equal(created.source, flow("create"));
    const { status, json } = await host.send<ErrorBody>("POST", "/flows", flow("create"), yaml);
    assert.equal(status, 422);
    assert.equal(json.message, "Invalid entity: flow.id: Flow id already exists");
    assert.deepEqual(json._embedded.errors, [{ message: "Flow id already exists", path: "flow.id" }]);
    assert.deepEqual(json._links, { self: { href: "/api/v1/main/flows", templated: false } });
  });

  it("refuses a flow that is broken YAML, has an unknown task type, or lacks a property, in words", async () => {
    const cases: [string, RegExp][] = [
      ["id: [unclosed", /Illegal \w+ source: YAML parsing error/],
      [flow("bad").replace("log.Log", "log.Nope"), /Invalid type: io\.kestra\.plugin\.core\.log\.Nope/],
      [`id: bad\nnamespace: ${namespace}\n`, /tasks: must not be (empty|null)/],
      [flow("bad").replace("message:", "mesage:"), /mesage/],
    ];
    for (const [source, expected] of cases) {
      const { status, json } = await host.send("POST", "/flows", source, yaml);
      assert.equal(status, 422, source);
      assert.match(JSON.stringify(json), expected);
    }
    assert.equal((await host.send("GET", `/flows/${namespace}/bad`)).status, 404);
  });

  it("answers an update of an unknown flow with 404", async () => {
    const unknown = await host.sendAtOnce<ErrorBody>("PUT", `/flows/${namespace}/unknown`, flow("unknown"), yaml);
    assert.deepEqual([unknown.status, unknown.json.message], [404, "Not Found"]);
  });

  it("refuses unknown filters and pages", async () => {
    const bad = await host.send("GET", "/flows/search?filters[colour][EQUALS]=red");
    assert.equal(bad.status, 400);
    assert.match(errorOf(bad).message, /^Invalid query filters/);
    assert.equal((await host.send("GET", "/flows/search?page=0")).status, 422);
  });

  it("says that a flow's revision is outdated", async () => {
    await register(host, flow("outdated"));
    const source = flow("outdated") + "revision: 7\n";
    const [verdict] = (await host.send<Verdict[]>("POST", "/flows/validate", source, yaml)).json;
    assert.equal(verdict?.outdated, true);
  });

  it("gives a verdict on the empty part before a second --- too", async () => {
    const validate = async (sources: string) =>
      (await host.send<Verdict[]>("POST", "/flows/validate", sources, yaml)).json.map(({ index, flow }) => [
        index,
        flow,
      ]);
    assert.deepEqual(await validate(`---\n${flow("first")}`), [[0, "first"]]);
    assert.deepEqual(await validate(`${flow("first")}---\n---\n${flow("second")}`), [
      [0, "first"],
      [1, undefined],
      [2, "second"],
    ]);
    assert.deepEqual(await validate(`\n---\n${flow("first")}`), [
      [0, undefined],
      [1, "first"],
    ]);
    assert.deepEqual(await validate(`# text\n---\n${flow("first")}`), [
      [0, undefined],
      [1, "first"],
    ]);
  });
});
