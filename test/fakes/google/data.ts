import type { Subject, Type } from "../behaviour";
import { badRequest, onApi, projectOf } from "./common";

export const bucketType = "gcp:storage/bucket:Bucket";
export const repositoryType = "gcp:artifactregistry/repository:Repository";

/** Note of the names of buckets that hold objects, one a line. */
export const filledBuckets = "filled-buckets";

/** Note of the images that were pushed, one a line. */
export const pushedImages = "pushed-images";

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
    "gcp:bigquery/dataset:Dataset": {
      required: ["datasetId"],
      replaceOn: ["datasetId", "location", "project"],
      virtual: ["deleteContentsOnDestroy"],
      id: (subject) => `projects/${projectOf(subject)}/datasets/${String(subject.inputs.datasetId)}`,
      outputs: () => ({ etag: "etag" }),
    },
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
