import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ownVariables, templateFaults } from "./templateEngine";

const files = (readdirSync("flows", { recursive: true }) as string[]).map((name) => join("flows", name));
const texts = (end: string) => files.filter((name) => name.endsWith(end)).map((name) => readFileSync(name, "utf8"));
const flow = (message: string, more = "") => `
id: example
variables:
  header: "{{ outputs.download.body }}"
  failed: ""
tasks:
  - id: remember
    type: io.kestra.plugin.core.execution.SetVariables
    variables: {failed: "{{ outputs.load.body }}"}
  - id: log
    type: io.kestra.plugin.core.log.Log
    message: ${JSON.stringify(message)}
${more}`;

describe("the templates of flows and SQL", () => {
  it("render nothing but the program's own text, and that once", () => {
    const flows = texts(".yaml");
    assert.equal(flows.length, 5);
    assert.deepEqual(
      flows.flatMap((source) => templateFaults(source)),
      [],
    );
    assert.ok(texts(".sql").length > 9 && texts(".peb").length > 0);
    const own = new Set(flows.flatMap((source) => [...ownVariables(source)]));
    assert.deepEqual(
      [...texts(".sql"), ...texts(".peb")].flatMap((source) => templateFaults(source, own)),
      [],
    );
  });

  const faults: [string, string][] = [
    ["{{ render(outputs.download.body) }}", "render("],
    ["{{ render(vars.header) }}", "render("],
    ["{% set text = render (vars.header) %}", "render ("],
    ["{{ renderOnce(outputs.download.body) }}", "renderOnce(outputs.download.body)"],
    ["{{ renderOnce(read(outputs.download.uri)) }}", "renderOnce(read(outputs.download.uri))"],
    ["{{ renderOnce((errorLogs() | last).message) }}", "renderOnce((errorLogs() | last).message)"],
    ["{{ renderOnce(vars.failed) }}", "renderOnce(vars.failed)"],
    ["{{ renderOnce(vars.unknown) }}", "renderOnce(vars.unknown)"],
    ["{{ renderOnce(vars.header ~ outputs.download.body) }}", "renderOnce(vars.header ~ outputs.download.body)"],
    ["{% set text = outputs.load.body %}{{ renderOnce(text) }}", "renderOnce(text)"],
    ["{% include outputs.download.body %}", "{% include"],
  ];
  for (const [template, fault] of faults)
    it(`may not hold ${template}`, () => {
      assert.deepEqual(templateFaults(flow(template)), [fault]);
      assert.deepEqual(templateFaults(`select 1 -- ${template}`, new Set(["header"])), [fault]);
    });

  it("may hold no other value than an entry in a script's env", () => {
    const env = (value: string) => flow("", `    env: {PROJECT: "{{ kv('GCP_PROJECT_ID') }}", TEXT: "${value}"}`);
    assert.deepEqual(templateFaults(env("C")), []);
    const orElse = (value: string) => `{{ kv('A', errorOnMissing=false) ?? ${value} }}`;
    assert.deepEqual(templateFaults(env(orElse("'1'"))), []);
    assert.deepEqual(templateFaults(env(orElse("outputs.a.b"))), [orElse("outputs.a.b")]);
    assert.deepEqual(templateFaults(env("{{ outputs.load.body }}")), ["{{ outputs.load.body }}"]);
  });

  it("may render a variable, a part of one, and a file of the program", () => {
    const good =
      "{{ renderOnce(vars.header) ~ renderOnce(vars.header[0].a) ~ renderOnce(read('sql/merge_month.sql')) }}";
    assert.deepEqual(templateFaults(flow(good)), []);
  });
});
