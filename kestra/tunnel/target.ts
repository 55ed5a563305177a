import type { KubeConfig } from "@kubernetes/client-node";
import { accessToken } from "../../infra/google/credentials";
import { askCluster, statusMessage } from "../../infra/gke/clusterApi";
import { look } from "../../infra/google/googleApi";
import { proxyFor, rootCause } from "../../infra/google/httpProxy";
import type { ClusterEndpoint } from "../client/connection";
import { refreshRemedy, refused, TunnelFault, unreached } from "./fault";

/** A pod that a service selects, and how its cluster is asked. */
export interface Target {
  /** Host of the Kubernetes API, and its port where it is not 443. */
  apiServer: string;
  pod: string;
}

/**
 * A cluster as Google's API reports it:
 * https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters
 */
interface Cluster {
  status?: string;
  controlPlaneEndpointsConfig?: { dnsEndpointConfig?: { endpoint?: string } };
}

/** What is read of Kubernetes' objects: https://kubernetes.io/docs/reference/kubernetes-api/ */
interface Service {
  spec?: { selector?: Record<string, string> };
}
interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Finds a pod to connect with. `lastFailedPod` is one that failed: it is taken only if no other is ready. */
export async function findTarget(endpoint: ClusterEndpoint, lastFailedPod?: string): Promise<Target> {
  const apiServer = await findEndpoint(endpoint);
  return { apiServer, pod: await findPod(endpoint, apiServer, lastFailedPod) };
}

/**
 * Configuration for streams to the cluster's API: a fresh token, and the environment's proxy. The package is big, so
 * it's loaded only if a cluster is used.
 */
export async function configFor(apiServer: string): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const server = `https://${apiServer}`;
  config.loadFromOptions({
    clusters: [{ name: "cluster", server, skipTLSVerify: false, proxyUrl: proxyFor(server) }],
    users: [{ name: "user", token: await credentials() }],
    contexts: [{ name: "context", cluster: "cluster", user: "user" }],
    currentContext: "context",
  });
  return config;
}

async function credentials(): Promise<string> {
  return accessToken().catch((error: Error) => {
    throw asFault(error);
  });
}

/** An error of infra/google/credentials.ts or infra/google/googleApi.ts, which has its remedy already. */
function asFault({ message }: Error): TunnelFault {
  const [, reason, remedy] = /^(.*?)\. ([A-Z].*)$/s.exec(message) ?? [];
  return new TunnelFault(reason ?? message, remedy ?? "Run the same command again");
}

/** The address of the control plane that Google's identity and access management protects. */
async function findEndpoint({ project, location, cluster }: ClusterEndpoint): Promise<string> {
  const path = `projects/${project}/locations/${location}/clusters/${cluster}`;
  const answer = await look<Cluster>("container", path, project).catch((error: Error) => {
    throw asFault(error);
  });
  const name = `cluster ${cluster} in ${location} of project ${project}`;
  switch (answer.kind) {
    case "missing":
      throw new TunnelFault(`there is no ${name}: it was deleted`, refreshRemedy("kestra-cluster-autopilot"));
    case "forbidden":
      throw new TunnelFault(
        `you don't have permission to view ${name}`,
        "Ask for the role roles/container.developer in that project, then run the same command again",
      );
    case "disabled":
      throw new TunnelFault(
        `Google's API container is not enabled in project ${project}`,
        `Run: gcloud services enable container.googleapis.com --project ${project}`,
      );
    case "found": {
      const { status = "RUNNING", controlPlaneEndpointsConfig } = answer.body;
      const apiServer = controlPlaneEndpointsConfig?.dnsEndpointConfig?.endpoint;
      if (["PROVISIONING", "STOPPING", "ERROR"].includes(status))
        throw new TunnelFault(
          `${name} is in state ${status}`,
          "Wait until it is RUNNING, or check it in Google's console",
        );
      if (!apiServer)
        throw new TunnelFault(
          `${name} has no DNS endpoint`,
          `Run: gcloud container clusters update ${cluster} --location ${location} --project ${project} --enable-dns-access`,
        );
      return apiServer;
    }
  }
}

/** The first ready pod; a known failure only where no other is. */
async function findPod(endpoint: ClusterEndpoint, apiServer: string, lastFailedPod?: string): Promise<string> {
  const { namespace, service } = endpoint;
  const selected = await selectedPods(endpoint, apiServer);
  const ready = selected.filter(isReady).map(({ metadata }) => metadata.name);
  const pod = ready.find((name) => name !== lastFailedPod) ?? ready[0];
  if (pod !== undefined) return pod;
  throw new TunnelFault(
    `none of the ${selected.length} pods of service ${service} is ready`,
    `Find out why (kubectl -n ${namespace} get pods, then describe pod), then run the same command again`,
    true,
  );
}

async function selectedPods(endpoint: ClusterEndpoint, apiServer: string): Promise<Pod[]> {
  const { namespace, service } = endpoint;
  const token = await credentials();
  const get = async <T>(path: string): Promise<T> => {
    const { status, text } = await askCluster(apiServer, `/api/v1/namespaces/${namespace}/${path}`, token).catch(
      (error: Error) => {
        throw unreached(rootCause(error), endpoint);
      },
    );
    if (status !== 200) throw refused(status, statusMessage(text), endpoint);
    return JSON.parse(text) as T;
  };
  const { spec } = await get<Service>(`services/${service}`);
  const labels = Object.entries(spec?.selector ?? {}).map((label) => label.join("="));
  return (await get<{ items: Pod[] }>(`pods?labelSelector=${encodeURIComponent(labels.join(","))}`)).items;
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
  return ready === true && metadata.deletionTimestamp === undefined;
}
