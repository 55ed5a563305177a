import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../client/connection";
import type { KvType } from "../client/kv";
import { claim } from "./claims";
import { shim } from "../../dynamic/shim";

export interface KvEntryArgs {
  connection: pulumi.Input<Connection>;
  namespace: string;
  key: string;
  /** Kestra's type of the value; stated, never guessed. */
  type: KvType;
  /**
   * The value as text; for JSON a JSON document. Mark it secret where it is one: it is then secret in state as well.
   */
  value: pulumi.Input<string>;
}

const provider = shim("./kestra/handlers/kvEntry.ts");

/**
 * An entry of a namespace's KV store, without a time to live. Creating one that exists adopts it; an equal value is not
 * written again. Two resources for one entry of one server are refused.
 */
export class KvEntry extends pulumi.dynamic.Resource {
  constructor(name: string, args: KvEntryArgs, opts?: pulumi.CustomResourceOptions) {
    const { namespace, key } = args;
    const connection = claim(name, args.connection, [{ kind: "KV entry", namespace, key }]);
    super(provider, name, { ...args, connection }, opts, "kestra", "KvEntry");
  }
}
