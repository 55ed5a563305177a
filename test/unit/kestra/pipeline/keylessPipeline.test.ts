import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { madeInCluster, withDocker } from "../../support/cloudStacks";

describe("a flow on stack gke whose key cannot be taken out", () => {
  withDocker();
  const root = process.cwd();
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bay-wheels-flows-"));
    for (const name of ["dbt", "dynamic", "infra", "kestra", "package-lock.json"])
      symlinkSync(join(root, name), join(folder, name));
    mkdirSync(join(folder, "flows"));
    const task = "  - serviceAccount: x\n    id: a\n    type: io.kestra.plugin.gcp.gcs.List\n";
    writeFileSync(join(folder, "flows", "f.yaml"), `id: f\nnamespace: bay-wheels\ntasks:\n${task}`);
    process.chdir(folder);
  });
  after(() => {
    process.chdir(root);
    rmSync(folder, { recursive: true });
  });

  it("stops the program with file and line, and no stack trace", async () => {
    await assert.rejects(madeInCluster(), (error: Error) => {
      assert.ok(RunError.isInstance(error));
      assert.match(error.message, /^flows\/f\.yaml:4: serviceAccount can't be removed here/);
      return true;
    });
  });
});
