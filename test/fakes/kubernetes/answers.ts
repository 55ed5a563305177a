import type { Properties } from "../store";

/** A pod as the cluster has it. */
export interface Pod {
  name: string;
  labels: Record<string, string>;
  ready: boolean;
  terminating?: boolean;
  /** Port of the container -> port of 127.0.0.1. */
  ports: Record<number, number>;
  /** Name of its ReplicaSet. */
  set?: string;
  /** What is more in its status. */
  status?: object;
  /** Log of the container that ended last. */
  previousLog?: string;
}

/** Name of a service -> what it selects. */
export type Services = Record<string, Record<string, string>>;

/** Another object, as the API shows it. */
export interface ClusterObject {
  metadata: { name: string; labels?: Record<string, string> } & Properties;
  [key: string]: unknown;
}

/** Everything in a namespace. */
export interface ClusterState {
  namespace: string;
  pods: Pod[];
  services: Services;
  objects: Partial<Record<"deployments" | "replicasets" | "events", ClusterObject[]>>;
}

/** A body that is a text is sent as it is. */
export type Answer = [status: number, body: object | string];

export const refusal = (code: number, message: string): Answer => [
  code,
  { kind: "Status", apiVersion: "v1", status: "Failure", message, code },
];

const notFound = refusal(404, "the server could not find the requested resource");

/** What the API server answers to GET. */
export function answer(url: URL, state: ClusterState): Answer {
  if (url.pathname === "/version") return [200, { major: "1", minor: "33", gitVersion: "v1.33.5-gke.1000" }];
  const [, api, namespace, kind = "", name, log] =
    /^\/(api\/v1|apis\/apps\/v1)\/namespaces\/([^/]+)\/(\w+)(?:\/([^/]+))?(\/log)?$/.exec(url.pathname) ?? [];
  if (namespace !== state.namespace) return notFound;
  const kinds = allOf(state)[api === "api/v1" ? "core" : "apps"];
  const objects = kinds[kind];
  if (objects === undefined) return notFound;
  if (log) return logOf(state.pods, name!, url.searchParams);
  if (name === undefined) {
    const labelSelector = url.searchParams.get("labelSelector") ?? "";
    return [200, { apiVersion: "v1", metadata: {}, items: objects.filter((each) => isSelected(each, labelSelector)) }];
  }
  const found = objects.find(({ metadata }) => metadata.name === name);
  return found ? [200, found] : refusal(404, `${kind} "${name}" not found`);
}

type Kinds = Record<string, ClusterObject[]>;

function allOf({ namespace, pods, services, objects }: ClusterState): Record<"core" | "apps", Kinds> {
  const served = Object.entries(services).map(([name, selector]) => ({ metadata: { name }, spec: { selector } }));
  const { deployments = [], replicasets = [], events = [] } = objects;
  return {
    core: { services: served, pods: pods.map((pod) => described(pod, namespace)), events },
    apps: { deployments, replicasets },
  };
}

function isSelected({ metadata: { labels = {} } }: ClusterObject, selector: string): boolean {
  const terms = selector.split(",").filter((term) => term !== "");
  return terms.every((term) => labels[term.split("=")[0]!] === term.split("=")[1]);
}

function logOf(pods: Pod[], name: string, query: URLSearchParams): Answer {
  const pod = pods.find((each) => each.name === name);
  if (pod === undefined) return refusal(404, `pods "${name}" not found`);
  if (query.get("previous") === "true" && pod.previousLog === undefined)
    return refusal(400, `previous terminated container "kestra" in pod "${name}" not found`);
  return [200, pod.previousLog ?? ""];
}

function described({ name, labels, ready, terminating, ports, set, status }: Pod, namespace: string): ClusterObject {
  const deletion = terminating ? { deletionTimestamp: new Date().toISOString() } : {};
  const owner = set === undefined ? {} : { ownerReferences: [{ kind: "ReplicaSet", name: set }] };
  const containerPorts = Object.keys(ports).map((port) => ({ containerPort: Number(port) }));
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  return {
    metadata: { name, namespace, labels, ...deletion, ...owner },
    spec: { containers: [{ name: "kestra", ports: containerPorts }] },
    status: { phase: "Running", conditions, ...status },
  };
}
