import assert from "node:assert/strict";
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import { execute, follow } from "../../../kestra/client/executions";
import { getFlow, updateFlow } from "../../../kestra/client/flows";
import { getKv } from "../../../kestra/client/kv";
import { getFile } from "../../../kestra/client/namespaceFiles";
import { DevStack } from "../support/devStack";
import { assertOrder } from "../support/order";
import { namespace } from "../../support/stack";

const flowIds = [
  "01_gcp_kv",
  "02_gcp_load_bay_area_county",
  "04_gcp_load_month",
  "05_gcp_load_data_scheduled",
  "06_gcp_dbt",
];
const apis = ["bigquery", "cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "orgpolicy", "storage"];

describe("the life of stack dev, under the real engine with fake vendor plugins", function () {
  this.timeout("4m");
  let dev: DevStack;

  before(async () => {
    dev = await DevStack.create();
  });
  after(() => dev.dispose());

  const runs = async () => {
    const answer = await (await dev.client()).send("GET", `/executions/search?namespace=${namespace}&size=10`);
    return ((await answer.json()) as { results: { id: string }[] }).results.map(({ id }) => id);
  };
  const revisions = async () => {
    const client = await dev.client();
    return Promise.all(flowIds.map(async (id) => (await getFlow(client, namespace, id))?.revision));
  };

  it("a preview makes nothing", async () => {
    assert.match(await dev.succeed("preview"), /\+ 52 to create/);
    assert.deepEqual(dev.steps(), []);
  });

  it("an up makes these things, each when what it needs is there", async () => {
    const printed = await dev.up();
    const steps = dev.steps();
    // test/unit/infra/dataPlatform.test.ts names them
    assert.equal(steps.length, 23);
    assert.ok(steps.every((step) => step.startsWith("create ")));
    for (const api of apis) {
      for (const later of ["Bucket data-bucket", "Dataset data-dataset", "Account data-account"])
        assertOrder(steps, `create Service data-api-${api}`, `create ${later}`);
    }
    assertOrder(steps, "create Bucket data-bucket", "create BucketIAMMember data-bucket-role");
    assertOrder(steps, "create Account data-account", "create Key data-key");
    assertOrder(steps, "create Container kestra-postgres-container", "create Container kestra-container");
    assertOrder(
      printed,
      "kestra-container created",
      "kestra-ready created",
      "pipeline-GCP_CREDS created",
      "pipeline-06_gcp_dbt created",
    );
    assertOrder(printed, "data-bucket-role created", "pipeline-GCP_CREDS created");
  });

  it("the server that got the container's configuration holds flows, entries and files", async () => {
    const client = await dev.client();
    assert.deepEqual(await revisions(), [1, 1, 1, 1, 1]);
    const value = async (key: string) => (await getKv(client, namespace, key))?.value;
    assert.equal(await value("GCP_PROJECT_ID"), "test-project-1");
    assert.equal(await value("GCP_BUCKET_NAME"), "test-project-1-bay-wheels-dev");
    assert.equal(await value("DBT_TARGET"), "service_account");
    assert.equal(await value("TRIPS_URL"), "https://s3.amazonaws.com/baywheels-data");
    const key = dev.properties("serviceaccount/key:Key").privateKey as string;
    assert.deepEqual(await value("GCP_CREDS"), JSON.parse(Buffer.from(key, "base64").toString()));
    const file = await getFile(client, namespace, "dbt_project.yml");
    assert.equal(file?.toString(), readFileSync("dbt/dbt_project.yml", "utf8"));
    for (const path of ["sql/merge_month.sql", "templates/load_failure.peb"]) {
      const text = await getFile(client, namespace, path);
      assert.equal(text?.toString(), readFileSync(`flows/${path}`, "utf8"));
    }
    const refused = await fetch(`${client.endpoint}/api/v1/main/flows/search`);
    assert.equal(refused.status, 401);
  });

  it("outputs say where everything is; the password is a secret", async () => {
    const printed = await dev.succeed("stack", "output");
    assert.match(printed, /kestraPassword +\[secret\]/);
    const { kestraUser, bucket, dataset, serviceAccountEmail, bucketLink, datasetLink } = await dev.outputs();
    assert.deepEqual(
      [kestraUser, bucket, dataset],
      ["admin@bay-wheels.local", "test-project-1-bay-wheels-dev", "bay_wheels_dev"],
    );
    assert.equal(serviceAccountEmail, "bay-wheels-dev@test-project-1.iam.gserviceaccount.com");
    assert.equal(bucketLink, `https://console.cloud.google.com/storage/browser/${bucket}?project=test-project-1`);
    assert.match(datasetLink!, /^https:\/\/console\.cloud\.google\.com\/bigquery\?project=test-project-1&/);
  });

  it("a second up changes nothing", async () => {
    await dev.succeed("preview", "--expect-no-changes");
    await dev.up("--expect-no-changes", "--refresh");
    assert.deepEqual(dev.steps(), []);
  });

  it("a new key is among the entries before the old one goes", async () => {
    const former = dev.properties("serviceaccount/key:Key").privateKey;
    await dev.set("keyRotation", "2026-11");
    const printed = await dev.up("--skip-preview");
    assert.deepEqual(dev.steps(), ["create Key data-key", "delete Key data-key"]);
    assertOrder(printed, "data-key created replacement", "pipeline-GCP_CREDS updated", "data-key deleting original");
    const key = dev.properties("serviceaccount/key:Key").privateKey as string;
    assert.notEqual(key, former);
    const entry = await getKv(await dev.client(), namespace, "GCP_CREDS");
    assert.deepEqual(entry?.value, JSON.parse(Buffer.from(key, "base64").toString()));
  });

  it("a new password makes the container anew, and nothing else; flows, entries and history stay", async () => {
    const former = await dev.client();
    const { id } = await execute(former, namespace, "01_gcp_kv", {});
    assert.equal((await follow(former, id)).state.current, "SUCCESS");
    await dev.set("kestraPasswordRotation", "1");
    // also a preview, while the server still has the old password
    await dev.succeed("preview");
    await dev.up("--skip-preview");
    assert.deepEqual(dev.steps(), ["delete Container kestra-container", "create Container kestra-container"]);
    assert.deepEqual([await runs(), await revisions()], [[id], [1, 1, 1, 1, 1]]);
    await assert.rejects(former.send("GET", "/flows/search"), /refuses the password/);
    await dev.succeed("preview", "--expect-no-changes");
  });

  it("a flow that left the folder goes, with the new password", async () => {
    const file = dev.workspace.path("flows/02_gcp_load_bay_area_county.yaml");
    renameSync(file, `${file}.away`);
    await dev.up("--skip-preview");
    assert.deepEqual(await revisions(), [1, undefined, 1, 1, 1]);
    renameSync(`${file}.away`, file);
    await dev.up("--skip-preview");
    assert.equal(typeof (await revisions())[1], "number");
    assert.deepEqual(dev.steps(), []);
  });

  it("removing a flow together with a password change explains how to do it, which works", async () => {
    const file = dev.workspace.path("flows/02_gcp_load_bay_area_county.yaml");
    renameSync(file, `${file}.away`);
    await dev.set("kestraPasswordRotation", "2");
    const printed = await dev.fail("up", "--yes", "--skip-preview");
    assert.match(
      printed,
      /Flow 'bay-wheels\/02_gcp_load_bay_area_county' can't be deleted: the server's password changed .* Restore its file, run/,
    );
    renameSync(`${file}.away`, file);
    await dev.up("--skip-preview");
    await dev.succeed("preview", "--expect-no-changes");
    dev.steps();
  });

  it("a change that leaves the image equal gives it another tag; its container runs on", async () => {
    appendFileSync(dev.workspace.path("kestra/server/image/Dockerfile"), "\n# newer\n");
    // it doesn't know the id that the image will have
    assert.match(await dev.succeed("preview"), /kestra-container replace/);
    await dev.up("--skip-preview");
    assert.deepEqual(dev.steps(), [
      "update Image kestra-build",
      "create RemoteImage kestra-image",
      "delete RemoteImage kestra-image",
    ]);
    await dev.succeed("preview", "--expect-no-changes");
  });

  it("a newer image takes the old one's place; history stays", async () => {
    const before = await runs();
    appendFileSync(dev.workspace.path("kestra/server/image/Dockerfile"), "\nLABEL newer=true\n");
    await dev.up("--skip-preview");
    assert.deepEqual(dev.steps(), [
      "update Image kestra-build",
      "create RemoteImage kestra-image",
      "delete Container kestra-container",
      "create Container kestra-container",
      "delete RemoteImage kestra-image",
    ]);
    assert.deepEqual(await runs(), before);
  });

  it("a newer Postgres of the same kind comes on the same volume, Kestra ended first", async () => {
    const file = dev.workspace.path("kestra/server/docker/images.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace(/postgres:(\d+)\.\d+/, "postgres:$1.99"));
    const before = await revisions();
    await dev.up("--skip-preview");
    assert.deepEqual(dev.steps(), [
      "create RemoteImage kestra-postgres-image",
      "delete Container kestra-container",
      "delete Container kestra-postgres-container",
      "create Container kestra-postgres-container",
      "create Container kestra-container",
      "delete RemoteImage kestra-postgres-image",
    ]);
    assert.deepEqual(await revisions(), before);
  });

  it("a new volume of Postgres has the flows, entries and files registered anew", async () => {
    await dev.up("--skip-preview", "--replace", "**::kestra-postgres-data");
    const steps = dev.steps();
    assertOrder(
      steps,
      "create Volume kestra-postgres-data",
      "create Container kestra-postgres-container",
      "create Container kestra-container",
      "delete Volume kestra-postgres-data",
    );
    assert.deepEqual([await runs(), await revisions()], [[], [1, 1, 1, 1, 1]]);
    assert.equal((await getKv(await dev.client(), namespace, "GCP_DATASET"))?.value, "bay_wheels_dev");
    await dev.succeed("preview", "--expect-no-changes");
  });

  it("a refresh sees what was changed by hand, and an up corrects it", async () => {
    const client = await dev.client();
    const flow = await getFlow(client, namespace, "01_gcp_kv");
    await updateFlow(client, namespace, "01_gcp_kv", `${flow!.source}\n# by hand\n`);
    dev.remove("datasetAccess:DatasetAccess");
    const preview = await dev.succeed("preview", "--refresh", "--diff");
    assert.match(preview, /data-dataset-role/);
    await dev.up("--skip-preview", "--refresh");
    assert.deepEqual(dev.steps(), ["create DatasetAccess data-dataset-role"]);
    assert.doesNotMatch((await getFlow(client, namespace, "01_gcp_kv"))!.source, /by hand/);
  });

  it("no secret is in state, exports, previews, logs, or in a fake that must not get it", async () => {
    const { kestraPassword } = await dev.outputs();
    const key = dev.properties("serviceaccount/key:Key").privateKey as string;
    const { uploads, ...shown } = dev.properties("container:Container", dev.kestraContainer()) as {
      uploads: { file: string; content: string }[];
    };
    const configuration = parse(uploads[0]!.content) as {
      datasources: { postgres: { password: string } };
      kestra: { encryption: { "secret-key": string }; server: { "basic-auth": { password: string } } };
    };
    const { password: postgres } = configuration.datasources.postgres;
    assert.equal(configuration.kestra.server["basic-auth"].password, kestraPassword);
    const { private_key: pem } = JSON.parse(Buffer.from(key, "base64").toString()) as { private_key: string };
    const secrets = {
      password: kestraPassword!,
      postgres,
      encryption: configuration.kestra.encryption["secret-key"],
      key,
      pem: pem.split("\n")[5]!,
    };
    for (const secret of Object.values(secrets)) assert.ok(secret.length > 20);
    const places = {
      state: dev.state(),
      export: await dev.succeed("stack", "export"),
      printed: dev.transcript,
      "preview in detail": await dev.succeed("preview", "--diff", "--refresh"),
      "the container beyond its files": JSON.stringify(shown),
      "the server's log": readFileSync(dev.containerFile("bay-wheels-dev-kestra", "log"), "utf8"),
      "command lines": dev.workspace.processes().join("\n"),
    };
    assert.match(places["command lines"], /kestra-host\.jar/);
    for (const [place, text] of Object.entries(places)) {
      for (const [name, secret] of Object.entries(secrets)) assert.ok(!text.includes(secret), `${name} in ${place}`);
    }
    const holding = [...dev.standing()].filter(([, text]) =>
      Object.values(secrets).some((each) => text.includes(each)),
    );
    assert.deepEqual(holding.map(([what]) => what.split(" ")[0]!.split(":").at(-1)).sort(), [
      "Container",
      "Container",
      "Key",
    ]);
  });

  it("a destroy leaves nothing, also when Kestra is dead", async () => {
    dev.killKestra();
    const printed = await dev.succeed("destroy", "--yes", "--skip-preview");
    assert.match(printed, /52 deleted/);
    assert.deepEqual([...dev.standing().keys()], []);
    const steps = dev.steps();
    assertOrder(
      steps,
      "delete Container kestra-container",
      "delete Container kestra-postgres-container",
      "delete Volume kestra-postgres-data",
    );
    assertOrder(steps, "delete Container kestra-container", "delete RemoteImage kestra-image");
    assert.deepEqual(dev.workspace.processes(), []);
  });
});
