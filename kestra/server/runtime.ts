import * as pulumi from "@pulumi/pulumi";
import type { Needs } from "../../infra/needs";
import type { Platform } from "../../infra/platform";
import type { RuntimeSettings, Settings } from "../../infra/settings";
import type { Connection, Endpoint } from "../client/connection";

/** A choice for `bay-wheels:runtime`: its own settings, what it needs, and how it starts. index.ts lists them. */
export interface Runtime<Own = unknown> extends RuntimeSettings<Own> {
  needs(own: Own, settings: Settings): Needs;
  start(name: string, args: RuntimeArgs<Own>, opts?: pulumi.ComponentResourceOptions): KestraRuntime;
}

export interface RuntimeArgs<Own> {
  settings: Settings;
  /** The runtime's own settings. */
  own: Own;
  platform: Platform;
}

/** A running, ready Kestra: the record that every runtime passes on to the pipeline. */
export interface KestraRuntime {
  /** Its address for a browser. */
  url: pulumi.Output<string>;
  /** Where its API is reached; known, like the url, only when the server is healthy. */
  endpoint: pulumi.Output<Endpoint>;
  /** The endpoint with user and password; secret. */
  connection: pulumi.Output<Connection>;
  username: string;
  /** Secret. */
  password: pulumi.Output<string>;
  /** Secret. */
  encryptionKey: pulumi.Output<string>;
  /** Flows, entries and files share their lifecycle with what holds Kestra's data. */
  lifecycle: Lifecycle;
}

/** Deleted with its holder, without asking the server, and recreated when the holder is. */
export type Lifecycle = Required<Pick<pulumi.CustomResourceOptions, "deletedWith" | "replaceWith">>;

export interface AccessArgs {
  /** Root of the server for a person, without a trailing slash. */
  url: string;
  /** Default: at the url. */
  endpoint?: pulumi.Input<Endpoint>;
  username: string;
  password: pulumi.Output<string>;
  encryptionKey: pulumi.Output<string>;
  /** Created or changed only when the server is healthy. */
  ready: pulumi.Resource;
  /** What holds Kestra's data, the database first. */
  data: [pulumi.Resource, ...pulumi.Resource[]];
}

/** The record of a server: whoever uses it waits for `ready`, while a preview knows the address already. */
export function access({ ready, data, ...server }: AccessArgs): KestraRuntime {
  const { username, password, encryptionKey } = server;
  const url = ready.urn.apply(() => server.url);
  const known = pulumi.output(server.endpoint ?? { kind: "address" as const, url: server.url });
  const endpoint = pulumi.all([known as pulumi.Output<Endpoint>, ready.urn]).apply(([endpoint]) => endpoint);
  const connection = pulumi.secret(
    pulumi.all([endpoint, password]).apply(([endpoint, password]) => ({ ...endpoint, username, password })),
  );
  const lifecycle = { deletedWith: data[0], replaceWith: data };
  return { url, endpoint, connection, username, password, encryptionKey, lifecycle };
}
