import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";

/** The network of the cluster's nodes and the database's endpoint. */
export interface ClusterNetwork {
  network: pulumi.Input<string>;
  subnetwork: pulumi.Input<string>;
  /** Names of the subnetwork's ranges for pods and services; undefined: GKE creates its own ranges. */
  ranges?: { pods: string; services: string };
  /** What must exist before a node can reach anything outside. */
  ready: pulumi.Resource[];
}

export interface NetworkArgs {
  project: string;
  region: string;
  /** A private /16 block, such as `10.64.0.0/16`. */
  range: string;
}

/** Names of the secondary ranges. */
const ranges = { pods: "pods", services: "services" };

/**
 * How a /16 block is split: nodes 4,092 addresses, services 4,096, pods 32,768. GKE reserves 64 of these per node for
 * its 32 pods: 512 nodes. https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips
 */
export function split(range: string): { nodes: string; services: string; pods: string } {
  const [a, b] = range.split(".");
  return { nodes: `${a}.${b}.0.0/20`, services: `${a}.${b}.16.0/20`, pods: `${a}.${b}.128.0/17` };
}

/** The stack's own network: private nodes, which reach the internet by Cloud NAT, and Google's APIs without it. */
export class Network extends pulumi.ComponentResource {
  public readonly network: ClusterNetwork;

  constructor(name: string, { project, region, range }: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:Network", name, {}, opts);
    const child = { parent: this };
    const { nodes, services, pods } = split(range);
    const vpc = new gcp.compute.Network(`${name}-vpc`, { project, autoCreateSubnetworks: false }, child);
    const subnet = new gcp.compute.Subnetwork(
      `${name}-subnet`,
      {
        project,
        region,
        network: vpc.id,
        ipCidrRange: nodes,
        secondaryIpRanges: [
          { rangeName: ranges.pods, ipCidrRange: pods },
          { rangeName: ranges.services, ipCidrRange: services },
        ],
        privateIpGoogleAccess: true,
      },
      child,
    );
    const router = new gcp.compute.Router(`${name}-router`, { project, region, network: vpc.id }, child);
    const nat = new gcp.compute.RouterNat(
      `${name}-nat`,
      {
        project,
        region,
        router: router.name,
        natIpAllocateOption: "AUTO_ONLY",
        sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      },
      child,
    );
    this.network = { network: vpc.id, subnetwork: subnet.id, ranges, ready: [nat] };
    this.registerOutputs({});
  }
}
