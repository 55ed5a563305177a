import assert from "node:assert/strict";
import { madeInCluster, withDocker } from "../support/cloudStacks";

const labels = { application: "bay-wheels", "managed-by": "pulumi", stack: "gke" };
const nodes = "serviceAccount:kestra-nodes-gke@my-project.iam.gserviceaccount.com";
const project = "my-project";
const region = "us-central1";

describe("the cluster of stack gke, and what the settings change of it", () => {
  withDocker();
  let stack: Awaited<ReturnType<typeof madeInCluster>>;

  before(async () => {
    stack = await madeInCluster();
  });

  const clusterOf = ({ inputsOf }: typeof stack) => inputsOf("kestra-cluster-autopilot");

  it("is an Autopilot cluster with private nodes, their own identity, and the DNS endpoint as the only way in", () => {
    assert.deepEqual(clusterOf(stack), {
      project,
      location: region,
      network: "kestra-network-vpc-id",
      subnetwork: "kestra-network-subnet-id",
      enableAutopilot: true,
      releaseChannel: { channel: "REGULAR" },
      ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
      controlPlaneEndpointsConfig: {
        dnsEndpointConfig: { allowExternalTraffic: true },
        ipEndpointsConfig: { enabled: false },
      },
      workloadIdentityConfig: { workloadPool: "my-project.svc.id.goog" },
      clusterAutoscaling: {
        autoProvisioningDefaults: {
          serviceAccount: nodes.replace("serviceAccount:", ""),
          oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
        },
      },
      resourceLabels: labels,
      deletionProtection: false,
    });
  });

  it("lets a node write logs and pull the image, and nothing else", () => {
    assert.equal(stack.inputsOf("kestra-cluster-nodes").accountId, "kestra-nodes-gke");
    const role = "roles/container.defaultNodeServiceAccount";
    assert.deepEqual(stack.inputsOf("kestra-cluster-nodes-role"), { project, role, member: nodes });
    assert.deepEqual(stack.inputsOf("kestra-cluster-nodes-registry"), {
      project,
      location: region,
      repository: "bay-wheels-gke",
      role: "roles/artifactregistry.reader",
      member: nodes,
    });
    const ofNodes = stack.resources.filter(({ inputs }) => (inputs as { member?: string }).member === nodes);
    assert.equal(ofNodes.length, 2);
  });

  const instanceOf = ({ inputsOf }: typeof stack) =>
    inputsOf("kestra-database-instance") as { settings: Record<string, unknown> } & Record<string, unknown>;

  it("takes region, sizes, availability and network from the settings", async () => {
    const network = {
      network: "projects/my-project/global/networks/theirs",
      subnetwork: "projects/my-project/regions/europe-west1/subnetworks/theirs",
    };
    const changed = await madeInCluster({
      "bay-wheels:region": "europe-west1",
      "bay-wheels:databaseAvailability": "regional",
      "bay-wheels:databaseTier": "db-custom-2-7680",
      "bay-wheels:network": network.network,
      "bay-wheels:subnetwork": network.subnetwork,
    });
    const { availabilityType, tier, databaseFlags } = instanceOf(changed).settings;
    assert.deepEqual([availabilityType, tier], ["REGIONAL", "db-custom-2-7680"]);
    assert.deepEqual(databaseFlags, [{ name: "max_connections", value: "400" }]);
    const { network: ofCluster, subnetwork, location, ipAllocationPolicy } = clusterOf(changed);
    assert.deepEqual({ network: ofCluster, subnetwork }, network);
    assert.deepEqual([location, ipAllocationPolicy], ["europe-west1", {}]);
    assert.equal(changed.inputsOf("kestra-database-endpoint").network, network.network);
    assert.deepEqual(
      changed.resources.filter(({ name }) => name.startsWith("kestra-network")),
      [],
    );
    // data and cluster may be apart
    assert.equal(changed.inputsOf("data-bucket").location, "US");
  });

  it("splits another block in the same way", async () => {
    const { inputsOf } = await madeInCluster({ "bay-wheels:networkRange": "172.20.0.0/16" });
    const { ipCidrRange, secondaryIpRanges } = inputsOf("kestra-network-subnet");
    assert.deepEqual(
      [ipCidrRange, ...(secondaryIpRanges as { ipCidrRange: string }[]).map((range) => range.ipCidrRange)],
      ["172.20.0.0/20", "172.20.128.0/17", "172.20.16.0/20"],
    );
  });

  it("keeps cluster, database and storage when they are protected, whatever is destroyed", async () => {
    const kept = await madeInCluster({ "bay-wheels:protectData": "true" });
    const { deletionProtection, settings } = instanceOf(kept);
    assert.deepEqual(
      [clusterOf(kept).deletionProtection, deletionProtection, settings.deletionProtectionEnabled],
      [true, true, true],
    );
    assert.equal(kept.inputsOf("kestra-storage").forceDestroy, false);
  });
});
