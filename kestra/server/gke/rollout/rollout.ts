import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { Handlers } from "../../../../dynamic/handlers";
import { DynamicResource } from "../../../../dynamic/resource";
import { shim } from "../../../../dynamic/shim";
import { waitFor } from "../../../../dynamic/wait";
import { kubectl } from "../kubectl";
import { faults, missing, reasonInLog } from "./diagnosis";
import { again, crashPatience, type Fault } from "./podFault";
import { ClusterRefusal, NoAnswer, readText, readWorkload, type ReleaseTarget } from "./workload";

export interface RolloutArgs {
  target: pulumi.Input<{ [K in keyof ReleaseTarget]: pulumi.Input<string> }>;
  /** Changes with each change of the release: then the wait starts again. */
  revision: pulumi.Input<string>;
  /** Maximum number of seconds to wait. */
  timeout: number;
}

const provider = shim("@bay-wheels/kestra/server/gke/rollout/rollout.ts");

/**
 * Waits until all Deployments of a release run what it states, and says which pod stops it, why, and what to do. What
 * can't succeed fails at once. It changes nothing: the next `up` waits again for what is still missing.
 */
export class Rollout extends DynamicResource {
  constructor(name: string, args: RolloutArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kestra", "Rollout");
  }
}

/** Inputs and state. */
export interface RolloutInputs {
  target: ReleaseTarget;
  revision: string;
  timeout: number;
}

/** Lines of a crashed container's log that are searched for the reason. */
const logLines = 200;

/** Faults that lasted since the wait began: those of an earlier `up` may be solved, and count only if tried again. */
export class Watch {
  private before?: Map<string, number>;
  private since = new Map<string, number>();

  /** The first fault that waiting won't solve. */
  lasting(found: Fault[], now: number): Fault | undefined {
    const keyOf = ({ object, patience }: Fault) => `${object} ${patience}`;
    this.before ??= new Map(found.map(({ object, attempts = 0 }) => [object, attempts]));
    this.since = new Map(found.map((fault) => [keyOf(fault), this.since.get(keyOf(fault)) ?? now]));
    return found.find((fault) => {
      const { object, attempts, enough, patience } = fault;
      const isTried = attempts === undefined || (attempts >= enough && attempts > (this.before!.get(object) ?? 0));
      return isTried && now - this.since.get(keyOf(fault))! >= patience * 1000;
    });
  }
}

/** A crash with what its log says of it. */
async function explained(target: ReleaseTarget, fault: Fault): Promise<Fault> {
  const { crashed, reason } = fault;
  if (crashed === undefined) return fault;
  const path = `pods/${crashed}/log?previous=true&tailLines=${logLines}`;
  // the container may just have been replaced
  const log = await readText(target, "v1", path).catch(() => "");
  const own = reasonInLog(log);
  return {
    ...fault,
    reason: own ? `${reason}: ${own}` : reason,
    remedy: `Fix that (its log: ${kubectl(target, `logs --previous ${crashed}`)})${again}`,
    patience: crashPatience(own),
  };
}

function failure({ object, reason, remedy, isServed }: Fault): Error {
  const former = isServed ? ", and the former pods keep running" : "";
  return new Error(`Kestra's roll-out failed${former}: ${object} ${oneLine(reason)}. ${remedy}`);
}

const oneLine = (text: string) => text.trim().replace(/\s+/g, " ").replace(/\.$/, "");

/** True while a cluster doesn't answer as it should: its control plane may be upgraded just now. */
const mayPass = (error: unknown): error is Error =>
  error instanceof NoAnswer || (error instanceof ClusterRefusal && (error.status === 429 || error.status >= 500));

async function wait(inputs: RolloutInputs): Promise<RolloutInputs> {
  const { target, timeout } = inputs;
  const watch = new Watch();
  const look = async () => {
    const workload = await readWorkload(target).catch((error: unknown) => {
      if (mayPass(error)) return error;
      throw error;
    });
    if (workload instanceof Error) return workload.message;
    const left = missing(workload);
    if (left === undefined) return undefined;
    const found = await Promise.all(faults(workload).map((fault) => explained(target, fault)));
    const lasting = watch.lasting(found, Date.now());
    if (lasting) throw failure(lasting);
    return [left, ...found.map(({ object, reason }) => `${object} ${oneLine(reason)}`)].join("; ");
  };
  const left = await waitFor({ what: "Kestra's roll-out", timeout, look });
  if (left === undefined) return inputs;
  throw new Error(
    `Kestra wasn't rolled out within ${timeout} s (${left}). Look at its pods (${kubectl(target, "describe pods")}), ` +
      "or raise the timeout (pulumi config set bay-wheels:kestraStartTimeout 1800), then run 'pulumi up' again",
  );
}

/** What makes it another roll-out; the API's address doesn't. */
const identity = ({ target: { cluster, namespace, release }, revision }: RolloutInputs) => [
  ...[cluster, namespace, release],
  revision,
];

export const handlers: Handlers<RolloutInputs, RolloutInputs> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),
  diff: (_id, olds, news) => Promise.resolve({ changes: !isDeepStrictEqual(identity(olds), identity(news)) }),
  create: async (inputs) => ({ id: `${inputs.target.namespace}/${inputs.target.release}`, outs: await wait(inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, _olds, news) => ({ outs: await wait(news) }),
  delete: () => Promise.resolve(),
};
