import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../client/connection";
import { parseFlow } from "../flowFile";
import { claim, type Thing } from "./claims";
import { shim } from "../../dynamic/shim";

export interface FlowArgs {
  connection: pulumi.Input<Connection>;
  /** Where the source stands, for messages; from the project's root. */
  file: string;
  /** The flow as YAML. It is registered as it stands; its `namespace` and `id` are the resource's identity. */
  source: pulumi.Input<string>;
}

const provider = shim("./kestra/handlers/flow.ts");

/** What the source stands for; nothing where it can't be read, which `check` reports with file and line. */
function thingsOf(file: string, source: string): Thing[] {
  try {
    const { namespace, id } = parseFlow(file, source);
    return [{ kind: "Flow", namespace, key: id }];
  } catch {
    return [];
  }
}

/**
 * A Kestra flow. Creating one that exists adopts it; equal text makes no new revision; a trigger that somebody paused
 * stays paused. Another namespace or id replaces it. Two resources for one flow of one server are refused.
 */
export class Flow extends pulumi.dynamic.Resource {
  /** Revision that the server gave to the registered source; counts from 1. */
  public readonly revision!: pulumi.Output<number>;
  public readonly namespace!: pulumi.Output<string>;
  public readonly flowId!: pulumi.Output<string>;

  constructor(name: string, args: FlowArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { namespace: undefined, flowId: undefined, revision: undefined, sourceHash: undefined };
    const { file, source } = args;
    const things =
      typeof source === "string" ? thingsOf(file, source) : pulumi.output(source).apply((text) => thingsOf(file, text));
    super(
      provider,
      name,
      { ...args, connection: claim(name, args.connection, things), ...outputs },
      opts,
      "kestra",
      "Flow",
    );
  }
}
