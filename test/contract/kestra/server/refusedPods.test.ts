import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartValues } from "../../../../kestra/server/gke/chartValues";
import { handlers } from "../../../../kestra/server/gke/rollout/rollout";
import { objectsOf, podsOf } from "../../../fakes/kubernetes/objects";
import { apply, deployments } from "../../../fakes/kubernetes/rollout";
import { Store, type Properties } from "../../../fakes/store";
import { ClusterLab } from "../../tunnel/clusterLab";

describe("a release in the fake cluster", () => {
  const values = chartValues({
    image: { repository: "r", tag: "t" },
    secret: { name: "s", key: "application.yml" },
    serviceAccount: "a@p.iam.gserviceaccount.com",
    workers: { running: 3, maximum: 3 },
  });
  const { now } = Date;
  let store: Store;
  let lab: ClusterLab;

  beforeEach(async () => {
    store = new Store(mkdtempSync(join(tmpdir(), "bay-wheels-release-")));
    lab = await ClusterLab.start(1);
    lab.api.pods = () => podsOf(store);
    lab.api.objects = () => objectsOf(store);
  });
  afterEach(async () => {
    Date.now = now;
    await lab.stop();
    rmSync(store.folder, { recursive: true });
  });

  const release = (inputs: Properties) =>
    apply({
      ...{ store, name: "kestra-release", id: "kestra/kestra", config: {} },
      inputs: { name: "kestra", namespace: "kestra", skipAwait: true, values, ...inputs },
    });
  const rollout = (timeout: number) => {
    const target = { project: "p", location: "l", cluster: "bay", namespace: "kestra", release: "kestra" };
    return handlers.create({ target: { ...target, api: lab.api.endpoint }, revision: "1", timeout });
  };

  it("must not be waited for by Helm", async () => {
    await assert.rejects(release({ skipAwait: false }), /set skipAwait/);
    await assert.rejects(release({ atomic: true }), /not atomic/);
    assert.deepEqual(deployments(store), []);
  });

  it("whose pods Pod Security refuses fails with its words", async () => {
    await release({ values: { ...values, common: { ...values.common, securityContext: {} } } });
    // a minute passes
    setTimeout(() => (Date.now = () => now() + 60_000), 7_500);
    await assert.rejects(
      rollout(120),
      /^Error: Kestra's roll-out failed: ReplicaSet kestra-\w+-1 can't create pods \(Error creating: pods "kestra-\w+" is forbidden: violates PodSecurity "restricted:latest": .*\)\. Change the pods in kestra\/server\/gke\/chartValues\.ts, or the policy that refuses them, then run 'pulumi up' again$/,
    );
  });

  it("whose nodes may not pull the image yet is waited for, and says so", async () => {
    await release({});
    await assert.rejects(
      rollout(6),
      /wasn't rolled out within 6 s \(kestra-webserver: .*; pod kestra-\S+ can't pull its image \(\w+: Failed to pull image "r:t": 403 Forbidden\)/,
    );
  });
});
