import assert from "node:assert/strict";
import type { Connection } from "../../../../kestra/client/connection";
import { KestraHost, password, username, yaml } from "../../../../local/lab/kestraHost";
import { nowhere } from "../support/kestraRequests";
import { PulumiProject } from "../../../support/pulumiProject";
import type { Flow } from "../../../../local/lab/kestraTypes";

const namespace = "folder";
const log = (message: string) => `  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: ${message}\n`;
const text = (id: string, message = "hello", rest = "") =>
  `id: ${id}\nnamespace: ${namespace}\n# a remark\ntasks:\n${log(message)}${rest}`;
const call = (id: string) =>
  "  - id: maybe\n    type: io.kestra.plugin.core.flow.If\n    condition: true\n    then:\n      - id: call\n" +
  `        type: io.kestra.plugin.core.flow.Subflow\n        namespace: ${namespace}\n        flowId: ${id}\n`;

/** A program of one FlowSet, with what `args.json` says. */
const program = `import { readFileSync } from "node:fs";
import { FlowSet } from "@bay-wheels/kestra";
new FlowSet("set", { directory: "flows", ...JSON.parse(readFileSync("args.json", "utf8")) });
`;

describe("a FlowSet under Pulumi's engine", function () {
  this.timeout("3m");
  let host: KestraHost;
  let project: PulumiProject;

  before(async () => {
    host = await KestraHost.start();
    const env = { KESTRA_URL: host.url, KESTRA_USERNAME: username, KESTRA_PASSWORD: password };
    project = await PulumiProject.ofProgram("flow-set", program, env);
    state({});
  });
  after(async () => {
    project?.dispose();
    await host?.dispose();
  });

  /** What the program states besides the files. */
  function state(args: { bulk?: boolean; strict?: boolean; connection?: Connection }): void {
    project.write("args.json", JSON.stringify(args));
  }
  function write(files: Record<string, string>): void {
    for (const [name, content] of Object.entries(files)) project.write(`flows/${name}`, content);
  }
  const up = (...args: string[]) => project.succeed("up", "--yes", "--skip-preview", ...args);
  const there = async () => {
    const { json } = await host.send<Flow[]>("GET", `/flows/${namespace}`);
    return Object.fromEntries(json.map(({ id, revision }): [string, number] => [id, revision]).sort());
  };

  it("writes nothing if one source is refused, and reports every fault with file and line", async () => {
    write({
      "a.yaml": text("a"),
      "b.yaml": text("b").replace("log.Log", "no.Task"),
      "c.yaml": text("c").replace("message", "text"),
    });
    const { code, output } = await project.run("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    const fault = output.slice(output.lastIndexOf("error: Kestra found")).split("\n").slice(0, 3);
    assert.equal(fault[0], "error: Kestra found 2 problem(s) in the flow files; none of these flows was changed:");
    assert.equal(fault[1]!.trim(), "flows/b.yaml:6: Invalid type: io.kestra.plugin.core.no.Task");
    assert.match(fault[2]!, /flows\/c\.yaml:\d: /);
    assert.ok(!output.includes("    at "), output);
    assert.deepEqual(await there(), {});
  });

  it("registers each flow after the flows it calls, and warns about a call of an unknown flow", async () => {
    write({
      "a.yaml": text("a", "hello", call("c")),
      "b.yaml": text("b", "hello", call("nowhere")),
      "c.yaml": text("c"),
    });
    const { output } = await up();
    assert.ok(output.indexOf("set-c created") < output.indexOf("set-a creating"), output);
    assert.match(output, /warning: flows\/b\.yaml:15: calls flow 'folder\/nowhere', which is neither among/);
    assert.deepEqual(await there(), { a: 1, b: 1, c: 1 });
    state({ strict: true });
    const strict = await project.run("preview");
    assert.notEqual(strict.code, 0);
    assert.match(strict.output, /found 1 problem\(s\) [^\n]*\n\s*flows\/b\.yaml:15: calls flow 'folder\/nowhere'/);
    state({});
    write({ "b.yaml": text("b") });
    assert.doesNotMatch((await up()).output, /warning/);
  });

  it("shows the changed lines, and no change for line endings", async () => {
    write({ "c.yaml": text("c").replaceAll("\n", " \r\n") });
    await project.succeed("preview", "--expect-no-changes");
    write({ "c.yaml": text("c").replace("# a remark", "# another remark").replaceAll("\n", "\r\n") });
    const { output } = await project.succeed("preview", "--diff");
    assert.match(output, /\n\s+- # a remark\n\s+\+ # another remark\n/);
    assert.doesNotMatch(output, /[-+] (namespace|tasks):/);
    write({ "c.yaml": text("c") });
  });

  it("shows drift as lines, not hashes, and corrects it", async () => {
    await host.send("PUT", `/flows/${namespace}/c`, text("c", "by hand"), yaml);
    const { output } = await project.succeed("preview", "--refresh", "--diff");
    assert.match(output, /\n\s+- {5}message: by hand\n\s+\+ {5}message: hello\n/);
    assert.match(output, /~ revision +: 1 => 2/);
    assert.doesNotMatch(output, /hash/i);
    await up("--refresh");
    assert.deepEqual(await there(), { a: 1, b: 2, c: 3 });
    await project.succeed("preview", "--refresh", "--expect-no-changes");
  });

  it("deletes the flow of a removed file, and no other", async () => {
    await host.send("POST", "/flows", text("foreign"), yaml);
    project.remove("flows/b.yaml");
    assert.match((await up()).output, /- 1 deleted/);
    assert.deepEqual(await there(), { a: 1, c: 3, foreign: 1 });
  });

  it("stores each source once in state, and no password", () => {
    const found = project.state();
    assert.equal(found.split("message: hello").length - 1, 2);
    assert.ok(!found.includes(password));
  });

  it("switches to one resource and back without a new revision", async () => {
    state({ bulk: true });
    const { output } = await up();
    assert.match(output, /kestra:Flows set created/);
    assert.deepEqual(await there(), { a: 1, c: 3, foreign: 1 });
    state({});
    await up();
    assert.deepEqual(await there(), { a: 1, c: 3, foreign: 1 });
    state({ bulk: true });
    await up();
  });

  it("names each added, changed and removed flow of a bundle, and shows the changed lines", async () => {
    write({ "c.yaml": text("c", "changed"), "d.yaml": text("d") });
    project.remove("flows/a.yaml");
    const { output } = await project.succeed("preview", "--diff");
    assert.match(output, /- folder\/a: /);
    assert.match(output, /~ folder\/c: \n/);
    assert.match(output, /\+ folder\/d: /);
    assert.match(output, /\n\s+- {5}message: hello\n\s+\+ {5}message: changed\n/);
    await up();
    assert.deepEqual(await there(), { c: 4, d: 1, foreign: 1 });
    await project.succeed("preview", "--refresh", "--expect-no-changes");
  });

  it("can be previewed while its server is down, and says that nothing was validated", async () => {
    state({ bulk: true, connection: nowhere });
    const { output } = await project.succeed("preview");
    assert.match(output, /2 flow\(s\) can't be validated now: Kestra at http:\/\/127\.0\.0\.1:2 cannot be reached/);
    assert.match(output, /~ 1 to update/);
    assert.ok(!output.includes(password));
    state({ bulk: true });
  });

  it("suggests bulk from 50 flows on", async () => {
    const names = Array.from({ length: 48 }, (_, i) => `many${i}`);
    write(Object.fromEntries(names.map((name) => [`${name}.yaml`, text(name)])));
    assert.doesNotMatch((await project.succeed("preview")).output, /warning/);
    state({});
    assert.match((await project.succeed("preview")).output, /FlowSet 'set' has 50 flows: 'bulk: true' is much faster/);
    for (const name of names) project.remove(`flows/${name}.yaml`);
    state({ bulk: true });
  });

  it("leaves none of its flows after a destroy", async () => {
    await project.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await there(), { foreign: 1 });
  });
});
