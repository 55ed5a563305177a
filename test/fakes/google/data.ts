import type { Subject, Type } from "../behaviour";
import { isMissing } from "./access";
import { badRequest, onApi, projectOf } from "./common";

export const bucketType = "gcp:storage/bucket:Bucket";
export const repositoryType = "gcp:artifactregistry/repository:Repository";

/** Note of the names of buckets that hold objects, one a line. */
export const filledBuckets = "filled-buckets";

/** Note of the images that were pushed, one a line. */
export const pushedImages = "pushed-images";

export const accessType = "gcp:bigquery/datasetAccess:DatasetAccess";
const datasetType = "gcp:bigquery/dataset:Dataset";

const datasetId = (subject: Subject) => `projects/${projectOf(subject)}/datasets/${String(subject.inputs.datasetId)}`;

/** hashicorp/terraform-provider-google, resource_bigquery_dataset_access.go: who an entry is for, exactly one. */
const holders = [
  "userByEmail",
  "groupByEmail",
  "domain",
  "specialGroup",
  "iamMember",
  "view",
  "authorizedDataset",
  "routine",
];

/** The API's own names of these roles: what is given by the newer one is read as changed. */
const olderNames: Record<string, string> = {
  "roles/bigquery.dataOwner": "OWNER",
  "roles/bigquery.dataEditor": "WRITER",
  "roles/bigquery.dataViewer": "READER",
};

const holderOf = ({ inputs }: Subject) => holders.filter((each) => inputs[each] !== undefined);

/** An entry of a dataset's access list: all of it is its identity. */
const datasetAccess: Type = {
  required: ["datasetId"],
  replaceOn: ["datasetId", "project", "role", "condition", ...holders],
  // the refusal of an entry that's there already is the provider's own, below
  idempotent: true,
  // the vendor's id is the dataset's alone
  id(subject) {
    const [holder] = holderOf(subject);
    return `${datasetId(subject)}/${String(subject.inputs.role)}/${holder}/${JSON.stringify(subject.inputs[holder!])}`;
  },
  outputs: ({ inputs }) => ({ role: olderNames[String(inputs.role)] ?? inputs.role, apiUpdatedMember: false }),
  checked(subject) {
    const found = holderOf(subject);
    if (found.length === 1) return {};
    return { [found[0] ?? "userByEmail"]: `only one of \`${holders.join(",")}\` must be specified` };
  },
  created(subject) {
    const { userByEmail } = subject.inputs;
    const same = subject.store.get(accessType, subject.id);
    if (same !== undefined)
      throw new Error(`Unable to create DatasetAccess, existing object already found: ${JSON.stringify(same)}`);
    if (subject.store.get(datasetType, datasetId(subject)) === undefined)
      throw new Error(`googleapi: Error 404: Not found: Dataset ${datasetId(subject)}, notFound`);
    if (isMissing(subject, String(userByEmail)))
      throw badRequest(
        `IAM setPolicy failed for ${datasetId(subject)}: Service account ${String(userByEmail)} does not exist.`,
      );
  },
};

/** What holds data: objects, tables, images. */
export const data: Record<string, Type> = {
  ...onApi("storage", {
    [bucketType]: {
      required: ["location"],
      replaceOn: ["name", "location", "project"],
      autoName: "name",
      // hashicorp/terraform-provider-google, resource_storage_bucket.go and resource_bigquery_dataset.go: the importers
      virtual: ["forceDestroy"],
      id: ({ inputs }) => String(inputs.name),
      outputs: ({ inputs }) => ({ url: `gs://${String(inputs.name)}` }),
      deleted({ inputs, store }) {
        const filled = (store.note(filledBuckets) ?? "").split("\n").includes(String(inputs.name));
        if (filled && inputs.forceDestroy !== true)
          throw new Error(`Error trying to delete bucket ${String(inputs.name)} without \`force_destroy\` set to true`);
      },
    },
  }),
  ...onApi("bigquery", {
    [datasetType]: {
      required: ["datasetId"],
      replaceOn: ["datasetId", "location", "project"],
      virtual: ["deleteContentsOnDestroy"],
      id: datasetId,
      outputs: () => ({ etag: "etag" }),
    },
    [accessType]: datasetAccess,
  }),
  ...onApi("artifactregistry", {
    [repositoryType]: {
      required: ["repositoryId", "format"],
      replaceOn: ["repositoryId", "format", "location", "project", "mode", "kmsKeyName"],
      id: (subject) =>
        `projects/${projectOf(subject)}/locations/${locationOf(subject)}/repositories/${String(subject.inputs.repositoryId)}`,
      outputs: (subject) => ({
        name: subject.inputs.repositoryId,
        registryUri: `${locationOf(subject)}-docker.pkg.dev/${projectOf(subject)}/${String(subject.inputs.repositoryId)}`,
      }),
      created({ inputs }) {
        if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(String(inputs.repositoryId)))
          throw badRequest(`Invalid repository ID: ${String(inputs.repositoryId)}`);
      },
    },
  }),
};

const locationOf = ({ inputs, config }: Subject) => String(inputs.location ?? config.region);
