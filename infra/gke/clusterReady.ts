import * as pulumi from "@pulumi/pulumi";
import type { Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { waitFor } from "../../dynamic/wait";
import { rootCause } from "../google/httpProxy";
import { askAsCaller, statusMessage } from "./clusterApi";

export interface ClusterReadyArgs {
  project: string;
  /** Name of the cluster. */
  cluster: pulumi.Input<string>;
  /** Host of its Kubernetes API. */
  endpoint: pulumi.Input<string>;
  /** Maximum number of seconds to wait. */
  timeout: number;
}

const provider = shim("./infra/gke/clusterReady.ts");

/**
 * Waits until the endpoint of a new cluster answers: its name and the caller's rights take minutes to spread, and
 * Pulumi's Kubernetes provider gives a cluster up for the whole run if it doesn't answer once.
 */
export class ClusterReady extends DynamicResource {
  /** Host of the Kubernetes API, known when it answers. */
  declare public readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: ClusterReadyArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "baywheels", "ClusterReady");
  }
}

/** Inputs and state. */
export type ClusterReadyInputs = pulumi.Unwrap<ClusterReadyArgs>;

async function wait(inputs: ClusterReadyInputs): Promise<ClusterReadyInputs> {
  const { project, cluster, endpoint, timeout } = inputs;
  let isRefused = false;
  const look = async () => {
    const answer = await askAsCaller(endpoint, "/version");
    // the caller lacks a right, or the cluster doesn't know of it yet
    isRefused = !(answer instanceof Error) && answer.status === 403;
    if (answer instanceof Error) return rootCause(answer).message;
    return answer.status === 200 ? undefined : `status ${answer.status} ${statusMessage(answer.text)}`.trim();
  };
  const missing = await waitFor({ what: `the API of cluster ${cluster} to answer`, timeout, look });
  if (missing === undefined) return inputs;
  const remedy = isRefused
    ? `Ask for the role roles/container.developer in project ${project} (it has container.clusters.connect)`
    : `Check that this machine, and its proxy if it has one, can reach https://${endpoint}`;
  throw new Error(
    `The API of cluster ${cluster} wasn't ready within ${timeout} s (${missing}). ${remedy}, then run 'pulumi up' again`,
  );
}

export const handlers: Handlers<ClusterReadyInputs, ClusterReadyInputs> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),
  diff: (_id, olds, news) =>
    Promise.resolve({ changes: olds.cluster !== news.cluster || olds.endpoint !== news.endpoint }),
  create: async (inputs) => ({ id: inputs.cluster, outs: await wait(inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, _olds, news) => ({ outs: await wait(news) }),
  delete: () => Promise.resolve(),
};
