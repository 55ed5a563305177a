import { askAsCaller, statusMessage } from "../../../../infra/gke/clusterApi";
import { rootCause } from "../../../../infra/google/httpProxy";
import type { ClusterTarget } from "../../../client/connection";

/** What is read of Kubernetes' objects: https://kubernetes.io/docs/reference/kubernetes-api/ */
interface Metadata {
  name: string;
  annotations?: Record<string, string>;
  ownerReferences?: { name: string }[];
  deletionTimestamp?: string;
  generation?: number;
}
export interface Deployment {
  metadata: Metadata;
  spec: { replicas?: number };
  status?: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; availableReplicas?: number };
}
export interface ReplicaSet {
  metadata: Metadata;
  spec: { replicas?: number };
  status?: { replicas?: number; availableReplicas?: number };
}
interface Terminated {
  reason?: string;
  exitCode?: number;
}
export interface ContainerStatus {
  ready: boolean;
  restartCount: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}
export interface Pod {
  metadata: Metadata;
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
  };
}
export interface ClusterEvent {
  involvedObject: { name: string };
  reason?: string;
  message?: string;
  /** How often it happened. */
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

/** A release's Deployments and what belongs to them. */
export interface Workload {
  deployments: Deployment[];
  replicaSets: ReplicaSet[];
  pods: Pod[];
  events: ClusterEvent[];
}

/** Where a release is in a cluster. */
export interface ReleaseTarget extends Pick<ClusterTarget, "project" | "location" | "cluster" | "namespace"> {
  /** Host of the Kubernetes API. */
  api: string;
  /** Name of the release. */
  release: string;
}

/** An answer of the cluster other than 200. */
export class ClusterRefusal extends Error {
  constructor(
    readonly status: number,
    { cluster, project }: ReleaseTarget,
    message: string,
  ) {
    const remedy =
      status === 403
        ? `Ask for the role roles/container.developer in project ${project}`
        : "Wait until it has recovered";
    super(`Cluster ${cluster} answered ${status} (${message}). ${remedy}, then run 'pulumi up' again`);
  }
}

/** The cluster didn't answer; it may a moment later. */
export class NoAnswer extends Error {
  constructor({ cluster }: ReleaseTarget, error: Error) {
    const { message } = rootCause(error);
    super(`Cluster ${cluster} doesn't answer (${message}). Check your network connection, then run 'pulumi up' again`);
  }
}

/**
 * Text at a path below a kind of objects in the release's namespace, such as `apps/v1` and `deployments`.
 * @throws ClusterRefusal, NoAnswer, or Error for credentials that are rejected
 */
export async function readText(target: ReleaseTarget, api: string, path: string): Promise<string> {
  const root = api.includes("/") ? `/apis/${api}` : `/api/${api}`;
  const answer = await askAsCaller(target.api, `${root}/namespaces/${target.namespace}/${path}`);
  if (answer instanceof Error) throw new NoAnswer(target, answer);
  const { status, text } = answer;
  if (status !== 200) throw new ClusterRefusal(status, target, statusMessage(text));
  return text;
}

/** Reads a release's workload as it is now. */
export async function readWorkload(target: ReleaseTarget): Promise<Workload> {
  const selector = encodeURIComponent(`app.kubernetes.io/instance=${target.release}`);
  const list = async <T>(api: string, path: string) =>
    (JSON.parse(await readText(target, api, path)) as { items: T[] }).items;
  const [deployments, replicaSets, pods, events] = await Promise.all([
    list<Deployment>("apps/v1", `deployments?labelSelector=${selector}`),
    list<ReplicaSet>("apps/v1", `replicasets?labelSelector=${selector}`),
    list<Pod>("v1", `pods?labelSelector=${selector}`),
    list<ClusterEvent>("v1", "events"),
  ]);
  return { deployments, replicaSets, pods, events: events.sort((a, b) => timeOf(a).localeCompare(timeOf(b))) };
}

const timeOf = ({ lastTimestamp, eventTime }: ClusterEvent) => lastTimestamp ?? eventTime ?? "";
