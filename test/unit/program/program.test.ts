import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { LocalSettings } from "../../../local/settings";

type Resource = pulumi.runtime.MockResourceArgs;

const root = process.cwd();
const dynamic = (type: string) => `pulumi-nodejs:dynamic/${type}`;
const resources: Resource[] = [];

/** What each type computes; a type that is not named here is no resource of this program. */
const computed: Record<string, Record<string, unknown>> = {
  [dynamic("local:Service")]: {},
  [dynamic("local:Bucket")]: {},
  [dynamic("local:Dataset")]: {},
  [dynamic("local:ServiceAccountKey")]: {
    json: '{"type":"service_account","private_key":"canary-key"}',
    email: "bay-wheels@bay-wheels-local.iam.gserviceaccount.com",
  },
  [dynamic("baywheels:ReplacementGuard")]: {},
  [dynamic("kestra:GeneratedSecret")]: { value: "Canary-Password-1" },
  [dynamic("kestra:KvEntry")]: {},
  [dynamic("kestra:NamespaceFiles")]: {},
  [dynamic("kestra:Flow")]: { revision: 1 },
  "baywheels:infra:LocalPlatform": {},
  "baywheels:kestra:EmbeddedKestra": {},
  "baywheels:kestra:Pipeline": {},
  "kestra:index:FlowSet": {},
};

const mocks: pulumi.runtime.Mocks = {
  newResource(args) {
    const state = computed[args.type];
    if (state === undefined) throw new Error(`unexpected resource ${args.type} '${args.name}'`);
    resources.push(args);
    return { id: `${args.name}-id`, state: { ...(args.inputs as object), ...state } };
  },
  call(args) {
    throw new Error(`unexpected call of ${args.token}`);
  },
};

/** A project folder with the repository's own files and the version stamps of built tools. */
function projectFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bay-wheels-program-"));
  for (const name of ["flows", "dbt", "dynamic", "infra", "kestra", "local", "package-lock.json"])
    symlinkSync(join(root, name), join(folder, name));
  for (const tool of ["storage", "bigquery", "kestra"]) {
    mkdirSync(join(folder, ".local/tools", tool), { recursive: true });
    writeFileSync(join(folder, ".local/tools", tool, ".version"), `version-of-${tool}`);
  }
  return folder;
}

function inputsOf(type: string, name: string): Record<string, unknown> {
  const found = resources.find((resource) => resource.type === type && resource.name === name);
  assert.ok(found, `no ${type} named '${name}'`);
  return Object.fromEntries(Object.entries(found.inputs as object).filter(([key]) => key !== "__provider"));
}

/** The plain value of an input that is marked secret. */
function revealed(value: unknown): unknown {
  const { value: plain, [pulumi.runtime.specialSigKey]: signature } = value as Record<string, unknown>;
  assert.equal(signature, pulumi.runtime.specialSecretSig, "is not secret");
  return plain;
}

