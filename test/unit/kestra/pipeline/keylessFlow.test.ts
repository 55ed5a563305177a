import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseFlow } from "../../../../kestra/flows/flowFile";
import { withoutKey } from "../../../../kestra/pipeline/keylessFlow";

const head = "id: f\nnamespace: n\ntasks:\n";
const keyless = (tasks: string) => withoutKey(parseFlow("flows/f.yaml", head + tasks)).source.slice(head.length);

describe("a flow without a key", () => {
  it("is as it was written, but for the one property of Google's tasks", () => {
    const task = (rest: string) =>
      `  - id: a # one\n    type: io.kestra.plugin.gcp.gcs.Upload\n\n    # who\n${rest}    # what\n    to:   'x'\n`;
    assert.equal(keyless(task("    serviceAccount: \"{{ kv('GCP_CREDS') }}\" # key\n")), task(""));
    assert.equal(keyless(task("    serviceAccount: |\n      {{ kv('A') }}\n      b\n")), task(""));
    assert.equal(keyless(task("    serviceAccount:\n      \"{{ kv('A') }}\"\n")), task(""));
  });

  it("also as the last line of a task, of the file, without a line end", () => {
    const task = "  - id: a\n    type: io.kestra.plugin.gcp.bigquery.Query\n";
    assert.equal(keyless(`${task}    serviceAccount: x`), task);
    assert.equal(keyless(`${task}    serviceAccount: x\n  - id: b\n    type: t\n`), `${task}  - id: b\n    type: t\n`);
  });

  it("also within braces", () => {
    const flow = (inner: string) => `  - {id: a,type: io.kestra.plugin.gcp.gcs.List${inner},   from: "gs://b"}\n`;
    assert.equal(keyless(flow(", serviceAccount: k")), flow(""));
    assert.equal(
      keyless("  - {id: a, type: io.kestra.plugin.gcp.gcs.List, serviceAccount: k}\n"),
      "  - {id: a, type: io.kestra.plugin.gcp.gcs.List}\n",
    );
    assert.equal(
      keyless("  - {serviceAccount: k, type: io.kestra.plugin.gcp.gcs.List}\n"),
      "  - {type: io.kestra.plugin.gcp.gcs.List}\n",
    );
  });

  it("keeps a property of that name in another place", () => {
    const other = "  - id: a\n    type: io.kestra.plugin.kubernetes.PodCreate\n    serviceAccount: x\n";
    assert.equal(keyless(other), other);
  });

  it("names file and line of a property that can't be removed", () => {
    assert.throws(
      () => keyless("  - serviceAccount: x\n    id: a\n    type: io.kestra.plugin.gcp.gcs.List\n"),
      /^Error: flows\/f\.yaml:4: serviceAccount can't be removed here: put it on its own line, not as the task's first property$/,
    );
  });

  for (const name of readdirSync("flows").filter((file) => file.endsWith(".yaml")))
    it(`${name} loses its lines with a key, and no other`, () => {
      const flow = parseFlow(name, readFileSync(join("flows", name), "utf8"));
      const { source } = withoutKey(flow);
      assert.equal(source, flow.source.replace(/^ *serviceAccount: .*\n/gm, ""));
      assert.doesNotThrow(() => parse(source) as unknown);
    });
});
