import { generateKeyPairSync, randomBytes } from "node:crypto";
import { serve, type Subject, type Type } from "./provider";

const projectOf = ({ inputs, config }: Subject) => String(inputs.project ?? config.project);

const account = (subject: Subject) =>
  `${String(subject.inputs.accountId)}@${projectOf(subject)}.iam.gserviceaccount.com`;

/** A binding of one member to one role. */
const member = (on: string): Type => ({
  required: [on, "role", "member"],
  replaceOn: [on, "role", "member", "project"],
  id: ({ inputs }) => `${String(inputs[on])}/${String(inputs.role)}/${String(inputs.member)}`,
  outputs: () => ({ etag: "etag" }),
});

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

/** The types of @pulumi/gcp that this program uses, with the properties of the vendor's schema that matter to the engine. */
const types: Record<string, Type> = {
  "gcp:projects/service:Service": {
    required: ["service"],
    replaceOn: ["service", "project"],
    id: (subject) => `${projectOf(subject)}/${String(subject.inputs.service)}`,
  },
  "gcp:storage/bucket:Bucket": {
    required: ["location"],
    replaceOn: ["name", "location", "project"],
    autoName: "name",
    id: ({ inputs }) => String(inputs.name),
    outputs: ({ inputs }) => ({ url: `gs://${String(inputs.name)}` }),
  },
  "gcp:bigquery/dataset:Dataset": {
    required: ["datasetId"],
    replaceOn: ["datasetId", "location", "project"],
    id: (subject) => `projects/${projectOf(subject)}/datasets/${String(subject.inputs.datasetId)}`,
    outputs: () => ({ etag: "etag" }),
  },
  "gcp:serviceaccount/account:Account": {
    required: ["accountId"],
    replaceOn: ["accountId", "project"],
    id: (subject) => `projects/${projectOf(subject)}/serviceAccounts/${account(subject)}`,
    outputs: (subject) => ({
      email: account(subject),
      member: `serviceAccount:${account(subject)}`,
      name: `projects/${projectOf(subject)}/serviceAccounts/${account(subject)}`,
    }),
  },
  "gcp:serviceaccount/key:Key": {
    required: ["serviceAccountId"],
    replaceOn: ["serviceAccountId", "keepers"],
    id: ({ inputs }) => `${String(inputs.serviceAccountId)}/keys/${randomBytes(20).toString("hex")}`,
    outputs: ({ inputs }) => ({ privateKey: privateKey(String(inputs.serviceAccountId).split("/").at(-1)!) }),
  },
  "gcp:projects/iAMMember:IAMMember": member("project"),
  "gcp:bigquery/datasetIamMember:DatasetIamMember": member("datasetId"),
  "gcp:storage/bucketIAMMember:BucketIAMMember": member("bucket"),
};

serve("gcp", "9.37.0", types);
