import assert from "node:assert/strict";
import { delimiter, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readSettings } from "../../../infra/settings";
import { Pipeline } from "../../../kestra/pipeline/pipeline";
import type { Runtime } from "../../../kestra/server/runtime";
import { platforms, runtimes } from "./choices";

type Resource = pulumi.runtime.MockResourceArgs;

const dynamic = (type: string) => `pulumi-nodejs:dynamic/${type}`;
export const email = "bay-wheels-dev@my-project.iam.gserviceaccount.com";
export const gkeEmail = "bay-wheels-gke@my-project.iam.gserviceaccount.com";

export const key = JSON.stringify({ type: "service_account", private_key: "canary-key" });

/** What each type computes; a type that is not named here is no resource of this stack. */
const computed: Record<string, (name: string, inputs: Record<string, unknown>) => Record<string, unknown>> = {
  "gcp:projects/service:Service": () => ({}),
  "gcp:storage/bucket:Bucket": (name, inputs) => ({ name: inputs.name ?? `${name}-1` }),
  "gcp:bigquery/dataset:Dataset": () => ({}),
  "gcp:serviceaccount/account:Account": (_name, { accountId }) => {
    const email = `${String(accountId)}@my-project.iam.gserviceaccount.com`;
    return { email, member: `serviceAccount:${email}`, name: `projects/my-project/serviceAccounts/${email}` };
  },
  "gcp:serviceaccount/key:Key": () => ({ privateKey: Buffer.from(key).toString("base64") }),
  "gcp:projects/iAMMember:IAMMember": () => ({}),
  "gcp:bigquery/datasetAccess:DatasetAccess": () => ({}),
  "gcp:storage/bucketIAMMember:BucketIAMMember": () => ({}),
  "gcp:billing/budget:Budget": () => ({}),
  "pulumi:providers:gcp": () => ({}),
  "pulumi:providers:docker": () => ({}),
  "docker:index/network:Network": () => ({ name: "network-1" }),
  "docker:index/volume:Volume": (name) => ({ name: `${name}-1` }),
  "docker:index/image:Image": () => ({}),
  "docker:index/remoteImage:RemoteImage": (name) => ({ imageId: `sha256:${name}` }),
  "docker:index/container:Container": () => ({}),
  "gcp:compute/network:Network": (name) => ({ name: `${name}-1` }),
  "gcp:compute/subnetwork:Subnetwork": (name) => ({ name: `${name}-1` }),
  "gcp:compute/router:Router": (name) => ({ name: `${name}-1` }),
  "gcp:compute/routerNat:RouterNat": () => ({}),
  "gcp:compute/address:Address": (name) => ({ address: "10.64.0.2", selfLink: `self/${name}` }),
  "gcp:compute/forwardingRule:ForwardingRule": () => ({}),
  "gcp:artifactregistry/repository:Repository": () => ({}),
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": () => ({}),
  "gcp:container/cluster:Cluster": (name) => ({
    name: `${name}-1`,
    controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: "gke-1.us-central1.gke.goog" } },
  }),
  "gcp:sql/databaseInstance:DatabaseInstance": (name) => ({
    name: `${name}-1`,
    pscServiceAttachmentLink: "projects/p/regions/r/serviceAttachments/a",
  }),
  "gcp:sql/database:Database": () => ({}),
  "gcp:sql/user:User": () => ({}),
  "gcp:serviceaccount/iAMMember:IAMMember": () => ({}),
  "pulumi:providers:kubernetes": () => ({}),
  "kubernetes:core/v1:Namespace": () => ({}),
  "kubernetes:core/v1:Secret": (name) => ({ metadata: { name: `${name}-1` } }),
  "kubernetes:helm.sh/v3:Release": () => ({ status: { revision: 1 } }),
  [dynamic("baywheels:ReplacementGuard")]: () => ({}),
  [dynamic("baywheels:ProjectReady")]: () => ({}),
  [dynamic("baywheels:ClusterReady")]: () => ({}),
  [dynamic("kestra:RunningWorkers")]: () => ({ replicas: 2 }),
  [dynamic("kestra:Rollout")]: () => ({}),
  [dynamic("kestra:GeneratedSecret")]: (name) => ({ value: `Canary-1-${name}` }),
  [dynamic("kestra:ServerReady")]: () => ({}),
  [dynamic("kestra:MachineIdentity")]: () => ({}),
  [dynamic("kestra:KvEntry")]: () => ({}),
  [dynamic("kestra:NamespaceFiles")]: () => ({}),
  [dynamic("kestra:Flow")]: () => ({}),
  "baywheels:infra:DataPlatform": () => ({}),
  "baywheels:kestra:DockerKestra": () => ({}),
  "baywheels:kestra:Postgres": () => ({}),
  "baywheels:kestra:GkeKestra": () => ({}),
  "baywheels:kestra:PushedImage": () => ({}),
  "baywheels:kestra:Pipeline": () => ({}),
  "kestra:index:FlowSet": () => ({}),
  "baywheels:infra:Network": () => ({}),
  "baywheels:infra:Cluster": () => ({}),
  "baywheels:infra:Database": () => ({}),
  // test/unit/program/toyRuntime
  "toy:index:Server": () => ({}),
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

