import * as pulumi from "@pulumi/pulumi";
import { shim } from "../../dynamic/shim";
import type { DatasetInputs } from "./datasetHandlers";

const provider = shim("./local/bigquery/datasetHandlers.ts");

/** A dataset of the BigQuery emulator. */
export class Dataset extends pulumi.dynamic.Resource {
  public readonly datasetId!: pulumi.Output<string>;

  constructor(name: string, args: DatasetInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "local", "Dataset");
  }
}
