import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Subject, Type } from "../behaviour";
import { badRequest, lastOf, need, onApi, projectOf } from "./common";

export const accountType = "gcp:serviceaccount/account:Account";
const keyType = "gcp:serviceaccount/key:Key";
export const clusterType = "gcp:container/cluster:Cluster";

const account = (subject: Subject) =>
  `${String(subject.inputs.accountId)}@${projectOf(subject)}.iam.gserviceaccount.com`;

/** hashicorp/terraform-provider-google, resource_google_service_account.go */
function accountIdFaults({ inputs }: Subject): Record<string, string> {
  const accountId = String(inputs.accountId);
  if (/^[a-z]([-a-z0-9]{4,28}[a-z0-9])$/.test(accountId)) return {};
  return { accountId: `"account_id" ("${accountId}") doesn't match regexp` };
}

/** A key file as Google makes them, worth nothing. */
function privateKey(email: string): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const key = { type: "service_account", private_key: privateKey, client_email: email };
  return Buffer.from(JSON.stringify(key)).toString("base64");
}

/** True for an account of this project that is not there. */
export function isMissing(subject: Subject, email: string): boolean {
  const isOwn = email.endsWith(`@${projectOf(subject)}.iam.gserviceaccount.com`);
  return isOwn && !subject.store.all(accountType).some(({ properties }) => properties.email === email);
}

/**
 * Google binds nobody who is not there: an account, or the members that a cluster's Workload Identity makes. People,
 * groups and domains are elsewhere.
 */
function requireMember(subject: Subject): void {
  const { inputs, store } = subject;
  const [, kind = "", who = ""] = /^(user|group|domain|serviceAccount):(.*)$/.exec(String(inputs.member)) ?? [];
  if (kind === "")
    throw badRequest(`Invalid argument: the member ${String(inputs.member)} is of an unknown type.`, "badRequest");
  if (kind !== "serviceAccount" && who.endsWith(".gserviceaccount.com"))
    throw badRequest(
      `Principal ${who} is of type "serviceAccount". The principal should appear as "serviceAccount:${who}". See https://cloud.google.com/iam/help/members/type for additional documentation.`,
      "badRequest",
    );
  const [, pool] = /^(.*\.svc\.id\.goog)\[/.exec(who) ?? [];
  if (pool !== undefined) {
    if (store.all(clusterType).some(({ properties }) => poolOf(properties) === pool)) return;
    throw badRequest(
      `Identity Pool does not exist (${pool}). Please check that you specified a valid resource name as returned in the \`name\` attribute in the configuration API.`,
      "badRequest",
    );
  }
  if (isMissing(subject, who)) throw badRequest(`Service account ${who} does not exist.`, "badRequest");
}

const poolOf = ({ workloadIdentityConfig }: Record<string, unknown>) =>
  (workloadIdentityConfig as { workloadPool?: string } | undefined)?.workloadPool;

/** A binding of one member to one role, on what an input names. */
function member(on: string, owner?: string): Type {
  return {
    required: [on, "role", "member"],
    replaceOn: [on, "role", "member", "project", "location"],
    // it adds the member to the policy
    idempotent: true,
    id: ({ inputs }) => `${String(inputs[on])}/${String(inputs.role)}/${String(inputs.member)}`,
    outputs: () => ({ etag: "etag" }),
    created(subject) {
      if (owner !== undefined) need(subject, owner, subject.inputs[on]);
      requireMember(subject);
    },
  };
}

/** Note that Cloud Resource Manager isn't enabled in the project of the credentials, which are a service account's. */
export const noResourceManager = "no-resource-manager";

/** The provider reads the project before it enables an API: resource_google_project_service.go */
function requireResourceManager({ inputs, store }: Subject): void {
  if (store.note(noResourceManager) === undefined) return;
  throw new Error(
    `Error when reading or editing Project Service ${String(inputs.service)}: googleapi: Error 403: ` +
      "Cloud Resource Manager API has not been used in project 123456789 before or it is disabled., accessNotConfigured",
  );
}

/** Accounts, keys and who may do what. */
export const access: Record<string, Type> = {
  "gcp:projects/service:Service": {
    required: ["service"],
    replaceOn: ["service", "project"],
    // resource_google_project_service.go: resourceGoogleProjectServiceCreate
    idempotent: true,
    created: requireResourceManager,
    id: (subject) => `${projectOf(subject)}/${String(subject.inputs.service)}`,
  },
  ...onApi("iam", {
    [accountType]: {
      required: ["accountId"],
      replaceOn: ["accountId", "project"],
      id: (subject) => `projects/${projectOf(subject)}/serviceAccounts/${account(subject)}`,
      outputs: (subject) => ({
        email: account(subject),
        member: `serviceAccount:${account(subject)}`,
        name: `projects/${projectOf(subject)}/serviceAccounts/${account(subject)}`,
      }),
      checked: accountIdFaults,
      // its keys go with it
      deleted({ id, store }) {
        for (const key of store.all(keyType)) if (key.id.startsWith(`${id}/`)) store.forget(keyType, key.id);
      },
    },
    [keyType]: {
      required: ["serviceAccountId"],
      replaceOn: ["serviceAccountId", "keepers"],
      id: ({ inputs }) => `${String(inputs.serviceAccountId)}/keys/${randomBytes(20).toString("hex")}`,
      outputs: ({ inputs }) => ({ privateKey: privateKey(lastOf(inputs.serviceAccountId)) }),
    },
    "gcp:serviceaccount/iAMMember:IAMMember": {
      ...member("serviceAccountId"),
      created(subject) {
        const { serviceAccountId } = subject.inputs;
        if (subject.store.get(accountType, String(serviceAccountId)) === undefined)
          throw new Error(`googleapi: Error 404: Unknown service account, notFound`);
        requireMember(subject);
      },
    },
  }),
  ...onApi("cloudresourcemanager", { "gcp:projects/iAMMember:IAMMember": member("project") }),
  ...onApi("storage", {
    "gcp:storage/bucketIAMMember:BucketIAMMember": member("bucket", "gcp:storage/bucket:Bucket"),
  }),
  ...onApi("artifactregistry", {
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": member(
      "repository",
      "gcp:artifactregistry/repository:Repository",
    ),
  }),
};
