import * as pulumi from "@pulumi/pulumi";
import { shim } from "../../dynamic/shim";
import { clusterPlan } from "../gke/clusterPlan";
import type { Settings } from "../settings";
import { stackLabel } from "../stackName";

export interface ProjectReadyArgs {
  settings: Settings;
}

const provider = shim("./infra/handlers/projectReady.ts");

/**
 * A Google Cloud project in which the platform can be made: it is there, has billing, allows keys where one is needed, has CPUs left for a cluster
 * where one is to be made, the bucket's name is free, and the APIs that were just enabled answer. What Google tells before that is told at the
 * preview.
 */
export class ProjectReady extends pulumi.dynamic.Resource {
  constructor(name: string, { settings }: ProjectReadyArgs, opts?: pulumi.CustomResourceOptions) {
    const { project, bucketName, keyRotation = "", runtime, gke } = settings;
    const cluster = runtime === "gke" ? clusterPlan(gke) : {};
    super(
      provider,
      name,
      { project, bucketName, stack: stackLabel(), keyRotation, ...cluster },
      opts,
      "baywheels",
      "ProjectReady",
    );
  }
}
