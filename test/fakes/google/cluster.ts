import type { Subject, Type } from "../behaviour";
import { at, unknown } from "../behaviour";
import { stopServer } from "../server";
import { clusterType } from "./access";
import { badRequest, need, onApi, projectOf } from "./common";
import { networkType, reachesGoogle, subnetworkType } from "./network";

/** Note of the host at which the cluster's Kubernetes API is: tests serve it on this machine. */
export const endpointNote = "cluster-endpoint";

/** Folder of the server that stands for the cluster's pods. */
export const podsFolder = "pods";

/** hashicorp/terraform-provider-google, resource_container_cluster.go: what does not go with enable_autopilot. */
const notWithAutopilot = [
  "addonsConfig.networkPolicyConfig",
  "addonsConfig.dnsCacheConfig",
  "addonsConfig.statefulHaConfig",
  "clusterAutoscaling.enabled",
  "clusterAutoscaling.resourceLimits",
  "binaryAuthorization.enabled",
  "enableShieldedNodes",
  "enableIntranodeVisibility",
  "networkPolicy",
  "nodePools",
  "removeDefaultNodePool",
  "defaultMaxPodsPerNode",
];

const snake = (path: string) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(".", ".0.");

function conflicts({ inputs }: Subject): Record<string, string> {
  if (inputs.enableAutopilot !== true) return {};
  const found = notWithAutopilot.filter((path) => at(inputs, path) !== undefined);
  return Object.fromEntries(found.map((path) => [path, `"${snake(path)}": conflicts with enable_autopilot`]));
}

/** The nodes run as an account that may write their logs, or else no node becomes ready. */
function requireNodeIdentity({ inputs, store }: Subject): void {
  const email = at(inputs, "clusterAutoscaling.autoProvisioningDefaults.serviceAccount");
  const role = "roles/container.defaultNodeServiceAccount";
  const allowed = store
    .all("gcp:projects/iAMMember:IAMMember")
    .some(({ properties }) => properties.role === role && properties.member === `serviceAccount:${String(email)}`);
  if (!allowed)
    throw badRequest(
      `Service account "${String(email)}" does not exist or lacks ${role} on the project.`,
      "badRequest",
    );
}

/** Pods and services have ranges of the subnetwork, by name. */
function requireRanges(subject: Subject): void {
  const { properties } = need(subject, subnetworkType, subject.inputs.subnetwork);
  const { clusterSecondaryRangeName: pods, servicesSecondaryRangeName: services } = (subject.inputs
    .ipAllocationPolicy ?? {}) as Record<string, string | undefined>;
  const ranges = ((properties.secondaryIpRanges ?? []) as { rangeName: string }[]).map(({ rangeName }) => rangeName);
  for (const name of [pods, services].filter((each) => each !== undefined)) {
    if (!ranges.includes(name))
      throw badRequest(
        `Services range "${name}" does not exist in subnetwork "${String(properties.name)}".`,
        "badRequest",
      );
  }
}

/** GKE. */
export const cluster: Record<string, Type> = onApi("container", {
  [clusterType]: {
    required: [],
    replaceOn: [
      "name",
      "location",
      "project",
      "network",
      "subnetwork",
      "description",
      "enableAutopilot",
      "ipAllocationPolicy",
      "networkingMode",
      "datapathProvider",
      "clusterIpv4Cidr",
      "initialNodeCount",
      "defaultMaxPodsPerNode",
      "confidentialNodes",
    ],
    autoName: "name",
    filled: ["controlPlaneEndpointsConfig"],
    id: (subject) =>
      `projects/${projectOf(subject)}/locations/${String(subject.inputs.location)}/clusters/${String(subject.inputs.name)}`,
    checked: conflicts,
    outputs: ({ id, store }) => ({
      controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: store.note(endpointNote) } },
      endpoint: "10.64.0.2",
      masterVersion: "1.33.5-gke.1000",
      selfLink: `https://container.googleapis.com/v1/${id}`,
    }),
    created(subject) {
      const { inputs } = subject;
      if (inputs.location === undefined || inputs.location === unknown)
        throw badRequest("Location must be specified.", "badRequest");
      need(subject, networkType, inputs.network);
      requireRanges(subject);
      requireNodeIdentity(subject);
      if (at(inputs, "privateClusterConfig.enablePrivateNodes") === true && !reachesGoogle(subject, inputs.subnetwork))
        throw badRequest("Private nodes need a subnetwork with Private Google Access.", "badRequest");
    },
    async deleted({ inputs, store }) {
      if (inputs.deletionProtection !== false)
        throw new Error(
          "Cannot destroy cluster because deletion_protection is set to true. Set it to false to proceed with cluster deletion.",
        );
      // what runs in it goes with it
      await stopServer(store.path(podsFolder));
      for (const { type, id } of store.all()) if (type.startsWith("kubernetes:")) store.forget(type, id);
      for (const note of ["pods.json", "deployments.json"]) store.setNote(note, undefined);
    },
  },
});
