import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { changedKeys, type Handlers } from "../dynamic/handlers";
import { DynamicResource } from "../dynamic/resource";
import { shim } from "../dynamic/shim";

/** Inputs of `local:ServiceAccountKey`. */
export interface ServiceAccountKeyInputs {
  project: string;
}

/** State of `local:ServiceAccountKey`; `json` is a secret output. */
export interface ServiceAccountKeyState extends ServiceAccountKeyInputs {
  json: string;
  email: string;
}

const provider = shim("./local/serviceAccountKey.ts");

/** A throw-away service-account key: it looks like Google's, and opens nothing. */
export class ServiceAccountKey extends DynamicResource {
  /** The key file's JSON text; secret. */
  public readonly json!: pulumi.Output<string>;
  /** The account's name, in the form of an email address. */
  public readonly email!: pulumi.Output<string>;

  constructor(name: string, args: ServiceAccountKeyInputs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { json: undefined, email: undefined };
    const secret = { additionalSecretOutputs: ["json"] };
    super(provider, name, { ...args, ...outputs }, pulumi.mergeOptions(opts, secret), "local", "ServiceAccountKey");
  }
}

const emailOf = (project: string) => `bay-wheels@${project}.iam.gserviceaccount.com`;

/** A key in the form of Google's key files, generated here. */
function generate(project: string): string {
  return JSON.stringify({
    type: "service_account",
    project_id: project,
    private_key_id: randomBytes(20).toString("hex"),
    private_key: generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    }).privateKey,
    client_email: emailOf(project),
    client_id: "0",
    token_uri: "http://127.0.0.1/no-token-is-needed-here",
  });
}

export const handlers: Handlers<ServiceAccountKeyInputs, ServiceAccountKeyState> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),
  diff: (_id, olds, news) => {
    const replaces = changedKeys(["project"], olds, news);
    return Promise.resolve({ changes: replaces.length > 0, replaces });
  },
  create: ({ project }) =>
    Promise.resolve({
      id: `bay-wheels@${project}`,
      outs: { project, json: generate(project), email: emailOf(project) },
    }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: (_id, olds) => Promise.resolve({ outs: olds }),
  delete: () => Promise.resolve(),
};
