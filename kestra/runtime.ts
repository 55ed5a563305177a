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
  /** Secret. */
  encryptionKey: pulumi.Output<string>;
  /** What flows, entries and files share their fate with: what holds Kestra's data. */
  fate: Fate;
}

/** What is deleted with its holder, without asking the server, and made anew when the holder is. */
export type Fate = Required<Pick<pulumi.CustomResourceOptions, "deletedWith" | "replaceWith">>;

export interface AccessArgs {
  /** Root of the server, without a trailing slash. */
  url: string;
  username: string;
  password: pulumi.Output<string>;
  encryptionKey: pulumi.Output<string>;
  /** Made or changed only when the server is healthy. */
  ready: pulumi.Resource;
  /** What holds Kestra's data, the database first. */
  data: [pulumi.Resource, ...pulumi.Resource[]];
}

/** The record of a server at a fixed address: who uses it waits for `ready`, while a preview knows the address already. */
export function access({ ready, data, ...server }: AccessArgs): KestraRuntime {
  const { username, password, encryptionKey } = server;
  const reached = ready.urn.apply(() => server.url);
  const connection = pulumi.secret(
    pulumi.all([reached, password]).apply(([url, password]) => ({ kind: "address" as const, url, username, password })),
  );
  const fate = { deletedWith: data[0], replaceWith: data };
  return { connection, url: reached, username, password, encryptionKey, fate };
}
