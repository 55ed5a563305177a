import * as pulumi from "@pulumi/pulumi";
import type { Handlers } from "../../../../dynamic/handlers";
import { DynamicResource } from "../../../../dynamic/resource";
import { shim } from "../../../../dynamic/shim";
import { ClusterRefusal, readText, type Deployment, type ReleaseTarget } from "./workload";

export interface RunningWorkersArgs {
  target: pulumi.Input<{ [K in keyof ReleaseTarget]: pulumi.Input<string> }>;
  /** Name of the workers' Deployment. */
  deployment: string;
  minimum: number;
  maximum: number;
  /** Changes with each change of the release: then the number is read again. */
  content: pulumi.Input<string>;
}

const provider = shim("@bay-wheels/kestra/server/gke/rollout/runningWorkers.ts");

/**
 * The number of workers that the autoscaler runs when a release changes: stated in the release, they all stay, where
 * Helm would set another number, and stop those above it.
 */
export class RunningWorkers extends DynamicResource {
  /** From `minimum` to `maximum`. */
  declare public readonly replicas: pulumi.Output<number>;

  constructor(name: string, args: RunningWorkersArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, replicas: undefined }, opts, "kestra", "RunningWorkers");
  }
}

export interface RunningWorkersInputs extends Omit<RunningWorkersArgs, "target" | "content"> {
  target: ReleaseTarget;
  content: string;
}

export type RunningWorkersState = RunningWorkersInputs & { replicas: number };

async function read(inputs: RunningWorkersInputs): Promise<RunningWorkersState> {
  const { target, deployment, minimum, maximum } = inputs;
  const text = await readText(target, "apps/v1", `deployments/${deployment}`).catch((error: unknown) => {
    if (error instanceof ClusterRefusal && error.status === 404) return undefined;
    throw error;
  });
  const running = text === undefined ? minimum : ((JSON.parse(text) as Deployment).spec.replicas ?? minimum);
  return { ...inputs, replicas: Math.min(Math.max(running, minimum), maximum) };
}

export const handlers: Handlers<RunningWorkersInputs, RunningWorkersState> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),
  diff: (_id, olds, news) => Promise.resolve({ changes: olds.content !== news.content }),
  create: async (inputs) => ({ id: inputs.deployment, outs: await read(inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, _olds, news) => ({ outs: await read(news) }),
  delete: () => Promise.resolve(),
};
