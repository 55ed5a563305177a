import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { email, key, made, valueOf, withDocker } from "../support/cloudStacks";

describe("the data platform of stack dev", () => {
  withDocker();
  let stack: Awaited<ReturnType<typeof made>>;

  before(async () => {
    stack = await made();
  });

  it("have these resources and no other", () => {
    const own = stack.resources.filter(({ name }) => !name.startsWith("pipeline"));
    assert.deepEqual(own.map(({ type, name }) => `${type.replace(/^.*[:/]/, "")} ${name}`).sort(), [
      "Account data-account",
      "Bucket data-bucket",
      "BucketIAMMember data-bucket-metadata-role",
      "BucketIAMMember data-bucket-role",
      "Container kestra-container",
      "Container kestra-postgres-container",
      "DataPlatform data",
      "Dataset data-dataset",
      "DatasetAccess data-dataset-role",
      "DockerKestra kestra",
      "GeneratedSecret kestra-encryption-key",
      "GeneratedSecret kestra-password",
      "GeneratedSecret kestra-postgres-password",
      "IAMMember data-project-role",
      "Image kestra-build",
      "Key data-key",
      "Network kestra-network",
      "Postgres kestra-postgres",
      "ProjectReady data-project",
      "RemoteImage kestra-image",
      "RemoteImage kestra-postgres-image",
      "ReplacementGuard data-guard",
      "ServerReady kestra-ready",
      ...["bigquery", "cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "orgpolicy", "storage"].map(
        (api) => `Service data-api-${api}`,
      ),
      "Volume kestra-postgres-data",
      "Volume kestra-storage",
      "docker kestra-docker",
    ]);
  });

  it("enable APIs and never disable them", () => {
    for (const { name, type } of stack.resources.filter(({ type }) => type === "gcp:projects/service:Service")) {
      const service = `${name.replace("data-api-", "")}.googleapis.com`;
      assert.deepEqual(
        [type, stack.inputsOf(name)],
        ["gcp:projects/service:Service", { project: "my-project", service, disableOnDestroy: false }],
      );
    }
  });

  const labels = { application: "bay-wheels", "managed-by": "pulumi", stack: "dev" };

  it("make a bucket that is private, versioned and gone with the stack", () => {
    assert.deepEqual(stack.inputsOf("data-bucket"), {
      project: "my-project",
      name: "my-project-bay-wheels-dev",
      location: "US",
      labels,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      versioning: { enabled: true },
      lifecycleRules: [
        { action: { type: "Delete" }, condition: { withState: "ARCHIVED", daysSinceNoncurrentTime: 30 } },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
      ],
      softDeletePolicy: { retentionDurationSeconds: 0 },
      forceDestroy: true,
    });
  });

  it("make a dataset in the same location", () => {
    assert.deepEqual(stack.inputsOf("data-dataset"), {
      project: "my-project",
      datasetId: "bay_wheels_dev",
      location: "US",
      description: "San Francisco's bike-share trips",
      labels,
      deleteContentsOnDestroy: true,
    });
  });

  it("keep bucket and dataset when they are protected, whatever is destroyed", async () => {
    const { inputsOf } = await made({ "bay-wheels:protectData": "true", "bay-wheels:dataLocation": "EU" });
    const { forceDestroy, softDeletePolicy, location } = inputsOf("data-bucket");
    assert.deepEqual([forceDestroy, softDeletePolicy], [false, { retentionDurationSeconds: 604800 }]);
    assert.equal(inputsOf("data-dataset").deleteContentsOnDestroy, false);
    assert.deepEqual([location, inputsOf("data-dataset").location], ["EU", "EU"]);
  });

  it("give the service account its roles, each on the one resource that it is for", () => {
    const member = `serviceAccount:${email}`;
    const bucket = "my-project-bay-wheels-dev";
    assert.equal(stack.inputsOf("data-account").accountId, "bay-wheels-dev");
    assert.deepEqual(stack.inputsOf("data-project-role"), {
      project: "my-project",
      role: "roles/bigquery.jobUser",
      member,
    });
    // the older name of roles/bigquery.dataEditor, as BigQuery keeps it
    assert.deepEqual(stack.inputsOf("data-dataset-role"), {
      project: "my-project",
      datasetId: "bay_wheels_dev",
      role: "WRITER",
      userByEmail: email,
    });
    assert.deepEqual(stack.inputsOf("data-bucket-role"), { bucket, role: "roles/storage.objectUser", member });
    assert.deepEqual(stack.inputsOf("data-bucket-metadata-role"), {
      bucket,
      role: "roles/storage.legacyBucketReader",
      member,
    });
  });

  it("make a key, another one when it is rotated, and hand it on as a secret", async () => {
    const serviceAccountId = `projects/my-project/serviceAccounts/${email}`;
    assert.deepEqual(stack.inputsOf("data-key"), { serviceAccountId });
    assert.equal(await valueOf(stack.platform.credentials!), key);
    assert.equal(await pulumi.isSecret(stack.platform.credentials!), true);
    const { inputsOf } = await made({ "bay-wheels:keyRotation": "2026-11" });
    assert.deepEqual(inputsOf("data-key"), { serviceAccountId, keepers: { rotation: "2026-11" } });
  });

  it("have no secret outside inputs that are marked as such", () => {
    const shown = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shown);
      if (typeof value !== "object" || value === null) return value;
      if ("secret" in value) return "[secret]";
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner)]));
    };
    for (const { name } of stack.resources) {
      const text = JSON.stringify(shown(stack.inputsOf(name)));
      assert.ok(!text.includes("Canary-1-") && !text.includes("canary-key"), `${name}: ${text}`);
    }
  });

  it("take over what bay-wheels:adopt names, by the ids that Pulumi has for them", async () => {
    const adopt = "my-project-bay-wheels-dev bay_wheels_dev, bay-wheels-dev@my-project.iam.gserviceaccount.com";
    const { resources } = await made({ "bay-wheels:adopt": adopt });
    const imported = resources.flatMap(({ name, id }) => (id ? [`${name} ${id}`] : []));
    assert.deepEqual(imported.sort(), [
      "data-account projects/my-project/serviceAccounts/bay-wheels-dev@my-project.iam.gserviceaccount.com",
      "data-bucket my-project-bay-wheels-dev",
      "data-dataset projects/my-project/datasets/bay_wheels_dev",
    ]);
  });
});
