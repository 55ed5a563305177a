import assert from "node:assert/strict";
import { delimiter, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { DataPlatform } from "../../../infra/dataPlatform";
import { readSettings } from "../../../infra/settings";
import { DockerKestra } from "../../../kestra/docker/dockerKestra";

type Resource = pulumi.runtime.MockResourceArgs;

const dynamic = (type: string) => `pulumi-nodejs:dynamic/${type}`;
export const email = "bay-wheels-dev@my-project.iam.gserviceaccount.com";
export const key = JSON.stringify({ type: "service_account", private_key: "canary-key" });

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

/** Lets the stand-in of the command docker answer, which needs nothing, as long as a suite runs. */
export function withDocker(): void {
  const { env } = process;
  before(() => {
    process.env = {
      ...env,
      STANDIN_STORE: "/no/such/store",
      PATH: [resolve("test/standIns/bin"), env.PATH].join(delimiter),
    };
  });
  after(() => {
    process.env = env;
  });
}

/** Makes platform and runtime of stack `dev` with these settings; every resource that was asked for. */
export async function made(config: Record<string, string> = {}, secrets: string[] = []) {
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

/** Value of an output. */
export const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((done) => void output.apply(done));

/** An input that is a secret as a whole, or in parts. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ("secret" in value) return plain(value.secret);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
