const apis = ["bigquery", "cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "orgpolicy", "storage"];

/** Google's APIs that stack `dev` does not need. */
export const clusterApis = ["artifactregistry", "compute", "container", "dns", "servicedirectory", "sqladmin"];

/** Everything that the stack makes outside Kestra. */
export const made = [
  ...[...apis, ...clusterApis].map((api) => `Service data-api-${api}`),
  "Bucket data-bucket",
  "Dataset data-dataset",
  "Account data-account",
  "IAMMember data-project-role",
  "DatasetIamMember data-dataset-role",
  "BucketIAMMember data-bucket-role",
  "Network kestra-network-vpc",
  "Subnetwork kestra-network-subnet",
  "Router kestra-network-router",
  "RouterNat kestra-network-nat",
  "Repository kestra-image-repository",
  "Image kestra-image-build",
  "Account kestra-cluster-nodes",
  "IAMMember kestra-cluster-nodes-role",
  "RepositoryIamMember kestra-cluster-nodes-registry",
  "Cluster kestra-cluster-autopilot",
  "DatabaseInstance kestra-database-instance",
  "Address kestra-database-address",
  "ForwardingRule kestra-database-endpoint",
  "Database kestra-database-kestra",
  "User kestra-database-user",
  "Bucket kestra-storage",
  "BucketIAMMember kestra-storage-role",
  "IAMMember kestra-identity",
  "Namespace kestra-namespace",
  "Secret kestra-configuration",
  "Release kestra-release",
];

/** What each of these needs is made before it. */
export const orders = [
  ["Network kestra-network-vpc", "Subnetwork kestra-network-subnet", "Cluster kestra-cluster-autopilot"],
  ["Router kestra-network-router", "RouterNat kestra-network-nat", "Cluster kestra-cluster-autopilot"],
  ["Account kestra-cluster-nodes", "IAMMember kestra-cluster-nodes-role", "Cluster kestra-cluster-autopilot"],
  ["RepositoryIamMember kestra-cluster-nodes-registry", "Cluster kestra-cluster-autopilot"],
  ["Cluster kestra-cluster-autopilot", "IAMMember kestra-identity", "Release kestra-release"],
  ["Cluster kestra-cluster-autopilot", "Namespace kestra-namespace", "Secret kestra-configuration"],
  ["DatabaseInstance kestra-database-instance", "ForwardingRule kestra-database-endpoint", "Release kestra-release"],
  ["Database kestra-database-kestra", "Release kestra-release"],
  ["User kestra-database-user", "Release kestra-release"],
  ["Secret kestra-configuration", "Release kestra-release"],
  ["Repository kestra-image-repository", "Image kestra-image-build", "Release kestra-release"],
  ["BucketIAMMember kestra-storage-role", "Release kestra-release"],
];
