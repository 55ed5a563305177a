import { rmSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { changedKeys, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { folderOf, type ServiceInputs } from "./definitions";
import { isReady, start, stop } from "./processes";

export interface ServiceArgs extends Omit<ServiceInputs, "configuration"> {
  /** Text of a configuration file that may hold secrets. */
  configuration?: pulumi.Input<string>;
}

const provider = shim("./local/services/service.ts");

/** A service as a process that outlives `pulumi up`; deleting it stops it and deletes its data. */
export class Service extends DynamicResource {
  constructor(name: string, args: ServiceArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "local", "Service");
  }
}

/** Replaces the version in the state of a service that isn't running. */
const notRunning = "not running";

export const handlers: Handlers<ServiceInputs, ServiceInputs> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),

  /** A service that died (a reboot, a kill) shows as an update, which starts it again on its data. */
  async diff(_id, olds, news) {
    const replaces = changedKeys(["service"], olds, news);
    return {
      changes: replaces.length > 0 || !isDeepStrictEqual(own(olds), own(news)) || !(await isReady(own(olds))),
      replaces,
    };
  },

  async create(inputs) {
    await start(own(inputs));
    return { id: inputs.service, outs: inputs };
  },

  /** A service that died still has its data: a refresh shows it by its version, and the next `up` starts it. */
  async read(id, state) {
    return { id, props: (await isReady(own(state))) ? state : { ...state, version: notRunning } };
  },

  async update(_id, olds, news) {
    await stop(olds.service);
    await start(own(news));
    return { outs: news };
  },

  /** Ends the process and deletes its data. */
  async delete(_id, state) {
    await stop(state.service);
    rmSync(folderOf(state.service), { recursive: true, force: true });
  },
};

/** The service's own inputs, without what Pulumi adds. */
function own({ service, ports, version, options, configuration }: ServiceInputs) {
  return { service, ports, version, options, configuration };
}
