import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../dynamic/handlers";

/** The stack's name in the form of a Google Cloud label: lower-case letters, digits and '-', at most 63. */
export function stackLabel(): string {
  return pulumi
    .getStack()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63);
}

/**
 * An account id, at most 30 characters: https://cloud.google.com/iam/docs/service-accounts-create. A long one ends in a
 * hash.
 * @param purpose the prefix; by default that of the account that works on the data
 */
export function accountId(purpose = "bay-wheels"): string {
  return shortened(`${purpose}-${stackLabel()}`, 30);
}

/** A service account's e-mail address; of a project `example.com:name`, the domain comes after the name. */
export function accountEmail(project: string, id: string): string {
  return `${id}@${project.split(":").reverse().join(".")}.iam.gserviceaccount.com`;
}

/** A service account's path in Google's API, which is its id in Pulumi. */
export function accountPath(project: string, id: string): string {
  return `projects/${project}/serviceAccounts/${accountEmail(project, id)}`;
}

/**
 * Id of the stack's image repository, at most 63 characters, the last a letter or digit:
 * https://cloud.google.com/artifact-registry/docs/repositories/create-repos
 */
export function repositoryId(): string {
  return shortened(`bay-wheels-${stackLabel()}`, 63);
}

/** Name of an image repository for `bay-wheels:adopt`: without the region, it would be the account's, too. */
export function repositoryName(region: string, id = repositoryId()): string {
  return `${region}/${id}`;
}

/** Default name of the data bucket, at most 63 characters: https://cloud.google.com/storage/docs/buckets#naming */
export function bucketName(project: string): string {
  return shortened(`${project}-bay-wheels-${stackLabel()}`, 63);
}

/** Default name of the dataset: letters, digits and '_'. */
export function datasetId(): string {
  return `bay_wheels_${stackLabel().replaceAll("-", "_")}`;
}

/** The name itself if it's short enough; otherwise its end is replaced by a hash. */
function shortened(name: string, most: number): string {
  return name.length <= most ? name.replace(/-+$/, "") : `${name.slice(0, most - 7)}-${sha256(name).slice(0, 6)}`;
}
