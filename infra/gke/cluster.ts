import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { adoption } from "../access/adoption";
import { labels } from "../labels";
import { accountId, accountPath } from "../stackName";
import { ClusterReady } from "./clusterReady";
import type { ClusterNetwork } from "./network";

export interface ClusterArgs {
  project: string;
  region: string;
  network: ClusterNetwork;
  /** Repository that its nodes pull images from. */
  repository: gcp.artifactregistry.Repository;
  /** Names of what exists and is taken over. */
  adopt: string[];
  /** True: no command deletes it. */
  deletionProtection: boolean;
}

/** Seconds that a new cluster's endpoint gets to answer: a right takes up to seven minutes to spread. */
const endpointTimeout = 600;

/**
 * Lets a node write logs and metrics, and nothing else:
 * https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa
 */
const nodeRole = "roles/container.defaultNodeServiceAccount";

/**
 * A GKE Autopilot cluster: private nodes with their own service account, Workload Identity, and a control plane that
 * answers only at its DNS endpoint, to callers that IAM authorizes.
 */
export class Cluster extends pulumi.ComponentResource {
  public readonly cluster: gcp.container.Cluster;
  /** Host of the Kubernetes API, known when it answers; its certificate is publicly trusted. */
  public readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:Cluster", name, {}, opts);
    const { project, network, deletionProtection } = args;
    const { nodes, allowed } = createNodeAccount(name, args, { parent: this });
    this.cluster = new gcp.container.Cluster(`${name}-autopilot`, clusterArgs(args, nodes), {
      parent: this,
      dependsOn: [...allowed, ...network.ready],
      protect: deletionProtection,
    });
    const endpoint = this.cluster.controlPlaneEndpointsConfig.apply(({ dnsEndpointConfig }) => {
      if (dnsEndpointConfig?.endpoint) return dnsEndpointConfig.endpoint;
      throw new pulumi.RunError("The cluster has no DNS endpoint. Run 'pulumi refresh', then 'pulumi up' again");
    });
    const ready = { project, cluster: this.cluster.name, endpoint, timeout: endpointTimeout };
    this.endpoint = new ClusterReady(`${name}-ready`, ready, { parent: this, deletedWith: this.cluster }).endpoint;
    this.registerOutputs({ endpoint: this.endpoint });
  }
}

/** The nodes' service account, and what lets it do its work. */
function createNodeAccount(
  name: string,
  { project, region, repository, adopt }: ClusterArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const id = accountId("kestra-nodes");
  const nodes = new gcp.serviceaccount.Account(
    `${name}-nodes`,
    { project, accountId: id, displayName: "Nodes of Kestra's cluster" },
    { ...opts, ...adoption({ adopt }, id, accountPath(project, id)) },
  );
  const { member } = nodes;
  const { repositoryId } = repository;
  const role = "roles/artifactregistry.reader";
  const allowed = [
    new gcp.projects.IAMMember(`${name}-nodes-role`, { project, role: nodeRole, member }, opts),
    new gcp.artifactregistry.RepositoryIamMember(
      `${name}-nodes-registry`,
      { project, location: region, repository: repositoryId, role, member },
      opts,
    ),
  ];
  return { nodes, allowed };
}

function clusterArgs(
  { project, region, network, deletionProtection }: ClusterArgs,
  nodes: gcp.serviceaccount.Account,
): gcp.container.ClusterArgs {
  const { ranges } = network;
  return {
    project,
    location: region,
    network: network.network,
    subnetwork: network.subnetwork,
    enableAutopilot: true,
    releaseChannel: { channel: "REGULAR" },
    ipAllocationPolicy: ranges
      ? { clusterSecondaryRangeName: ranges.pods, servicesSecondaryRangeName: ranges.services }
      : {},
    // Google sets both for a cluster without IP endpoints; without them, every `up` would see a difference
    privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { allowExternalTraffic: true },
      ipEndpointsConfig: { enabled: false },
    },
    workloadIdentityConfig: { workloadPool: `${project}.svc.id.goog` },
    clusterAutoscaling: {
      autoProvisioningDefaults: {
        serviceAccount: nodes.email,
        oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
      },
    },
    resourceLabels: labels(),
    deletionProtection,
  };
}
