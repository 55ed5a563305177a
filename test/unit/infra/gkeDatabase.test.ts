import assert from "node:assert/strict";
import { madeInCluster, withDocker } from "../support/cloudStacks";

const project = "my-project";
const region = "us-central1";
const labels = { application: "bay-wheels", "managed-by": "pulumi", stack: "gke" };

describe("Kestra's database of stack gke", () => {
  withDocker();
  let stack: Awaited<ReturnType<typeof madeInCluster>>;

  before(async () => {
    stack = await madeInCluster();
  });

  it("is Postgres on Cloud SQL with backups, at an endpoint in the network and nowhere else", () => {
    const { settings, ...instance } = stack.inputsOf("kestra-database-instance");
    // no name: Pulumi gives one with a random end
    assert.deepEqual(instance, { project, region, databaseVersion: "POSTGRES_17", deletionProtection: false });
    assert.deepEqual(settings, {
      edition: "ENTERPRISE",
      tier: "db-custom-1-3840",
      availabilityType: "ZONAL",
      diskType: "PD_SSD",
      diskAutoresize: true,
      databaseFlags: [{ name: "max_connections", value: "200" }],
      ipConfiguration: {
        ipv4Enabled: false,
        sslMode: "ENCRYPTED_ONLY",
        pscConfigs: [{ pscEnabled: true, allowedConsumerProjects: [project] }],
      },
      backupConfiguration: {
        enabled: true,
        pointInTimeRecoveryEnabled: true,
        transactionLogRetentionDays: 7,
        backupRetentionSettings: { retainedBackups: 7, retentionUnit: "COUNT" },
      },
      userLabels: labels,
      deletionProtectionEnabled: false,
    });
    assert.deepEqual(stack.inputsOf("kestra-database-address"), {
      project,
      region,
      addressType: "INTERNAL",
      subnetwork: "kestra-network-subnet-id",
      labels,
    });
    assert.deepEqual(stack.inputsOf("kestra-database-endpoint"), {
      project,
      region,
      network: "kestra-network-vpc-id",
      ipAddress: "self/kestra-database-address",
      target: "projects/p/regions/r/serviceAttachments/a",
      loadBalancingScheme: "",
      recreateClosedPsc: true,
      labels,
    });
  });

  it("has a database and a user, whose password is a secret and belongs to the instance", () => {
    const instance = "kestra-database-instance-1";
    assert.deepEqual(stack.inputsOf("kestra-database-kestra"), { project, instance, name: "kestra" });
    assert.deepEqual(stack.inputsOf("kestra-database-user"), {
      project,
      instance,
      name: "kestra",
      password: { secret: "Canary-1-kestra-database-password" },
    });
    assert.deepEqual(stack.inputsOf("kestra-database-password"), { kind: "password", generation: instance });
  });
});
