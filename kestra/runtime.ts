import * as pulumi from "@pulumi/pulumi";
import type { Connection, Endpoint } from "./client/connection";

/** A running, ready Kestra: what every runtime hands on to the pipeline. */
export interface KestraRuntime {
  /** Where a person opens it in a browser. */
  url: pulumi.Output<string>;
  /** Where its API is reached; there, like the url, only when the server is healthy. */
  endpoint: pulumi.Output<Endpoint>;
  /** The endpoint with user and password; secret. */
  connection: pulumi.Output<Connection>;
  username: string;
  /** Secret. */
  password: pulumi.Output<string>;
  /** Secret. */
  encryptionKey: pulumi.Output<string>;
  /** What flows, entries and files share their lifecycle with: what holds Kestra's data. */
  lifecycle: Lifecycle;
}

/** What is deleted with its holder, without asking the server, and made anew when the holder is. */
export type Lifecycle = Required<Pick<pulumi.CustomResourceOptions, "deletedWith" | "replaceWith">>;

export interface AccessArgs {
  /** Root of the server for a person, without a trailing slash. */
  url: string;
  /** Default: at the url. */
  endpoint?: pulumi.Input<Endpoint>;
  username: string;
  password: pulumi.Output<string>;
  encryptionKey: pulumi.Output<string>;
  /** Made or changed only when the server is healthy. */
  ready: pulumi.Resource;
  /** What holds Kestra's data, the database first. */
  data: [pulumi.Resource, ...pulumi.Resource[]];
}

/** The record of a server: who uses it waits for `ready`, while a preview knows the address already. */
export function access({ ready, data, ...server }: AccessArgs): KestraRuntime {
  const { username, password, encryptionKey } = server;
  const url = ready.urn.apply(() => server.url);
  const known = pulumi.output(
    server.endpoint ?? { kind: "address" as const, url: server.url },
  ) as pulumi.Output<Endpoint>;
  const endpoint = pulumi.all([known, ready.urn]).apply(([endpoint]) => endpoint);
  const connection = pulumi.secret(
    pulumi.all([endpoint, password]).apply(([endpoint, password]) => ({ ...endpoint, username, password })),
  );
  const lifecycle = { deletedWith: data[0], replaceWith: data };
  return { url, endpoint, connection, username, password, encryptionKey, lifecycle };
}
