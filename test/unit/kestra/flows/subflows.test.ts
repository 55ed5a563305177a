import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readFlows } from "../../../../kestra/flows/folder";
import { callsIn, inOrderOfCalls, subflowsOf } from "../../../../kestra/flows/subflows";

const log = "  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: x\n";
const flow = (id: string, tasks = log) => ({
  file: `${id}.yaml`,
  namespace: "calls",
  id,
  source: `id: ${id}\nnamespace: calls\ntasks:\n${tasks}`,
});
const call = (id: string, indent = "  ") =>
  `${indent}- id: call_${id}\n${indent}  type: io.kestra.plugin.core.flow.Subflow\n${indent}  namespace: calls\n${indent}  flowId: ${id}\n`;
const nested = (type: string, key: string, id: string) =>
  `  - id: outer\n    type: io.kestra.plugin.core.flow.${type}\n    ${key}:\n${call(id, "      ")}`;
const cases = (id: string) =>
  `  - id: choose\n    type: io.kestra.plugin.core.flow.Switch\n    value: a\n    cases:\n      a:\n${call(id, "        ")}`;

const ids = (flows: ReturnType<typeof flow>[]) =>
  inOrderOfCalls(flows).map(({ flow, calls }) => [flow.id, ...calls.map(({ id }) => id)]);

describe("calls of flows", () => {
  it("are found in If, Switch, LoopUntil and errors, unless the name is known only at run time", () => {
    const tasks = [
      call("plain"),
      nested("If", "then", "then"),
      nested("If", "else", "otherwise"),
      cases("case"),
      nested("LoopUntil", "tasks", "loop"),
      call('"{{ inputs.flow }}"'),
    ].join("");
    const caller = flow("caller", `${tasks}errors:\n${call("error")}`);
    const found = ["plain", "then", "otherwise", "case", "loop", "error"].map((id) => `calls/${id}`);
    assert.deepEqual(subflowsOf(caller), found);
  });

  it("have the line of the id, however it's written and whatever resembles it", () => {
    const sub = (namespace: string, flowId: string) =>
      `  - id: c\n    type: io.kestra.plugin.core.flow.Subflow\n    flowId: ${flowId}\n    namespace: ${namespace}\n`;
    const tasks = [
      sub("calls", "load_all"),
      sub("calls", '"load"'),
      sub("calls", "  x"),
      sub("other", "x"),
      sub("calls", "load # again"),
    ];
    const caller = flow("caller", tasks.join(""));
    const expected = [
      { name: "calls/load_all", line: 6 },
      { name: "calls/load", line: 10 },
      { name: "calls/x", line: 14 },
      { name: "other/x", line: 18 },
      { name: "calls/load", line: 22 },
    ];
    assert.deepEqual(callsIn(caller), expected);
    assert.deepEqual(callsIn({ ...caller, source: caller.source.replaceAll("\n", "\r\n") }), expected);
    assert.deepEqual(subflowsOf(caller), ["calls/load_all", "calls/load", "calls/x", "other/x"]);
  });

  it("without a namespace or an id are left to the server to refuse", () => {
    const type = "  - id: c\n    type: io.kestra.plugin.core.flow.Subflow\n";
    const parts = ["flowId: x", "namespace: calls", "flowId: x\n    namespace:", "flowId:\n    namespace: calls"];
    const caller = flow("caller", parts.map((part) => `${type}    ${part}\n`).join(""));
    assert.deepEqual(callsIn(caller), []);
  });

  it("put a flow after the flows it calls, and keep the order of the others", () => {
    const flows = [flow("a", nested("If", "then", "c")), flow("b"), flow("c", call("d")), flow("d"), flow("e")];
    assert.deepEqual(ids(flows), [["d"], ["c", "d"], ["a", "c"], ["b"], ["e"]]);
  });

  it("in a cycle keep the order of the files, and so do the flows after it", () => {
    const flows = [
      flow("a", call("b")),
      flow("b", call("c") + call("x")),
      flow("c", call("a")),
      flow("x"),
      flow("self", call("self")),
    ];
    assert.deepEqual(ids(flows), [["a"], ["x"], ["b", "x"], ["c"], ["self"]]);
  });
});

