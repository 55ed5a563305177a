import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "./connection";

/** A running, ready Kestra: what every runtime hands on to the pipeline. */
export interface KestraRuntime {
  /** There only when the server is healthy; secret. */
  connection: pulumi.Output<Connection>;
  url: pulumi.Output<string>;
  username: string;
  /** Secret. */
  password: pulumi.Output<string>;
  /** What holds Kestra's data: flows, entries and files are deleted with it, without asking the server. */
  data: pulumi.Resource;
}

export interface AccessArgs {
  /** Root of the server, without a trailing slash. */
  url: string;
  username: string;
  password: pulumi.Output<string>;
  /** Made or changed only when the server is healthy. */
  ready: pulumi.Resource;
  data: pulumi.Resource;
}

/** The record of a server at a fixed address: who uses it waits for `ready`, while a preview knows the address already. */
export function access({ url, username, password, ready, data }: AccessArgs): KestraRuntime {
  const reached = ready.urn.apply(() => url);
  const connection = pulumi.secret(
    pulumi.all([reached, password]).apply(([url, password]) => ({ kind: "address" as const, url, username, password })),
  );
  return { connection, url: reached, username, password, data };
}
