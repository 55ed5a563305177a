import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../connection";
import { shim } from "./shim";

export interface FlowArgs {
  connection: pulumi.Input<Connection>;
  /** Where the source stands, for messages; from the project's root. */
  file: string;
  /** The flow as YAML. It is registered as it stands; its `namespace` and `id` are the resource's identity. */
  source: pulumi.Input<string>;
}

const provider = shim("./kestra/handlers/flow.ts");

/**
 * A Kestra flow. Creating one that exists adopts it; equal text makes no new revision; a trigger that somebody paused stays paused.
 * Renaming it (namespace or id) replaces it.
 */
export class Flow extends pulumi.dynamic.Resource {
  /** Revision that the server gave to the registered source; counts from 1. */
  public readonly revision!: pulumi.Output<number>;
  public readonly namespace!: pulumi.Output<string>;
  public readonly flowId!: pulumi.Output<string>;

  constructor(name: string, args: FlowArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { namespace: undefined, flowId: undefined, revision: undefined, sourceHash: undefined };
    super(provider, name, { ...args, connection: pulumi.secret(args.connection), ...outputs }, opts, "kestra", "Flow");
  }
}
