import assert from "node:assert/strict";
import { lineOfConstraint, parseFlow } from "../../kestra/flowFile";

const source = `id: example
namespace: bay-wheels
tasks:
  - id: first
    type: io.kestra.plugin.core.log.Log
    message: hello
  - id: group
    type: io.kestra.plugin.core.flow.Sequential
    tasks:
      - id: inner
        type: io.kestra.plugin.nowhere.Task
        colour: red
`;

describe("flow files", () => {
  it("state their namespace and id", () => {
    const { namespace, id } = parseFlow("flows/example.yaml", source);
    assert.deepEqual({ namespace, id }, { namespace: "bay-wheels", id: "example" });
  });

  it("with broken YAML are refused with file and line", () => {
    assert.throws(
      () => parseFlow("flows/x.yaml", "id: x\nnamespace: n\ntasks: [\n  - a: b"),
      /^Error: flows\/x\.yaml:4: not valid YAML: /,
    );
    assert.throws(
      () => parseFlow("flows/x.yaml", "id: x\nnamespace: n\nid: y\n"),
      /^Error: flows\/x\.yaml:3: not valid YAML: .*unique/,
    );
  });

  it("without an id or namespace, or without a map, are refused", () => {
    assert.throws(
      () => parseFlow("flows/x.yaml", "namespace: n\ntasks: []\n"),
      /flows\/x\.yaml:1: the flow has no id: add a line 'id: …'/,
    );
    assert.throws(() => parseFlow("flows/x.yaml", "id: n\ntasks: []\n"), /the flow has no namespace/);
    assert.throws(() => parseFlow("flows/x.yaml", "- a\n- b\n"), /a flow is a YAML map/);
  });

  const constraints: [string, number][] = [
    ["tasks[0].message: must not be null", 6],
    ["tasks[0].missing: must not be null", 4],
    ["tasks[1].tasks[0].colour: is odd", 12],
    ["Invalid type: io.kestra.plugin.nowhere.Task", 11],
    ['Unrecognized field "colour" (class io.kestra.plugin.core.log.Log)', 12],
    ["something without a place", 1],
  ];
  for (const [constraint, line] of constraints) {
    it(`find the line of '${constraint}'`, () => assert.equal(lineOfConstraint(source, constraint), line));
  }
});
