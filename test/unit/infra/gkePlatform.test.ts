import assert from "node:assert/strict";
import type { ReplacementGuardInputs } from "../../../infra/replacementGuard";
import { gkeEmail, madeInCluster, withDocker } from "../support/cloudStacks";

const project = "my-project";
const region = "us-central1";

describe("what stack gke makes on Google Cloud", () => {
  withDocker();
  let stack: Awaited<ReturnType<typeof madeInCluster>>;

  before(async () => {
    stack = await madeInCluster();
  });

  it("are these resources and no other: no key among them", () => {
    const own = stack.resources.filter(({ type }) => !type.startsWith("baywheels:"));
    const apis = [
      ...["artifactregistry", "bigquery", "cloudbilling", "cloudresourcemanager", "compute", "container", "dns", "iam"],
      ...["iamcredentials", "orgpolicy", "servicedirectory", "sqladmin", "storage"],
    ];
    assert.deepEqual(own.map(({ type, name }) => `${type.replace(/^.*[:/]/, "")} ${name}`).sort(), [
      "Account data-account",
      "Account kestra-cluster-nodes",
      "Address kestra-database-address",
      "Bucket data-bucket",
      "Bucket kestra-storage",
      "BucketIAMMember data-bucket-metadata-role",
      "BucketIAMMember data-bucket-role",
      "BucketIAMMember kestra-storage-role",
      "Cluster kestra-cluster-autopilot",
      "ClusterReady kestra-cluster-ready",
      "Database kestra-database-kestra",
      "DatabaseInstance kestra-database-instance",
      "Dataset data-dataset",
      "DatasetAccess data-dataset-role",
      "Flow pipeline-01_gcp_kv",
      "Flow pipeline-02_gcp_load_bay_area_county",
      "Flow pipeline-04_gcp_load_month",
      "Flow pipeline-05_gcp_load_data_scheduled",
      "Flow pipeline-06_gcp_dbt",
      "FlowSet pipeline",
      "ForwardingRule kestra-database-endpoint",
      "GeneratedSecret kestra-database-password",
      "GeneratedSecret kestra-encryption-key",
      "GeneratedSecret kestra-password",
      "IAMMember data-project-role",
      "IAMMember kestra-cluster-nodes-role",
      "IAMMember kestra-identity",
      "Image kestra-image-build",
      "Image kestra-image-push",
      "KvEntry pipeline-BIGQUERY_MAX_BYTES_BILLED",
      "KvEntry pipeline-COUNTIES_URL",
      "KvEntry pipeline-DBT_TARGET",
      "KvEntry pipeline-GCP_BUCKET_NAME",
      "KvEntry pipeline-GCP_DATASET",
      "KvEntry pipeline-GCP_LOCATION",
      "KvEntry pipeline-GCP_PROJECT_ID",
      "KvEntry pipeline-TRIPS_URL",
      "Namespace kestra-namespace",
      "NamespaceFiles pipeline-dbt",
      "NamespaceFiles pipeline-texts",
      "Network kestra-network-vpc",
      "ProjectReady data-project",
      "Release kestra-release",
      "ReplacementGuard data-guard",
      "Repository kestra-image-repository",
      "RepositoryIamMember kestra-cluster-nodes-registry",
      "Rollout kestra-rollout",
      "Router kestra-network-router",
      "RouterNat kestra-network-nat",
      "RunningWorkers kestra-workers",
      "Secret kestra-configuration",
      "ServerReady kestra-ready",
      ...apis.map((api) => `Service data-api-${api}`),
      "Subnetwork kestra-network-subnet",
      "User kestra-database-user",
      "docker kestra-image-docker",
      "kubernetes kestra-kubernetes",
    ]);
  });

  it("have a network of their own: private addresses, a way out by Cloud NAT", () => {
    assert.deepEqual(stack.inputsOf("kestra-network-vpc"), { project, autoCreateSubnetworks: false });
    assert.deepEqual(stack.inputsOf("kestra-network-subnet"), {
      project,
      region,
      network: "kestra-network-vpc-id",
      ipCidrRange: "10.64.0.0/20",
      secondaryIpRanges: [
        { rangeName: "pods", ipCidrRange: "10.64.128.0/17" },
        { rangeName: "services", ipCidrRange: "10.64.16.0/20" },
      ],
      privateIpGoogleAccess: true,
    });
    assert.deepEqual(stack.inputsOf("kestra-network-router"), { project, region, network: "kestra-network-vpc-id" });
    assert.deepEqual(stack.inputsOf("kestra-network-nat"), {
      project,
      region,
      router: "kestra-network-router-1",
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    });
  });

  it("have one identity for the flows: its roles, Kestra's storage, and the pods that are it", () => {
    const member = `serviceAccount:${gkeEmail}`;
    const granted = stack.resources
      .map(({ name }) => [name, stack.inputsOf(name)] as const)
      .filter(
        ([, { member: each, userByEmail, serviceAccountId }]) => each === member || (userByEmail ?? serviceAccountId),
      )
      .map(([name, { role }]) => [name, role]);
    assert.deepEqual(Object.fromEntries(granted), {
      "data-project-role": "roles/bigquery.jobUser",
      "data-dataset-role": "WRITER",
      "data-bucket-role": "roles/storage.objectUser",
      "data-bucket-metadata-role": "roles/storage.legacyBucketReader",
      "kestra-storage-role": "roles/storage.objectUser",
      "kestra-identity": "roles/iam.workloadIdentityUser",
    });
    assert.deepEqual(stack.inputsOf("kestra-identity"), {
      serviceAccountId: `projects/my-project/serviceAccounts/${gkeEmail}`,
      role: "roles/iam.workloadIdentityUser",
      member: "serviceAccount:my-project.svc.id.goog[kestra/kestra]",
    });
    assert.equal(stack.inputsOf("kestra-storage-role").bucket, "kestra-storage-1");
  });

  it("first check that the region has the CPUs and that there is a chart, and show the price", () => {
    const { checks, credentials, warning } = stack.inputsOf("data-project");
    // 4 times 0.5, and 3 workers of 1
    const names = { repository: "bay-wheels-gke", nodes: "kestra-nodes-gke" };
    const plan = { region, cpus: 5, workers: 3, ownNetwork: true, ...names };
    const chart = { chart: "kestra", version: "1.3.31", repository: "https://helm.kestra.io/" };
    const member = "serviceAccount:bay-wheels-gke@my-project.iam.gserviceaccount.com";
    const flows = { role: "roles/bigquery.dataEditor", member };
    assert.deepEqual(checks, [
      { module: "./kestra/server/gke/clusterFaults.ts", plan },
      { module: "./kestra/server/gke/chartFault.ts", plan: chart },
      { module: "./infra/checks/grantFaults.ts", plan: { dataset: "bay_wheels_gke", grants: [flows] } },
    ]);
    assert.equal(credentials, "none");
    assert.match(String(warning), /^A cluster costs money by the hour/);
  });

  it("guard bucket, dataset and database", () => {
    const { holders, settings } = stack.inputsOf("data-guard") as unknown as ReplacementGuardInputs;
    const common = { "gcp:project": project, "bay-wheels:dataLocation": "US" };
    assert.deepEqual(holders, [
      {
        kind: "Bucket",
        name: "my-project-bay-wheels-gke",
        settings: { "bay-wheels:bucketName": "my-project-bay-wheels-gke", ...common },
      },
      { kind: "Dataset", name: "bay_wheels_gke", settings: { "bay-wheels:dataset": "bay_wheels_gke", ...common } },
      {
        kind: "Database",
        name: "kestra-database",
        settings: { "bay-wheels:region": region, "gcp:project": project, "bay-wheels:runtime": "gke" },
      },
    ]);
    assert.equal(settings["bay-wheels:runtime"], "gke");
  });

  it("take over the repository and the nodes' account that bay-wheels:adopt names", async () => {
    const { resources } = await madeInCluster({ "bay-wheels:adopt": "us-central1/bay-wheels-gke,kestra-nodes-gke" });
    const imported = resources.flatMap(({ name, id }) => (id ? [`${name} ${id}`] : []));
    assert.deepEqual(imported.sort(), [
      "kestra-cluster-nodes projects/my-project/serviceAccounts/kestra-nodes-gke@my-project.iam.gserviceaccount.com",
      "kestra-image-repository projects/my-project/locations/us-central1/repositories/bay-wheels-gke",
    ]);
  });
});
