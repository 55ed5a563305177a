import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { deleteFile, getFile } from "../../kestra/client/namespaceFiles";
import { deleteFlow, getFlow } from "../../kestra/client/flows";
import { namespace, stack, type Stack } from "../support/stack";

describe("the resources under the real engine", () => {
  let local: Stack;
  const revision = async (flow: string) => (await getFlow(local.client, namespace, flow))?.revision;

  before(async function () {
    this.timeout("10m");
    local = await stack();
  });

  it("see what was changed behind their back at a refresh, and correct it at the next up", async function () {
    this.timeout("5m");
    await deleteFlow(local.client, namespace, "02_gcp_load_bay_area_county");
    await local.setKv("GCP_LOCATION", "EU");
    await deleteFile(local.client, namespace, "profiles.yml");
    const refreshed = await local.workspace.pulumi("refresh", "--yes");
    assert.match(refreshed, /- 1 deleted/);
    assert.match(refreshed, /~ 2 updated/);
    const up = await local.workspace.pulumi("up", "--yes");
    assert.match(up, /\+ 1 created/);
    assert.match(up, /~ 2 updated/);
    assert.equal(await local.kv("GCP_LOCATION"), "US");
    assert.ok(await revision("02_gcp_load_bay_area_county"));
    assert.deepEqual(await getFile(local.client, namespace, "profiles.yml"), readFileSync("dbt/profiles.yml"));
    assert.match(await local.workspace.pulumi("preview", "--refresh", "--expect-no-changes"), /31 unchanged/);
  });

  it("adopt what exists: a flow that Pulumi forgot is taken over without a new revision", async function () {
    this.timeout("3m");
    const before = await revision("06_gcp_dbt");
    const urn =
      "urn:pulumi:local::bay-wheels::baywheels:kestra:Pipeline$kestra:index:FlowSet$pulumi-nodejs:dynamic/kestra:Flow::pipeline-06_gcp_dbt";
    await local.workspace.pulumi("state", "delete", urn, "--yes");
    assert.match(await local.workspace.pulumi("up", "--yes"), /\+ 1 created/);
    assert.equal(await revision("06_gcp_dbt"), before);
  });

  it("leave a trigger paused that somebody paused, when its flow changes", async function () {
    this.timeout("3m");
    const path = `/triggers/${namespace}/05_gcp_load_data_scheduled`;
    const paused = async () =>
      ((await (await local.client.send("GET", path)).json()) as { results: { disabled: boolean }[] }).results[0]!
        .disabled;
    const trigger = { namespace, flowId: "05_gcp_load_data_scheduled", triggerId: "monthly", disabled: true };
    await local.client.send("PUT", "/triggers", { contentType: "application/json", content: JSON.stringify(trigger) });
    assert.equal(await paused(), true);
    const file = local.workspace.path("flows/05_gcp_load_data_scheduled.yaml");
    const source = readFileSync(file, "utf8");
    const before = await revision("05_gcp_load_data_scheduled");
    writeFileSync(file, `${source}\n# a remark\n`);
    try {
      assert.match(await local.workspace.pulumi("up", "--yes"), /~ 1 updated/);
      assert.equal(await revision("05_gcp_load_data_scheduled"), before! + 1);
      assert.equal(await paused(), true);
    } finally {
      writeFileSync(file, source);
    }
    await local.workspace.pulumi("up", "--yes");
  });

  /** Flow files by their ids: what follows the id, and what is said of it. Text that is no YAML is found first. */
  const wrong: [string, Record<string, [string, RegExp]>][] = [
    ["are no YAML", { "07_no_yaml": ["  - id: [\n", /flows\/07_no_yaml\.yaml:\d: not valid YAML: /] }],
    [
      "the server would refuse",
      {
        "08_unknown_type": [
          "  - id: odd\n    type: io.kestra.plugin.nowhere.Task\n",
          /flows\/08_unknown_type\.yaml:5: .*Invalid type: io\.kestra\.plugin\.nowhere\.Task/,
        ],
        "09_no_message": [
          "  - id: say\n    type: io.kestra.plugin.core.log.Log\n",
          /flows\/09_no_message\.yaml:4: .*message: must not be null/,
        ],
      },
    ],
  ];
  for (const [what, broken] of wrong) {
    it(`refuse flow files that ${what}, by file and line, before anything is changed`, async function () {
      this.timeout("2m");
      const file = (id: string) => local.workspace.path(`flows/${id}.yaml`);
      for (const [id, [tasks]] of Object.entries(broken))
        writeFileSync(file(id), `id: ${id}\nnamespace: bay-wheels\ntasks:\n${tasks}`);
      writeFileSync(local.workspace.path("dbt/new.txt"), "a file that must not be uploaded");
      const { code, output } = await local.workspace.npm("pulumi", "up", "--yes", "-s", "local");
      for (const id of Object.keys(broken)) rmSync(file(id));
      rmSync(local.workspace.path("dbt/new.txt"));
      assert.equal(code, 1, output);
      for (const [, message] of Object.values(broken)) assert.match(output, message);
      assert.doesNotMatch(output, /Updating|^ +at /m);
      assert.equal(await getFile(local.client, namespace, "new.txt"), undefined);
    });
  }
});
