import assert from "node:assert/strict";
import type { GkeStack } from "../support/gkeStack";
import { assertOrder } from "../support/order";

/** The last tests of a stack's life, of the stack that the ones before left. */
export function endOfLife(stack: () => GkeStack): void {
  it("what is protected outlives a destroy, the cluster and the database by Google's own protection", async () => {
    const gke = stack();
    await gke.set("protectData", "true");
    await gke.up("--skip-preview");
    const cluster = gke.properties("container/cluster:Cluster");
    const { deletionProtection, settings } = gke.properties("sql/databaseInstance:DatabaseInstance");
    assert.deepEqual(
      [
        cluster.deletionProtection,
        deletionProtection,
        (settings as { deletionProtectionEnabled: boolean }).deletionProtectionEnabled,
      ],
      [true, true, true],
    );
    const before = [...gke.standing().keys()].sort();
    assert.match(await gke.fail("destroy", "--yes"), /protect/);
    assert.deepEqual([...gke.standing().keys()].sort(), before);
    await gke.set("protectData", "false");
    await gke.up("--skip-preview");
    gke.steps();
  });

  it("a destroy leaves nothing, also when Kestra is dead and the cluster cannot be reached", async () => {
    const gke = stack();
    gke.killKestra();
    await gke.loseCluster();
    const unreached = await gke.fail("preview", "--refresh");
    // each error stands once more below that line
    const [, diagnostics] = unreached.split("Diagnostics:");
    const fault = /error: Preview failed: Kestra at service kestra of cluster \S+ cannot be reached: /g;
    assert.equal(diagnostics?.match(fault)?.length, 1);
    await gke.succeed("destroy", "--yes", "--skip-preview");
    const steps = gke.steps();
    assert.deepEqual([...gke.standing().keys()], []);
    // what is in the cluster, and in the instance, goes with it
    assert.deepEqual(
      steps.filter((step) => /(Release|Secret|Namespace|Database|User) /.test(step)),
      [],
    );
    assertOrder(
      steps,
      "delete ForwardingRule kestra-database-endpoint",
      "delete Address kestra-database-address",
      "delete Subnetwork kestra-network-subnet",
      "delete Network kestra-network-vpc",
    );
    assertOrder(
      steps,
      "delete ForwardingRule kestra-database-endpoint",
      "delete DatabaseInstance kestra-database-instance",
    );
    assertOrder(steps, "delete Cluster kestra-cluster-autopilot", "delete RouterNat kestra-network-nat");
    assertOrder(steps, "delete Cluster kestra-cluster-autopilot", "delete Subnetwork kestra-network-subnet");
    assert.deepEqual(gke.workspace.processes(), []);
  });
}
