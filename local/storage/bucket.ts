import * as pulumi from "@pulumi/pulumi";
import { shim } from "../../dynamic/shim";
import type { BucketInputs } from "./bucketHandlers";

const provider = shim("./local/storage/bucketHandlers.ts");

/** A bucket of the Cloud Storage emulator. */
export class Bucket extends pulumi.dynamic.Resource {
  public readonly name!: pulumi.Output<string>;

  constructor(name: string, args: BucketInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "local", "Bucket");
  }
}
