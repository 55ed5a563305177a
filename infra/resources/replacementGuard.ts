import * as pulumi from "@pulumi/pulumi";
import { shim } from "../../dynamic/shim";
import { configCommand } from "../config";
import type { Settings } from "../settings";

export interface ReplacementGuardArgs {
  settings: Settings;
}

const provider = shim("./infra/handlers/replacementGuard.ts");

/**
 * Remembers what bucket, dataset and a cluster's database were made of, and refuses a change that would replace one of them, with all its data, unless
 * `allowReplacementOf` names it. It refuses at preview. What holds data depends on it.
 */
export class ReplacementGuard extends pulumi.dynamic.Resource {
  constructor(name: string, { settings }: ReplacementGuardArgs, opts?: pulumi.CustomResourceOptions) {
    const { project, dataLocation, bucketName, dataset, runtime, allowReplacementOf } = settings;
    const region = runtime === "gke" ? settings.gke.region : undefined;
    super(
      provider,
      name,
      { project, dataLocation, bucketName, dataset, runtime, region, allowReplacementOf, set: configCommand("set") },
      opts,
      "baywheels",
      "ReplacementGuard",
    );
  }
}
