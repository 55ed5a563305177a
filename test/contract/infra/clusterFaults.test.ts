import assert from "node:assert/strict";
import { handlers, type ProjectReadyInputs } from "../../../infra/projectReady";
import type { Cloud } from "../../fakes/googleApi";
import { inputs as common, withGoogle } from "./projectLab";

const cluster = {
  region: "us-central1",
  cpus: 5,
  workers: 3,
  ownNetwork: true,
  repository: "bay-wheels-gke",
  nodes: "kestra-nodes-gke",
};
const withPlan = (plan: typeof cluster) => [{ module: "./kestra/server/gke/clusterFaults.ts", plan }];
const inputs: ProjectReadyInputs = {
  ...common,
  account: "bay-wheels-gke",
  stack: "gke",
  checks: withPlan(cluster),
};

const repository = "projects/my-project/locations/us-central1/repositories/bay-wheels-gke";
const account = "projects/my-project/serviceAccounts/kestra-nodes-gke@my-project.iam.gserviceaccount.com";

describe("a Google Cloud project before a cluster is made in it, over HTTP", () => {
  const { google } = withGoogle();

  /** What is reported about a cluster to come, or one that grows. */
  async function faultsOf(
    cloud: Partial<Cloud>,
    olds: Partial<ProjectReadyInputs> = {},
    news = inputs,
  ): Promise<string[]> {
    google().cloud = { project: "ACTIVE", billing: true, enforced: [], disabled: {}, ...cloud };
    return ((await handlers.check(olds, news)).failures ?? []).map(({ reason }) => reason);
  }
  const cpus = (limit: number, usage: number) => ({
    quotas: { CPUS: { limit, usage }, NETWORKS: { limit: 5, usage: 1 } },
  });
  const grown = { ...inputs, checks: withPlan({ ...cluster, cpus: 6, workers: 4 }) };

  it("has no fault, and keys may be forbidden", async () => {
    assert.deepEqual(await faultsOf({ enforced: ["iam.disableServiceAccountKeyCreation"] }), []);
  });

  it("needs CPUs for all pods, the most workers counted", async () => {
    assert.deepEqual(await faultsOf(cpus(8, 3)), []);
    assert.deepEqual(await faultsOf(cpus(8, 4)), [
      "Project 'my-project' has quota for 4 more CPUs in region 'us-central1', " +
        "and the cluster's pods take up to 5 more (at most 3 workers). " +
        "Ask for a higher quota: https://console.cloud.google.com/iam-admin/quotas?project=my-project, " +
        "or choose fewer workers (pulumi config set bay-wheels:workers <number>) " +
        "or another region (pulumi config set bay-wheels:region <region>)",
    ]);
  });

  it("needs CPUs only for the increase if the cluster exists", async () => {
    assert.deepEqual(await faultsOf(cpus(8, 7), inputs, grown), []);
    assert.match(
      (await faultsOf(cpus(8, 8), inputs, grown))[0]!,
      / has quota for 0 more CPUs .* take up to 1 more \(at most 4 workers/,
    );
    assert.deepEqual(await faultsOf(cpus(8, 8), grown, inputs), []);
    assert.equal(
      (await faultsOf(cpus(8, 7), { ...inputs, checks: withPlan({ ...cluster, region: "us-east1" }) })).length,
      1,
    );
  });

  it("needs room for a network, unless one is given", async () => {
    const full = { quotas: { CPUS: { limit: 72, usage: 0 }, NETWORKS: { limit: 5, usage: 5 } } };
    assert.match(
      (await faultsOf(full))[0]!,
      /^Project 'my-project' has no quota left for a network\. Ask for .* bay-wheels:network /,
    );
    assert.deepEqual(await faultsOf(full, {}, { ...inputs, checks: withPlan({ ...cluster, ownNetwork: false }) }), []);
    assert.deepEqual(await faultsOf(full, inputs), []);
  });

  it("needs CPUs in all regions together", async () => {
    const left = (limit: number) => ({
      quotas: { CPUS: { limit: 72, usage: 0 }, CPUS_ALL_REGIONS: { limit, usage: 7 } },
    });
    assert.deepEqual(await faultsOf(left(12)), []);
    assert.deepEqual(await faultsOf(left(11)), [
      "Project 'my-project' has quota for 4 more CPUs in all regions, " +
        "and the cluster's pods take up to 5 more (at most 3 workers). " +
        "Ask for a higher quota: https://console.cloud.google.com/iam-admin/quotas?project=my-project, " +
        "or choose fewer workers (pulumi config set bay-wheels:workers <number>)",
    ]);
  });

  it("needs room for the disks of a node in each zone, which a free trial hasn't, and 100 GB for every 8 CPUs", async () => {
    const left = (free: number) => ({ quotas: { SSD_TOTAL_GB: { limit: 1000, usage: 1000 - free } } });
    assert.deepEqual(await faultsOf(left(300)), []);
    assert.match(
      (await faultsOf(left(250)))[0]!,
      /has quota for 250 more GB of SSD in region 'us-central1', and the disks of .* at least 300 more \(at most 3 workers\)/,
    );
    const large = { ...inputs, checks: withPlan({ ...cluster, cpus: 25, workers: 23 }) };
    assert.match((await faultsOf(left(399), {}, large))[0]!, /for 399 more GB .* take at least 400 more /);
    // three nodes are there
    assert.deepEqual(await faultsOf(left(0), inputs, grown), []);
    assert.match((await faultsOf(left(0), inputs, large))[0]!, / take at least 100 more /);
  });

  it("is asked once for each quota", async () => {
    const disabled = { compute: 9 };
    await faultsOf({ disabled });
    assert.equal(disabled.compute, 9 - 2);
  });

  it("has no repository of its name but one that's taken over", async () => {
    const labels = (stack: string) => ({
      standing: { [repository]: { labels: { application: "bay-wheels", stack } } },
    });
    assert.deepEqual(await faultsOf(labels("gke")), [
      "What this stack would create exists already, but its state doesn't have it: repository 'us-central1/bay-wheels-gke'. " +
        "If another person's stack 'gke' uses it, give yours another name: pulumi stack init <name>. If it's yours, take " +
        'it over as docs/operation.md, "State lost", says: pulumi config set bay-wheels:adopt us-central1/bay-wheels-gke',
    ]);
    assert.deepEqual(await faultsOf(labels("gke"), {}, { ...inputs, adopt: ["us-central1/bay-wheels-gke"] }), []);
    assert.match(
      (await faultsOf(labels("other")))[0]!,
      new RegExp(
        "^Repository 'bay-wheels-gke' can't be created in 'us-central1': .* " +
          "Delete it \\(gcloud artifacts repositories delete bay-wheels-gke .*\\), or rename the stack: .* <name>$",
      ),
    );
  });

  it("has no account of the nodes' name, unless this stack has made it", async () => {
    const cloud = { standing: { [account]: {} } };
    assert.match(
      (await faultsOf(cloud))[0]!,
      /: service account 'kestra-nodes-gke'\. If another person's .* take it over .*: pulumi config set bay-wheels:adopt kestra-nodes-gke$/,
    );
    assert.deepEqual(await faultsOf(cloud, inputs), []);
  });

  it("is judged later if Google doesn't report it yet", async () => {
    const unknown = { ...cpus(1, 1), disabled: { compute: 2, artifactRegistry: 1, iam: 1 } };
    assert.deepEqual(await faultsOf(unknown), []);
  });
});