describe("the program on stack local", () => {
  let folder: string;
  let outputs: Record<string, pulumi.Output<string>>;

  before(async () => {
    folder = projectFolder();
    process.chdir(folder);
    await pulumi.runtime.setMocks(mocks, "bay-wheels", "local");
    pulumi.runtime.setAllConfig({
      "bay-wheels:platform": "local",
      "bay-wheels:runtime": "embedded",
      "local:firstPort": "9100",
    });
    outputs = (await import("../../../index")) as unknown as Record<string, pulumi.Output<string>>;
    await pulumi.runtime.disconnect();
  });

  after(() => {
    process.chdir(root);
    rmSync(folder, { recursive: true });
  });

  it("has these resources and no other", () => {
    const names = resources
      .filter(({ type }) => type.startsWith("pulumi-nodejs:"))
      .map(({ type, name }) => `${type.split("/")[1]} ${name}`);
    assert.deepEqual(names.sort(), [
      "baywheels:ReplacementGuard local-guard",
      "kestra:Flow pipeline-01_gcp_kv",
      "kestra:Flow pipeline-02_gcp_load_bay_area_county",
      "kestra:Flow pipeline-04_gcp_load_month",
      "kestra:Flow pipeline-05_gcp_load_data_scheduled",
      "kestra:Flow pipeline-06_gcp_dbt",
      "kestra:GeneratedSecret kestra-encryption-key",
      "kestra:GeneratedSecret kestra-password",
      "kestra:KvEntry pipeline-BIGQUERY_MAX_BYTES_BILLED",
      "kestra:KvEntry pipeline-COUNTIES_URL",
      "kestra:KvEntry pipeline-DBT_TARGET",
      "kestra:KvEntry pipeline-GCP_BUCKET_NAME",
      "kestra:KvEntry pipeline-GCP_CREDS",
      "kestra:KvEntry pipeline-GCP_DATASET",
      "kestra:KvEntry pipeline-GCP_LOCATION",
      "kestra:KvEntry pipeline-GCP_PROJECT_ID",
      "kestra:KvEntry pipeline-TRIPS_URL",
      "kestra:NamespaceFiles pipeline-dbt",
      "kestra:NamespaceFiles pipeline-texts",
      "local:Bucket local-bucket",
      "local:Dataset local-dataset",
      "local:Service kestra-server",
      "local:Service local-bigquery",
      "local:Service local-open-data",
      "local:Service local-storage",
      "local:ServiceAccountKey local-key",
    ]);
  });

  it("gives each KV entry its value and type, the credentials as a secret", () => {
    const entry = (key: string) => {
      const { type, value, namespace } = inputsOf(dynamic("kestra:KvEntry"), `pipeline-${key}`);
      assert.equal(namespace, "bay-wheels");
      return [type, value];
    };
    assert.deepEqual(entry("GCP_PROJECT_ID"), ["STRING", "bay-wheels-local"]);
    assert.deepEqual(entry("GCP_LOCATION"), ["STRING", "US"]);
    assert.deepEqual(entry("GCP_BUCKET_NAME"), ["STRING", "bay-wheels-local-bay-wheels"]);
    assert.deepEqual(entry("GCP_DATASET"), ["STRING", "bay_wheels"]);
    assert.deepEqual(entry("TRIPS_URL"), ["STRING", "http://127.0.0.1:9105/baywheels-data"]);
    assert.deepEqual(entry("COUNTIES_URL"), ["STRING", "http://127.0.0.1:9105/resource/wamw-vt4s.csv"]);
    assert.deepEqual(entry("DBT_TARGET"), ["STRING", "local"]);
    assert.deepEqual(entry("BIGQUERY_MAX_BYTES_BILLED"), ["STRING", "50000000000"]);
    const [type, value] = entry("GCP_CREDS");
    assert.equal(type, "JSON");
    assert.equal(revealed(value), '{"type":"service_account","private_key":"canary-key"}');
  });

  it("gives every resource of the pipeline the connection as a secret", () => {
    const kestra = resources.filter(({ type }) => /dynamic\/kestra:(Flow|KvEntry|NamespaceFiles)$/.test(type));
    assert.equal(kestra.length, 16);
    for (const { inputs } of kestra) {
      assert.deepEqual(revealed((inputs as { connection: unknown }).connection), {
        kind: "address",
        url: "http://127.0.0.1:9100",
        username: "admin@bay-wheels.local",
        password: "Canary-Password-1",
      });
    }
  });

  it("hands secrets to Kestra only in its configuration file, which is a secret input", () => {
    const { configuration, ...plain } = inputsOf(dynamic("local:Service"), "kestra-server");
    assert.match(String(revealed(configuration)), /password: Canary-Password-1/);
    assert.doesNotMatch(JSON.stringify(plain), /Canary/i);
  });

  it("puts nothing of this machine and nothing secret into the serialized providers", () => {
    for (const { inputs } of resources) {
      const { __provider } = inputs as { __provider?: string };
      if (__provider === undefined) continue;
      const text = JSON.stringify(__provider);
      assert.ok(text.length < 200, `a provider of ${text.length} bytes`);
      for (const forbidden of ["Canary", "canary", root, folder]) assert.ok(!text.includes(forbidden), forbidden);
    }
  });

  it("has the server's address, user and password among its outputs, the password as a secret", async () => {
    const value = <T>(output: pulumi.Output<T>) => new Promise<T>((done) => void output.apply(done));
    assert.equal(await value(outputs.kestraUrl!), "http://127.0.0.1:9100");
    assert.equal(outputs.kestraUser, "admin@bay-wheels.local");
    assert.equal(await value(outputs.kestraPassword!), "Canary-Password-1");
    assert.equal(await pulumi.isSecret(outputs.kestraPassword!), true);
    assert.equal(await value(outputs.serviceAccountEmail!), "bay-wheels@bay-wheels-local.iam.gserviceaccount.com");
    assert.equal(
      await value(outputs.datasetLink!),
      "http://127.0.0.1:9103/bigquery/v2/projects/bay-wheels-local/datasets/bay_wheels/tables",
    );
  });
});

describe("the local platform with local:dataDir", () => {
  let folder: string;

  before(() => {
    folder = projectFolder();
    process.chdir(folder);
  });

  after(() => {
    process.chdir(root);
    rmSync(folder, { recursive: true });
  });

  it("gives the open-data server that folder in place of generated months", async () => {
    await pulumi.runtime.setMocks(mocks, "bay-wheels", "local");
    pulumi.runtime.setAllConfig({
      "bay-wheels:platform": "local",
      "bay-wheels:runtime": "embedded",
      "local:dataDir": folder,
    });
    const { LocalPlatform } = await import("../../../local/platform");
    const { platforms, runtimes } = await import("../support/choices");
    const { readSettings } = await import("../../../infra/settings");
    const { settings, platform, runtime } = readSettings(platforms, runtimes);
    const needs = runtime.kind.needs(runtime.own, settings);
    new LocalPlatform("own-files", { settings, needs, own: platform.own as LocalSettings });
    await pulumi.runtime.disconnect();
    const optionsOf = (name: string) => inputsOf(dynamic("local:Service"), name).options;
    assert.deepEqual(optionsOf("own-files-open-data"), { dataDir: folder });
    assert.deepEqual(optionsOf("local-open-data"), { tripsPerMonth: "50000" });
  });
});
