import type { ClusterTarget } from "../../client/connection";

/** A kubectl command for a namespace, after the one that gives kubectl access to its cluster. */
export function kubectl(
  { project, location, cluster, namespace }: Pick<ClusterTarget, "project" | "location" | "cluster" | "namespace">,
  command: string,
): string {
  const access = `gcloud container clusters get-credentials ${cluster} --dns-endpoint --project ${project} --location ${location}`;
  return `${access} && kubectl -n ${namespace} ${command}`;
}
