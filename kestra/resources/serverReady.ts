import * as pulumi from "@pulumi/pulumi";
import { shim } from "./shim";

export interface ServerReadyArgs {
  /** Root of the server, without a trailing slash. */
  url: string;
  username: string;
  password: pulumi.Input<string>;
  /** What runs the server: another one than before is waited for anew. */
  server: pulumi.Input<string>;
  /** Name of the container whose log tells why the server does not come. */
  container: string;
  /** Address of the Docker engine. */
  engine: string;
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
