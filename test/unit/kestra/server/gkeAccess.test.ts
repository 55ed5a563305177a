import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { madeInCluster, valueOf, withDocker } from "../../support/cloudStacks";

const region = "us-central1";

describe("Kestra of stack gke, as it's reached and waited for", () => {
  withDocker();
  let stack: Awaited<ReturnType<typeof madeInCluster>>;

  before(async () => {
    stack = await madeInCluster();
  });

  const target = {
    ...{ project: "my-project", location: region, cluster: "kestra-cluster-autopilot-1" },
    ...{ namespace: "kestra", release: "kestra", api: "gke-1.us-central1.gke.goog" },
  };

  it("keeps the workers that run, read again only when the release changes", async () => {
    const { content, ...workers } = stack.inputsOf("kestra-workers");
    assert.deepEqual(workers, { target, deployment: "kestra-worker", minimum: 1, maximum: 3 });
    const of = async (config: Record<string, string>) =>
      (await madeInCluster(config)).inputsOf("kestra-workers").content;
    assert.equal(await of({}), content);
    assert.notEqual(await of({ "bay-wheels:workers": "4" }), content);
  });

  it("is waited for by the revision of its release, in a cluster whose endpoint answers", () => {
    const revision = "kestra-release-id/kestra-configuration-1/1";
    assert.deepEqual(stack.inputsOf("kestra-rollout"), { target, revision, timeout: 900 });
    assert.deepEqual(stack.inputsOf("kestra-cluster-ready"), {
      ...{ project: "my-project", cluster: target.cluster, endpoint: target.api, timeout: 600 },
    });
  });

  it("gives Kubernetes no token that could expire", () => {
    const { kubeconfig, clusterIdentifier } = stack.inputsOf("kestra-kubernetes");
    assert.equal(clusterIdentifier, "kestra-cluster-autopilot-id");
    const { clusters, users } = parse(kubeconfig as string) as {
      clusters: { cluster: object }[];
      users: { user: { exec: { command: string; args: string[] } } }[];
    };
    assert.deepEqual(clusters[0]!.cluster, { server: "https://gke-1.us-central1.gke.goog" });
    assert.deepEqual(Object.keys(users[0]!.user), ["exec"]);
    const { command, args } = users[0]!.user.exec;
    assert.deepEqual([command, ...args], ["node", "--import", "tsx", "kestra/server/gke/execCredential.ts"]);
  });

  const endpoint = {
    kind: "cluster",
    project: "my-project",
    location: region,
    cluster: "kestra-cluster-autopilot-1",
    namespace: "kestra",
    service: "kestra",
    port: 8080,
  };

  it("is waited for, and reached, through the cluster's API", async () => {
    assert.deepEqual(stack.inputsOf("kestra-ready"), {
      endpoint,
      username: "admin@bay-wheels.local",
      password: { secret: "Canary-1-kestra-password" },
      server: "kestra-release-id/kestra-configuration-1",
      timeout: 900,
    });
    assert.equal(await pulumi.isSecret(stack.runtime.connection), true);
    assert.equal(await pulumi.isSecret(stack.runtime.endpoint), false);
    assert.deepEqual(await valueOf(stack.runtime.endpoint), endpoint);
    assert.deepEqual(await valueOf(stack.runtime.connection), {
      ...endpoint,
      username: "admin@bay-wheels.local",
      password: "Canary-1-kestra-password",
    });
    assert.equal(await valueOf(stack.runtime.url), "http://127.0.0.1:8080");
  });
});
