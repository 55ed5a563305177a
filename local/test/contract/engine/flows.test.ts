import assert from "node:assert/strict";
import { KestraHost, register, yaml, errorOf } from "../../../lab/kestraHost";
import type { ErrorBody, Flow, Page, Verdict } from "../../../lab/kestraTypes";

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

  it("updates to a new revision, makes none for equal text, and answers 404 for an unknown flow", async () => {
    await register(host, flow("update"));
    const path = `/flows/${namespace}/update`;
    assert.equal((await host.send<Flow>("PUT", path, flow("update"), yaml)).json.revision, 1);
    assert.equal((await host.send<Flow>("PUT", path, flow("update", "changed"), yaml)).json.revision, 2);
    assert.equal((await host.send<Flow>("GET", `${path}?source=true`)).json.source, flow("update", "changed"));
    assert.equal((await host.send<Flow>("GET", `${path}?source=true&revision=1`)).json.source, flow("update"));
    assert.equal((await host.send<Flow>("GET", path)).json.source, undefined);
    const renamed = await host.send("PUT", path, flow("other"), yaml);
    assert.equal(renamed.status, 422);
    const unknown = await host.send("PUT", `/flows/${namespace}/unknown`, flow("unknown"), yaml);
    assert.deepEqual([unknown.status, errorOf(unknown).message], [404, "Not Found"]);
  });

  it("deletes with 204, then answers 404; a deleted flow is there for who asks for it, and comes back with the next revision", async () => {
    await register(host, flow("gone"));
    const path = `/flows/${namespace}/gone`;
    assert.equal((await host.send("DELETE", path)).status, 204);
    assert.equal((await host.send("DELETE", path)).status, 404);
    assert.equal((await host.send("GET", path)).status, 404);
    assert.equal((await host.send<Flow>("GET", `${path}?allowDeleted=true`)).json.deleted, true);
    assert.equal((await register(host, flow("gone"))).revision, 3);
  });

  it("lists a namespace and searches by pages and filters", async () => {
    await register(host, flow("page-1").replace("flows", "paged"));
    await register(host, flow("page-2").replace("flows", "paged"));
    const ids = (flows: Flow[]) => flows.map((each) => each.id).sort();
    assert.deepEqual(ids((await host.send<Flow[]>("GET", "/flows/paged")).json), ["page-1", "page-2"]);
    const search = async (query: string) =>
      (await host.send<Page<Flow>>("GET", `/flows/search?${query}&size=1&sort=id:desc`)).json;
    const byFilter = await search("filters[namespace][EQUALS]=paged");
    assert.deepEqual([ids(byFilter.results), byFilter.total], [["page-2"], 2]);
    assert.deepEqual(ids((await search("namespace=paged&page=2")).results), ["page-1"]);
    const bad = await host.send("GET", "/flows/search?filters[colour][EQUALS]=red");
    assert.equal(bad.status, 400);
    assert.match(errorOf(bad).message, /^Invalid query filters/);
    assert.equal((await host.send("GET", "/flows/search?page=0")).status, 422);
  });

  it("validates many flows at once without storing one", async () => {
    const sources = [flow("valid"), flow("invalid").replace("log.Log", "log.Nope"), flow("outdated") + "revision: 7\n"];
    const { status, json } = await host.send<Verdict[]>("POST", "/flows/validate", sources.join("---\n"), yaml);
    assert.equal(status, 200);
    const verdicts = json.map(({ index, flow, constraints, outdated }) => [index, flow, constraints, outdated]);
    assert.deepEqual(verdicts, [
      [0, "valid", undefined, false],
      [1, undefined, "Validation error: Invalid type: io.kestra.plugin.core.log.Nope", false],
      [2, "outdated", undefined, true],
    ]);
    assert.equal((await host.send("GET", `/flows/${namespace}/valid`)).status, 404);
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

  it("creates and updates in bulk, and deletes what is missing only when asked to", async () => {
    const inBulk = (id: string, message?: string) => flow(id, message).replace("flows", "bulk");
    await register(host, inBulk("first"));
    await register(host, inBulk("second"));
    const kept = await host.send<Flow[]>(
      "POST",
      "/flows/bulk?namespace=bulk&delete=false",
      [inBulk("first", "new"), inBulk("third")].join("---\n"),
      yaml,
    );
    assert.equal(kept.status, 200, kept.text);
    assert.deepEqual(
      kept.json.map((each) => [each.id, each.revision]),
      [
        ["first", 2],
        ["third", 1],
      ],
    );
    assert.equal((await host.send<Flow[]>("GET", "/flows/bulk")).json.length, 3);
    const strange = await host.send("POST", "/flows/bulk?namespace=bulk&delete=false", flow("stranger"), yaml);
    assert.deepEqual([strange.status, errorOf(strange)._embedded.errors[0]?.path], [422, "flow.namespace"]);
    const twice = await host.send(
      "POST",
      "/flows/bulk?delete=false",
      [inBulk("same"), inBulk("same")].join("---\n"),
      yaml,
    );
    assert.match(errorOf(twice).message, /Duplicate flow id/);
    await host.send("POST", "/flows/bulk?delete=true", inBulk("first", "new"), yaml);
    assert.deepEqual(
      (await host.send<Flow[]>("GET", "/flows/bulk")).json.map((each) => each.id),
      ["first"],
    );
  });

  it("imports a file of flows and names those that it refuses", async () => {
    const form = (content: string) => {
      const form = new FormData();
      form.append("fileUpload", new Blob([content]), "flows.yaml");
      return form;
    };
    const content = [flow("imported"), flow("refused").replace("log.Log", "log.Nope")].join("---\n");
    const { status, json } = await host.send<string[]>("POST", "/flows/import", form(content));
    assert.deepEqual([status, json], [200, ["flows.yaml(flow number: 1)"]]);
    assert.equal((await host.send("GET", `/flows/${namespace}/imported`)).status, 200);
    assert.equal((await host.send("POST", "/flows/import?failOnError=true", form(content))).status, 422);
  });
});
