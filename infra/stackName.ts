import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../kestra/handlers/handlers";

/** The stack's name as labels and account ids of Google Cloud take it: lower-case letters, digits and '-', 63 at most. */
export function stackLabel(): string {
  return pulumi
    .getStack()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63);
}

/** An account id of 30 characters at most (https://cloud.google.com/iam/docs/service-accounts-create); a long one ends in a hash. */
export function accountId(): string {
  const id = `bay-wheels-${stackLabel()}`;
  return id.length <= 30 ? id.replace(/-+$/, "") : `${id.slice(0, 23)}-${sha256(id).slice(0, 6)}`;
}
