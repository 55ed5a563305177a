import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { DataPlatform } from "../../infra/dataPlatform";
import { roles } from "../../infra/roles";
import { readSettings } from "../../infra/settings";
import { DockerKestra } from "../../kestra/docker/dockerKestra";
import { kestraImageTag, postgresImage } from "../../kestra/docker/images";

type Resource = pulumi.runtime.MockResourceArgs;

const dynamic = (type: string) => `pulumi-nodejs:dynamic/${type}`;
const email = "bay-wheels-dev@my-project.iam.gserviceaccount.com";
const key = JSON.stringify({ type: "service_account", private_key: "canary-key" });

/** What each type computes; a type that is not named here is no resource of this stack. */
const computed: Record<string, (name: string) => Record<string, unknown>> = {
  "gcp:projects/service:Service": () => ({}),
  "gcp:storage/bucket:Bucket": () => ({}),
  "gcp:bigquery/dataset:Dataset": () => ({}),
  "gcp:serviceaccount/account:Account": () => ({
    email,
    member: `serviceAccount:${email}`,
    name: `projects/my-project/serviceAccounts/${email}`,
  }),
  "gcp:serviceaccount/key:Key": () => ({ privateKey: Buffer.from(key).toString("base64") }),
  "gcp:projects/iAMMember:IAMMember": () => ({}),
  "gcp:bigquery/datasetIamMember:DatasetIamMember": () => ({}),
  "gcp:storage/bucketIAMMember:BucketIAMMember": () => ({}),
  "pulumi:providers:docker": () => ({}),
  "docker:index/network:Network": () => ({ name: "network-1" }),
  "docker:index/volume:Volume": (name) => ({ name: `${name}-1` }),
  "docker:index/image:Image": () => ({}),
  "docker:index/remoteImage:RemoteImage": (name) => ({ imageId: `sha256:${name}` }),
  "docker:index/container:Container": () => ({}),
  [dynamic("baywheels:ReplacementGuard")]: () => ({}),
  [dynamic("baywheels:ProjectReady")]: () => ({}),
  [dynamic("kestra:GeneratedSecret")]: (name) => ({ value: `Canary-1-${name}` }),
  [dynamic("kestra:ServerReady")]: () => ({}),
  "baywheels:infra:DataPlatform": () => ({}),
  "baywheels:kestra:DockerKestra": () => ({}),
  "baywheels:kestra:Postgres": () => ({}),
};

/** The plain text under Pulumi's mark for secrets, at any depth; without the serialized providers. */
function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  const { [pulumi.runtime.specialSigKey]: signature, value: plain, ...rest } = value as Record<string, unknown>;
  if (signature === pulumi.runtime.specialSecretSig) return { secret: revealed(plain) };
  const all = plain === undefined ? rest : { ...rest, value: plain };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => name !== "__provider")
      .map(([name, inner]) => [name, revealed(inner)]),
  );
}

/** Makes platform and runtime of stack `dev` with these settings; every resource that was asked for. */
async function made(config: Record<string, string> = {}, secrets: string[] = []) {
  const resources: Resource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        const state = computed[args.type];
        if (state === undefined) throw new Error(`unexpected resource ${args.type} '${args.name}'`);
        resources.push(args);
        return { id: `${args.name}-id`, state: { ...(args.inputs as object), ...state(args.name) } };
      },
      call(args) {
        throw new Error(`unexpected call of ${args.token}`);
      },
    },
    "bay-wheels",
    "dev",
  );
  pulumi.runtime.setAllConfig({ "gcp:project": "my-project", ...config }, secrets);
  const settings = readSettings();
  const { platform } = new DataPlatform("data", { settings });
  const { runtime } = new DockerKestra("kestra", { settings });
  await pulumi.runtime.disconnect();
  const inputsOf = (name: string) => {
    const found = resources.find((resource) => resource.name === name);
    assert.ok(found, `no resource '${name}'`);
    return revealed(found.inputs) as Record<string, unknown>;
  };
  return { resources, platform, runtime, inputsOf };
}

const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((done) => void output.apply(done));

