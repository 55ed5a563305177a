import { rmSync } from "node:fs";
import { sameValue, type Handlers } from "../../dynamic/handlers";
import { folderOf, type ServiceInputs } from "./definitions";
import { isReady, start, stop } from "./processes";

/** In place of the version of a service that does not run. */
const notRunning = "not running";

/** Handlers of `local:Service`: a process of this machine that lives on after `pulumi up`. */
export const handlers: Handlers<ServiceInputs, ServiceInputs> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),

  /** A service that died (a reboot, a kill) shows as an update, which starts it again on its data. */
  async diff(_id, olds, news) {
    const replaces = olds.service === news.service ? [] : ["service"];
    return {
      changes: replaces.length > 0 || !sameValue(own(olds), own(news)) || !(await isReady(own(olds))),
      replaces,
    };
  },

  async create(inputs) {
    await start(own(inputs));
    return { id: inputs.service, outs: inputs };
  },

  /** Not gone, as its data is there: a refresh shows a service that died by its version, and the next `up` starts it. */
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
