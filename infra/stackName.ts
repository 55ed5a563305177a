import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../dynamic/handlers";

/** The stack's name as labels and account ids of Google Cloud take it: lower-case letters, digits and '-', 63 at most. */
export function stackLabel(): string {
  return pulumi
    .getStack()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63);
}

/**
 * An account id of 30 characters at most (https://cloud.google.com/iam/docs/service-accounts-create); a long one ends in a hash.
 * @param purpose what stands before the stack's name; by default that of the account which works on the data
 */
export function accountId(purpose = "bay-wheels"): string {
  return shortened(`${purpose}-${stackLabel()}`, 30);
}

/** Id of the stack's repository of images, 63 characters at most, the last a letter or digit: https://cloud.google.com/artifact-registry/docs/repositories/create-repos */
export function repositoryId(): string {
  return shortened(`bay-wheels-${stackLabel()}`, 63);
}

/** A name as it is where it is short enough, and else with a hash of it in the place of its end. */
function shortened(name: string, most: number): string {
  return name.length <= most ? name.replace(/-+$/, "") : `${name.slice(0, most - 7)}-${sha256(name).slice(0, 6)}`;
}