describe("platform and runtime of stack dev", () => {
  const { PATH } = process.env;
  let store: string;
  let stack: Awaited<ReturnType<typeof made>>;

  before(async () => {
    store = mkdtempSync(join(tmpdir(), "bay-wheels-dev-"));
    process.env.STANDIN_STORE = store;
    process.env.PATH = [resolve("test/standIns/bin"), PATH].join(delimiter);
    stack = await made();
  });
  after(() => {
    process.env.PATH = PATH;
    rmSync(store, { recursive: true });
  });

  it("have these resources and no other", () => {
    assert.deepEqual(stack.resources.map(({ type, name }) => `${type.replace(/^.*[:/]/, "")} ${name}`).sort(), [
      "Account data-account",
      "Bucket data-bucket",
      "BucketIAMMember data-bucket-role",
      "Container kestra-container",
      "Container kestra-postgres-container",
      "DataPlatform data",
      "Dataset data-dataset",
      "DatasetIamMember data-dataset-role",
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
      name: "my-project-bay-wheels",
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
      datasetId: "bay_wheels",
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

  it("give the service account three roles, each on the one resource that it is for", () => {
    const member = `serviceAccount:${email}`;
    assert.equal(stack.inputsOf("data-account").accountId, "bay-wheels-dev");
    assert.deepEqual(stack.inputsOf("data-project-role"), { project: "my-project", role: roles.project, member });
    assert.deepEqual(stack.inputsOf("data-dataset-role"), {
      project: "my-project",
      datasetId: "bay_wheels",
      role: roles.dataset,
      member,
    });
    assert.deepEqual(stack.inputsOf("data-bucket-role"), {
      bucket: "my-project-bay-wheels",
      role: roles.bucket,
      member,
    });
  });

  it("make a key, another one when it is rotated, and hand it on as a secret", async () => {
    const serviceAccountId = `projects/my-project/serviceAccounts/${email}`;
    assert.deepEqual(stack.inputsOf("data-key"), { serviceAccountId });
    assert.equal(await valueOf(stack.platform.credentials), key);
    assert.equal(await pulumi.isSecret(stack.platform.credentials), true);
    const { inputsOf } = await made({ "bay-wheels:keyRotation": "2026-11" });
    assert.deepEqual(inputsOf("data-key"), { serviceAccountId, keepers: { rotation: "2026-11" } });
  });

  const confined = {
    restart: "unless-stopped",
    privileged: false,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "5" },
  };
  const dockerLabels = [{ label: "bay-wheels.stack", value: "dev" }];
  const databasePassword = "Canary-1-kestra-postgres-password";

  it("run Postgres confined, on a volume of its own, with its password in a file and no port of the machine", () => {
    assert.deepEqual(stack.inputsOf("kestra-postgres-image"), { name: postgresImage, keepLocally: true });
    assert.match(postgresImage, /^postgres:\d+\.\d+-\w+$/);
    assert.deepEqual(stack.inputsOf("kestra-postgres-password"), {
      kind: "password",
      generation: "kestra-postgres-data-1",
    });
    const { healthcheck, uploads, ...container } = stack.inputsOf("kestra-postgres-container");
    assert.deepEqual(container, {
      ...confined,
      memory: 1024,
      memorySwap: 1024,
      name: "bay-wheels-dev-postgres",
      image: "sha256:kestra-postgres-image",
      user: "postgres",
      envs: ["POSTGRES_DB=kestra", "POSTGRES_USER=kestra", "POSTGRES_PASSWORD_FILE=/run/secrets/postgres-password"],
      volumes: [{ volumeName: "kestra-postgres-data-1", containerPath: "/var/lib/postgresql/data" }],
      networksAdvanced: [{ name: "network-1", aliases: ["postgres"] }],
      labels: dockerLabels,
      wait: true,
      waitTimeout: 120,
      destroyGraceSeconds: 60,
    });
    assert.deepEqual((healthcheck as { tests: string[] }).tests.slice(0, 2), ["CMD", "pg_isready"]);
    assert.deepEqual(plain(uploads), [
      { file: "/run/secrets/postgres-password", content: databasePassword, permissions: "0444" },
    ]);
  });

  it("build Kestra's image for the engine's platform under a name that changes with its content", () => {
    assert.deepEqual(stack.inputsOf("kestra-build"), {
      imageName: `bay-wheels-dev:${kestraImageTag()}`,
      build: { context: ".", dockerfile: "kestra/image/Dockerfile", platform: "linux/amd64" },
      skipPush: true,
      buildOnPreview: false,
    });
    assert.deepEqual(stack.inputsOf("kestra-image"), { name: `bay-wheels-dev:${kestraImageTag()}` });
    assert.deepEqual(stack.inputsOf("kestra-docker"), { host: "unix:///var/run/docker.sock" });
  });

  it("run Kestra confined, at a port of 127.0.0.1, with its configuration in a file", () => {
    const { healthcheck, uploads, ...container } = stack.inputsOf("kestra-container");
    assert.deepEqual(container, {
      ...confined,
      memory: 4096,
      memorySwap: 4096,
      name: "bay-wheels-dev-kestra",
      image: "sha256:kestra-image",
      user: "kestra",
      command: ["server", "standalone"],
      envs: ["MICRONAUT_CONFIG_FILES=/app/secrets/application.yml", "JAVA_OPTS=-XX:MaxRAMPercentage=50"],
      volumes: [{ volumeName: "kestra-storage-1", containerPath: "/app/storage" }],
      networksAdvanced: [{ name: "network-1", aliases: ["kestra"] }],
      ports: [{ internal: 8080, external: 8080, ip: "127.0.0.1" }],
      labels: dockerLabels,
      destroyGraceSeconds: 60,
    });
    assert.match((healthcheck as { tests: string[] }).tests.join(" "), /^CMD curl .*:8081\/health/);
    const [upload] = plain(uploads) as [{ file: string; content: string }];
    assert.equal(upload.file, "/app/secrets/application.yml");
    assert.deepEqual(parse(upload.content), {
      datasources: {
        postgres: {
          url: "jdbc:postgresql://postgres:5432/kestra",
          "driver-class-name": "org.postgresql.Driver",
          username: "kestra",
          password: databasePassword,
        },
      },
      kestra: {
        url: "http://127.0.0.1:8080",
        server: { "basic-auth": { username: "admin@bay-wheels.local", password: "Canary-1-kestra-password" } },
        encryption: { "secret-key": "Canary-1-kestra-encryption-key" },
        storage: { type: "local", local: { "base-path": "/app/storage" } },
        "anonymous-usage-report": { enabled: false },
        "tutorial-flows": { enabled: false },
        repository: { type: "postgres" },
        queue: { type: "postgres" },
      },
    });
  });

  it("mount nothing of the machine, so no socket of Docker's either", () => {
    for (const name of ["kestra-container", "kestra-postgres-container"]) {
      const { volumes, mounts, devices } = stack.inputsOf(name);
      assert.deepEqual([mounts, devices], [undefined, undefined]);
      for (const volume of volumes as object[])
        assert.deepEqual(Object.keys(volume).sort(), ["containerPath", "volumeName"]);
    }
  });

  it("take secrets from the settings in place of generated ones", async () => {
    const encryptionKey = Buffer.alloc(32, "k").toString("base64");
    const config = {
      "bay-wheels:kestraPassword": "Canary-Password-2",
      "bay-wheels:kestraEncryptionKey": encryptionKey,
    };
    const { resources, inputsOf } = await made(config, Object.keys(config));
    assert.ok(!resources.some(({ name }) => ["kestra-password", "kestra-encryption-key"].includes(name)));
    const [{ content }] = plain(inputsOf("kestra-container").uploads) as [{ content: string }];
    assert.match(content, /password: Canary-Password-2/);
    assert.ok(content.includes(encryptionKey));
  });

  it("wait for a server that answers to its user, and tell how to reach it", async () => {
    assert.deepEqual(stack.inputsOf("kestra-ready"), {
      url: "http://127.0.0.1:8080",
      username: "admin@bay-wheels.local",
      password: { secret: "Canary-1-kestra-password" },
      server: "kestra-container-id",
      container: "bay-wheels-dev-kestra",
      engine: "unix:///var/run/docker.sock",
      timeout: 300,
    });
    assert.equal(await pulumi.isSecret(stack.runtime.connection), true);
    assert.deepEqual(await valueOf(stack.runtime.connection), {
      kind: "address",
      url: "http://127.0.0.1:8080",
      username: "admin@bay-wheels.local",
      password: "Canary-1-kestra-password",
    });
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
});

/** An input that is a secret as a whole, or in parts. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ("secret" in value) return plain(value.secret);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
