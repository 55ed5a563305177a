import assert from "node:assert/strict";
import { pluginLab, type PluginLab, type Task } from "../../../lab/pluginLab";

/** One task of each fake type with all that it needs. */
const complete: Record<string, Task> = {
  upload: { id: "upload", type: "io.kestra.plugin.gcp.gcs.Upload", from: "kestra:///x", to: "gs://lab/x" },
  query: { id: "query", type: "io.kestra.plugin.gcp.bigquery.Query", sql: "select 1" },
  unzip: { id: "unzip", type: "io.kestra.plugin.compress.ArchiveDecompress", algorithm: "ZIP", from: "kestra:///x" },
  dbt: { id: "dbt", type: "io.kestra.plugin.dbt.cli.DbtCLI", commands: ["dbt build"] },
  sync: { id: "sync", type: "io.kestra.plugin.git.SyncNamespaceFiles", url: "https://example.com/x.git" },
};

/** Properties without which a type can't do anything, though not every plugin says so before it runs. */
const refusedWithout: Record<string, string[]> = {
  unzip: ["algorithm", "from"],
  dbt: ["commands"],
};
const acceptedWithout: Record<string, string[]> = { upload: ["from", "to"], query: ["sql"], sync: ["url"] };

describe("fake tasks: Kestra's own validation", () => {
  let lab: PluginLab;

  before(async () => {
    lab = await pluginLab();
  });

  for (const [name, task] of Object.entries(complete)) {
    describe(task.type, () => {
      it("takes a complete task", async () => {
        assert.equal(await lab.validate(task), "");
      });

      it("refuses a property that the plugin lacks, and names it", async () => {
        assert.match(
          await lab.validate({ ...task, colour: "blue" }),
          /Unrecognized field "colour" \(class io\.kestra\.plugin\./,
        );
      });

      for (const property of acceptedWithout[name] ?? []) {
        it(`accepts a task without ${property}, as the plugin does`, async () => {
          assert.equal(await lab.validate({ ...task, [property]: undefined }), "");
        });
      }

      for (const property of refusedWithout[name] ?? []) {
        it(`refuses a task without ${property}`, async () => {
          assert.match(
            await lab.validate({ ...task, [property]: undefined }),
            new RegExp(`\\b${property}: must not be null`),
          );
        });
      }
    });
  }

  it("refuses a property of the plugin that isn't supported here", async () => {
    assert.match(
      await lab.validate({ ...complete.query!, impersonatedServiceAccount: "x" }),
      /Unrecognized field "impersonatedServiceAccount"/,
    );
  });

  it("refuses a value outside a property's list", async () => {
    assert.match(await lab.validate({ ...complete.dbt!, storeManifest: { key: "m" } }), /namespace: must not be null/);
  });
});