/** Puts the fake docker command on the PATH while a suite runs. */
export function withDocker(): void {
  const { env } = process;
  before(() => {
    process.env = {
      ...env,
      FAKE_STORE: "/no/such/store",
      PATH: [resolve("test/fakes/bin"), env.PATH].join(delimiter),
    };
  });
  after(() => {
    process.env = env;
  });
}

/** What the program asks Google by the provider. */
const answers: Record<string, Record<string, unknown>> = {
  "gcp:organizations/getClientConfig:getClientConfig": { accessToken: "Canary-1-token" },
  "gcp:organizations/getProject:getProject": { number: "123456789012" },
};

/** Starts a program of a stack; every resource that it asks for from now on. */
async function begin(stack: string, config: Record<string, string>, secrets: string[]): Promise<Resource[]> {
  const resources: Resource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        const state = computed[args.type];
        if (state === undefined) throw new Error(`unexpected resource ${args.type} '${args.name}'`);
        resources.push(args);
        const inputs = args.inputs as Record<string, unknown>;
        return { id: `${args.name}-id`, state: { ...inputs, ...state(args.name, inputs) } };
      },
      call(args) {
        const answer = answers[args.token];
        if (answer === undefined) throw new Error(`unexpected call of ${args.token}`);
        return answer;
      },
    },
    "bay-wheels",
    stack,
  );
  pulumi.runtime.setAllConfig({ "gcp:project": "my-project", ...config }, secrets);
  return resources;
}

/** Inputs of a resource by its name, secrets marked. */
function lookIn(resources: Resource[]) {
  return (name: string) => {
    const found = resources.find((resource) => resource.name === name);
    assert.ok(found, `no resource '${name}'`);
    return revealed(found.inputs) as Record<string, unknown>;
  };
}

/** Runs the program on a stack with these settings, as index.ts does; every resource that it registers. */
export async function madeOn(
  stack: string,
  config: Record<string, string>,
  secrets: string[] = [],
  choices: Record<string, Runtime> = runtimes,
) {
  const resources = await begin(stack, config, secrets);
  const chosen = readSettings(platforms, choices);
  const { settings } = chosen;
  const needs = chosen.runtime.kind.needs(chosen.runtime.own, settings);
  const platform = chosen.platform.kind.create({ settings, needs, own: chosen.platform.own });
  const runtime = chosen.runtime.kind.start("kestra", { settings, platform, own: chosen.runtime.own });
  new Pipeline("pipeline", { platform, kestra: runtime, maxBytesBilled: settings.maxBytesBilled });
  await pulumi.runtime.disconnect();
  return { resources, platform, runtime, inputsOf: lookIn(resources) };
}

/** Stack `dev` with these settings. */
export const made = (config: Record<string, string> = {}, secrets: string[] = []) => madeOn("dev", config, secrets);

/** Stack `gke` with these settings. */
export const madeInCluster = (config: Record<string, string> = {}, secrets: string[] = []) =>
  madeOn("gke", { "bay-wheels:runtime": "gke", ...config }, secrets);

/** Value of an output. */
export const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((done) => void output.apply(done));

/** An input that is a secret as a whole, or in parts. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ("secret" in value) return plain(value.secret);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
