import { loginRemedy } from "../../infra/google/credentials";
import type { ClusterEndpoint } from "../client/connection";

/** Why a stream to a pod could not be opened, in one line with the remedy; it holds no token. */
export class TunnelFault extends Error {
  override name = "TunnelFault";
  readonly reason: string;
  constructor(
    reason: string,
    readonly remedy: string,
    /** It may be gone at the next try. */
    readonly passing = false,
  ) {
    super(`${oneLine(reason)}. ${remedy}`);
    this.reason = oneLine(reason);
  }
}

/** Foreign words as a part of one line. */
function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, " ").replace(/\.$/, "").slice(0, 300);
}

const again = "then run the same command again";
const roles = "Ask for the role roles/container.developer in that project";

/** The fault of an answer of the Kubernetes API that is a refusal. */
export function refused(status: number, message: string, { project, cluster, namespace, service }: ClusterEndpoint) {
  const words = oneLine(message) || `status ${status}`;
  if (status === 401)
    return new TunnelFault(
      `cluster ${cluster} rejects your Google credentials (${words})`,
      `${loginRemedy(words)}, ${again}`,
    );
  if (status === 403)
    return new TunnelFault(
      `you don't have permission to forward ports in cluster ${cluster} of project ${project} (${words})`,
      `${roles}, ${again}`,
    );
  if (status === 404)
    return new TunnelFault(
      `namespace ${namespace} of cluster ${cluster} has no service ${service} (${words})`,
      refreshRemedy("kestra-release"),
    );
  return new TunnelFault(
    `cluster ${cluster} answered ${status} (${words})`,
    `Wait until it has recovered, ${again}`,
    true,
  );
}

/** The fault of a pod that went away while it was chosen. */
export function gone(pod: string): TunnelFault {
  return new TunnelFault(`pod ${pod} was just deleted`, "Run the same command again", true);
}

/**
 * What to do about a resource that is gone though the state has it. A refresh of the whole stack would ask Kestra as
 * well.
 * @param name the resource's, of ../gke or ../../infra/gke
 */
export function refreshRemedy(name: string): string {
  return `Run: pulumi refresh --target '**::${name}', then pulumi up`;
}

/** Codes by which Node refuses a certificate. */
const certificateCodes = /CERT|SIGNATURE|ISSUER|ERR_TLS/;

/** The fault of a cluster that did not answer. */
export function unreached(error: Error & { code?: unknown }, { cluster }: ClusterEndpoint): TunnelFault {
  const reason = error.name === "TimeoutError" ? "no answer in time" : error.message;
  if (certificateCodes.test(String(error.code)))
    return new TunnelFault(
      `no trusted authority signed the certificate of cluster ${cluster} (${oneLine(reason)})`,
      `A proxy answers instead of Google Cloud: bypass it, or name its certificate in NODE_EXTRA_CA_CERTS, ${again}`,
    );
  return new TunnelFault(
    `cluster ${cluster} does not answer (${oneLine(reason)})`,
    `Check your network connection, ${again}`,
    true,
  );
}

/** The fault of a pod whose port does not take connections; `report` are the kubelet's words. */
export function portFault(report: string, pod: string, { namespace, port }: ClusterEndpoint): TunnelFault {
  return new TunnelFault(
    `port ${port} of pod ${pod} cannot be reached (${oneLine(report)})`,
    `See its log (kubectl -n ${namespace} logs ${pod}), ${again}`,
    true,
  );
}

/** The fault of a stream that was open. */
export function broken(pod: string, { cluster }: ClusterEndpoint): TunnelFault {
  return new TunnelFault(`the tunnel to pod ${pod} of cluster ${cluster} broke`, "Run the same command again", true);
}
