import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../client/connection";
import type { DockerPlace } from "../docker/diagnosis";
import { shim } from "../../dynamic/shim";

export interface ServerReadyArgs {
  place: pulumi.Input<Place>;
  username: string;
  password: pulumi.Input<string>;
  /** What runs the server: another one than before is waited for anew. */
  server: pulumi.Input<string>;
  /** The container whose log tells why the server does not come. */
  docker?: DockerPlace;
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
