/** Google's APIs that stack `dev` does not need. */
export const clusterApis = ["artifactregistry", "compute", "container", "dns", "servicedirectory", "sqladmin"];

/** Each is created after what it needs. */
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
  [
    "Repository kestra-image-repository",
    "Image kestra-image-build",
    "Image kestra-image-push",
    "Release kestra-release",
  ],
  ["BucketIAMMember kestra-storage-role", "Release kestra-release"],
];