describe("a folder of flows", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "flows-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  function write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
  }
  const paths = (args: { include?: string[]; exclude?: string[] } = {}) =>
    readFlows({ directory, ...args }).map(({ file }) => file.slice(directory.length + 1));

  it("gives its YAML files at any depth, sorted by path, as the patterns include and exclude them", () => {
    write({
      "b.yaml": flow("b").source,
      "sub/a.yml": flow("a").source,
      "notes.md": "no flow",
      "old/c.yaml": "no flow",
    });
    assert.deepEqual(paths({ exclude: ["old/"] }), ["b.yaml", "sub/a.yml"]);
    assert.deepEqual(paths({ include: ["/*.yaml"] }), ["b.yaml"]);
  });

  it("reports both files of a duplicate flow, and every file that isn't a flow, at once", () => {
    write({ "a.yaml": flow("same").source, "b.yaml": flow("same").source, "c.yaml": "id: x\n", "d.yaml": "tasks: [" });
    assert.throws(paths, (error: Error) => {
      const lines = error.message.replaceAll(`${directory}/`, "").split("\n");
      assert.deepEqual(lines.slice(0, 1), ["c.yaml:1: the flow has no namespace: add a line 'namespace: …'"]);
      assert.match(lines[1]!, /^d\.yaml:1: not valid YAML: /);
      assert.equal(lines.at(-1), "a.yaml and b.yaml both define flow 'calls/same': rename or remove one of them.");
      return true;
    });
  });

  it("is refused if it's missing or has no flows", () => {
    assert.throws(() => readFlows({ directory: "nowhere" }), /^Error: folder 'nowhere' can't be read \(ENOENT/);
    assert.throws(paths, {
      message: `folder '${directory}' has no flows (*.yaml, *.yml). Correct 'directory' or 'include'.`,
    });
  });

  it("refuses two files that differ only in their extension", () => {
    write({ "a.yaml": flow("a").source, "a.yml": flow("b").source, "sub/a.yml": flow("c").source });
    const [yaml, yml] = ["a.yaml", "a.yml"].map((name) => join(directory, name));
    assert.throws(paths, { message: `${yaml} and ${yml} differ only in their extension: rename one of them.` });
  });

  it("reports a link to nothing, unless it's excluded, and a link that can't be followed", () => {
    write({ "a.yaml": flow("a").source });
    symlinkSync("nowhere.yaml", join(directory, "b.yaml"));
    const message = `${join(directory, "b.yaml")} is a broken link. Remove it or exclude it.`;
    assert.throws(paths, { message });
    assert.deepEqual(paths({ exclude: ["b.yaml"] }), ["a.yaml"]);
    symlinkSync("c.yaml", join(directory, "c.yaml"));
    assert.throws(() => paths({ exclude: ["b.yaml"] }), {
      message: `${join(directory, "c.yaml")} is a link that can't be followed (ELOOP). Remove it or exclude it.`,
    });
  });

  it("names the file whose transform fails, once", () => {
    write({ "a.yaml": flow("a").source, "b.yaml": flow("b").source });
    const [a, b] = ["a.yaml", "b.yaml"].map((name) => join(directory, name));
    const transform = (_source: string, file: string): string => {
      throw new Error(file === a ? "no such variable" : `${file}:3: no such variable`);
    };
    const message = `${a}: no such variable\n${b}:3: no such variable`;
    assert.throws(() => readFlows({ directory, transform }), { message });
  });

  it("passes each source through the transform", () => {
    write({ "a.yaml": flow("a").source });
    const [found] = readFlows({ directory, transform: (source, file) => `# ${file.split("/").at(-1)}\n${source}` });
    assert.equal(found!.source, `# a.yaml\n${flow("a").source}`);
  });
});
