import * as pulumi from "@pulumi/pulumi";
import { shim } from "../../dynamic/shim";
import type { Ports, ServiceName } from "./definitions";

export interface ServiceArgs {
  service: ServiceName;
  ports: Ports;
  /** Version of what is run: a change restarts the service. */
  version: string;
  options?: Record<string, string>;
  /** Text of a configuration file that may hold secrets. */
  configuration?: pulumi.Input<string>;
}

const provider = shim("./local/services/handlers.ts");

/** A local service: made is started and healthy, deleted is stopped with its data gone. */
export class Service extends pulumi.dynamic.Resource {
  constructor(name: string, args: ServiceArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "local", "Service");
  }
}
