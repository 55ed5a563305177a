import * as pulumi from "@pulumi/pulumi";
import { shim } from "./shim";

export interface GeneratedSecretArgs {
  /** `password`: meets Kestra's rule for basic authentication. `encryptionKey`: base64 of 32 bytes. */
  kind: "password" | "encryptionKey";
  /** Another value than before draws a new secret. */
  generation?: pulumi.Input<string>;
}

const provider = shim("./dynamic/generatedSecretHandlers.ts");

/** A secret drawn once from the system's random source and kept, encrypted, in the stack's state. */
export class GeneratedSecret extends pulumi.dynamic.Resource {
  /** The secret itself; marked as one. */
  public readonly value!: pulumi.Output<string>;

  constructor(name: string, args: GeneratedSecretArgs, opts?: pulumi.CustomResourceOptions) {
    const secret = { additionalSecretOutputs: ["value"] };
    super(
      provider,
      name,
      { ...args, value: undefined },
      pulumi.mergeOptions(opts, secret),
      "kestra",
      "GeneratedSecret",
    );
  }
}
