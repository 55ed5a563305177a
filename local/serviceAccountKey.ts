import * as pulumi from "@pulumi/pulumi";
import { shim } from "../dynamic/shim";
import type { ServiceAccountKeyInputs } from "./serviceAccountKeyHandlers";

const provider = shim("./local/serviceAccountKeyHandlers.ts");

/** A throw-away service-account key: formed like Google's, worth nothing. */
export class ServiceAccountKey extends pulumi.dynamic.Resource {
  /** The key file's JSON text; a secret. */
  public readonly json!: pulumi.Output<string>;
  /** The account's name in the form of an e-mail address. */
  public readonly email!: pulumi.Output<string>;

  constructor(name: string, args: ServiceAccountKeyInputs, opts?: pulumi.CustomResourceOptions) {
    const secret = { additionalSecretOutputs: ["json"] };
    super(
      provider,
      name,
      { ...args, json: undefined, email: undefined },
      pulumi.mergeOptions(opts, secret),
      "local",
      "ServiceAccountKey",
    );
  }
}
