import assert from "node:assert/strict";
import { lineOfConstraint, parseFlow } from "../../../../kestra/flows/flowFile";

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
      - id: first
        type: io.kestra.plugin.core.debug.Return
triggers:
  - id: monthly
    type: io.kestra.plugin.core.trigger.Schedule
message: misplaced
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
    // the words of Kestra 1.3.31
    ["first.message: must not be null", 4],
    ["group.group.inner.uri: must not be null", 10],
    ["triggers[0].cron: must not be null", 16],
    ["tasks[1].tasks[0].colour: is odd", 12],
    ["tasks: must not be empty", 3],
    ['id: must match "^[a-zA-Z0-9][a-zA-Z0-9._-]*"', 1],
    ["Invalid Flow: Duplicate task id with name [first]", 13],
    ["Invalid type: io.kestra.plugin.nowhere.Task", 11],
    ['Unrecognized field "colour" (class io.kestra.plugin.nowhere.Task), not marked as ignorable', 12],
    ['Unrecognized field "message" (class io.kestra.core.models.flows.FlowWithSource), not marked', 18],
    ["something without a place", 1],
  ];
  for (const [constraint, line] of constraints) {
    it(`find the line of '${constraint}'`, () => assert.equal(lineOfConstraint(source, constraint), line));
  }
});
