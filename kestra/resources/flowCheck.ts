import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../client/connection";
import { shim } from "../../dynamic/shim";

export interface FlowCheckArgs {
  connection: pulumi.Input<Connection>;
  /** Path of each flow file, from the project's root -> SHA-256 of its content. */
  files: Record<string, string>;
}

const provider = shim("./kestra/handlers/flowCheck.ts");

/**
 * The server's verdict on all flow files at once: an unknown task type or a missing property of any of them fails here, with file, line
 * and reason. What depends on it is changed only when every flow is accepted.
 */
export class FlowCheck extends pulumi.dynamic.Resource {
  constructor(name: string, args: FlowCheckArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, connection: pulumi.secret(args.connection) }, opts, "kestra", "FlowCheck");
  }
}
