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

/**
 * Id of the stack's image repository, at most 63 characters, the last a letter or digit:
 * https://cloud.google.com/artifact-registry/docs/repositories/create-repos
 */
export function repositoryId(): string {
  return shortened(`bay-wheels-${stackLabel()}`, 63);
}

/** The name itself if it's short enough; otherwise its end is replaced by a hash. */
function shortened(name: string, most: number): string {
  return name.length <= most ? name.replace(/-+$/, "") : `${name.slice(0, most - 7)}-${sha256(name).slice(0, 6)}`;
}
