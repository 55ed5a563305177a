import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../labels";
import { accountId } from "../stackName";
import type { ClusterNetwork } from "./network";

export interface ClusterArgs {
  project: string;
  region: string;
  network: ClusterNetwork;
  /** Repository of the images that its nodes may pull. */
  repository: gcp.artifactregistry.Repository;
  /** True: no command deletes it. */
  deletionProtection: boolean;
}

/** All that a node may do: write logs and metrics. https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa */
const nodeRole = "roles/container.defaultNodeServiceAccount";

/**
 * A GKE Autopilot cluster: private nodes with an identity of their own, Workload Identity, and a control plane that answers at its DNS endpoint
 * only, to whom IAM knows.
 */
export class Cluster extends pulumi.ComponentResource {
  public readonly cluster: gcp.container.Cluster;
  /** Host of the Kubernetes API; its certificate is one that everybody trusts. */
  public readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:Cluster", name, {}, opts);
    const { project, region, network, repository, deletionProtection } = args;
    const child = { parent: this };
    const nodes = new gcp.serviceaccount.Account(
      `${name}-nodes`,
      { project, accountId: accountId("kestra-nodes"), displayName: "Nodes of Kestra's cluster" },
      child,
    );
    const allowed = [
      new gcp.projects.IAMMember(`${name}-nodes-role`, { project, role: nodeRole, member: nodes.member }, child),
      new gcp.artifactregistry.RepositoryIamMember(
        `${name}-nodes-registry`,
        {
          project,
          location: region,
          repository: repository.repositoryId,
          role: "roles/artifactregistry.reader",
          member: nodes.member,
        },
        child,
      ),
    ];
    const { ranges } = network;
    this.cluster = new gcp.container.Cluster(
      `${name}-autopilot`,
      {
        project,
        location: region,
        network: network.network,
        subnetwork: network.subnetwork,
        enableAutopilot: true,
        releaseChannel: { channel: "REGULAR" },
        ipAllocationPolicy: ranges
          ? { clusterSecondaryRangeName: ranges.pods, servicesSecondaryRangeName: ranges.services }
          : {},
        // without addresses of its own, which Google calls a private endpoint; left out, every `up` would find a difference
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
      },
      { ...child, dependsOn: [...allowed, ...network.ready], protect: deletionProtection },
    );
    this.endpoint = this.cluster.controlPlaneEndpointsConfig.apply(({ dnsEndpointConfig }) => {
      if (dnsEndpointConfig?.endpoint) return dnsEndpointConfig.endpoint;
      throw new pulumi.RunError("The cluster has no DNS endpoint. Run 'pulumi refresh', then 'pulumi up' again");
    });
    this.registerOutputs({ endpoint: this.endpoint });
  }
}
