import * as pulumi from "@pulumi/pulumi";
import type { Endpoint } from "../client/connection";
import type { DockerContainer } from "../docker/diagnosis";
import { shim } from "../../dynamic/shim";

export interface ServerReadyArgs {
  place: pulumi.Input<Endpoint>;
  username: string;
  password: pulumi.Input<string>;
  /** What runs the server: another one than before is waited for anew. */
  server: pulumi.Input<string>;
  /** The container whose log tells why the server does not come. */
  docker?: DockerContainer;
  /** Seconds until the wait is given up. */
  timeout: number;
}

const provider = shim("./kestra/handlers/serverReady.ts");

/** A Kestra server that answers to this user: made, or changed, only when it does. */
export class ServerReady extends pulumi.dynamic.Resource {
  constructor(name: string, args: ServerReadyArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, password: pulumi.secret(args.password) }, opts, "kestra", "ServerReady");
  }
}
