import assert from "node:assert/strict";
import { pluginLab, type PluginLab, type Task } from "../../../lab/pluginLab";

/** One task of each fake type, and the properties without which Kestra refuses it. */
const tasks: [Task, ...string[]][] = [
  [{ id: "upload", type: "io.kestra.plugin.gcp.gcs.Upload", from: "kestra:///x", to: "gs://lab/x" }],
  [{ id: "query", type: "io.kestra.plugin.gcp.bigquery.Query", sql: "select 1" }],
  [
    { id: "unzip", type: "io.kestra.plugin.compress.ArchiveDecompress", algorithm: "ZIP", from: "kestra:///x" },
    "algorithm",
    "from",
  ],
  [{ id: "dbt", type: "io.kestra.plugin.dbt.cli.DbtCLI", commands: ["dbt build"] }, "commands"],
  [{ id: "sync", type: "io.kestra.plugin.git.SyncNamespaceFiles", url: "https://example.com/x.git" }],
];

describe("fake tasks: Kestra's own validation", () => {
  let lab: PluginLab;
  before(async () => (lab = await pluginLab()));

  for (const [task, ...required] of tasks)
    it(`of ${task.type} requires the plugin's properties, and refuses and names others`, async () => {
      assert.equal(await lab.validate(task), "");
      assert.match(await lab.validate({ ...task, colour: "blue" }), /Unrecognized field "colour" \(class io\.kestra/);
      for (const property of Object.keys(task).filter((each) => each !== "id" && each !== "type")) {
        const verdict = await lab.validate({ ...task, [property]: undefined });
        const expected = required.includes(property) ? new RegExp(`\\b${property}: must not be null`) : /^$/;
        assert.match(verdict, expected, property);
      }
    });
});
