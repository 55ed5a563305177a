import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runDbt } from "./dbtLab";

/** What the tests read of dbt's manifest.json. */
interface Manifest {
  nodes: Record<
    string,
    { resource_type: string; config: { materialized?: string }; depends_on: { nodes: string[] } }
  >;
}

describe("the models as dbt reads them", () => {
  const folder = mkdtempSync(join(tmpdir(), "dbt-manifest-"));
  let manifest: Manifest;

  before(async () => {
    await runDbt(folder, "http://127.0.0.1:9", ["parse"]);
    manifest = JSON.parse(readFileSync(join(folder, "target", "manifest.json"), "utf8")) as Manifest;
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** All nodes above a node. */
  const above = (id: string): string[] =>
    (manifest.nodes[id]?.depends_on.nodes ?? []).flatMap((parent) => [parent, ...above(parent)]);

  it("are built before the list of built loads, all that are incremental", () => {
    const incremental = Object.entries(manifest.nodes)
      .filter(([, node]) => node.config.materialized === "incremental")
      .map(([id]) => id);
    assert.equal(incremental.length, 7);
    const waits = new Set(above("model.bay_wheels.built_loads"));
    assert.deepEqual(
      incremental.filter((id) => !waits.has(id)),
      [],
    );
  });

  it("are tested before the list of built loads", () => {
    // dbt runs a test before a model when all that the test reads lies above the model
    const waits = new Set(above("model.bay_wheels.built_loads"));
    const tests = Object.entries(manifest.nodes).filter(([, { resource_type }]) => resource_type === "test");
    const read = tests.flatMap(([, { depends_on }]) => depends_on.nodes);
    assert.deepEqual([...new Set(read.filter((id) => !waits.has(id)))], []);
  });
});
