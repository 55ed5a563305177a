import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { chartValues, type ChartValuesArgs } from "../../../../kestra/server/gke/chartValues";
import { kestraImageTag } from "../../../../kestra/server/docker/images";
import { partsOf, templateOf, type Values as ChartValues } from "../../../fakes/kubernetes/chart";
import { gkeEmail, madeInCluster, plain, withDocker } from "../../support/cloudStacks";

type Values = ReturnType<typeof chartValues>;

const region = "us-central1";
const labels = { application: "bay-wheels", "managed-by": "pulumi", stack: "gke" };
const repository = "us-central1-docker.pkg.dev/my-project/bay-wheels-gke/kestra";

describe("Kestra of stack gke", () => {
  withDocker();
  let stack: Awaited<ReturnType<typeof madeInCluster>>;
  let values: Values;

  before(async () => {
    stack = await madeInCluster();
    values = stack.inputsOf("kestra-release").values as Values;
  });

  it("comes with its image, built for the nodes, then pushed with a token that is a secret", () => {
    const image = {
      imageName: `${repository}:${kestraImageTag("linux/amd64")}`,
      build: { context: ".", dockerfile: "kestra/server/image/Dockerfile", platform: "linux/amd64" },
    };
    assert.deepEqual(stack.inputsOf("kestra-image-build"), { ...image, buildOnPreview: false, skipPush: true });
    assert.deepEqual(stack.inputsOf("kestra-image-push"), {
      ...image,
      registry: {
        secret: { server: "us-central1-docker.pkg.dev", username: "oauth2accesstoken", password: "Canary-1-token" },
      },
      buildOnPreview: false,
      skipPush: false,
    });
    const { format, location, repositoryId } = stack.inputsOf("kestra-image-repository");
    assert.deepEqual([format, location, repositoryId], ["DOCKER", region, "bay-wheels-gke"]);
  });

  it("is the official chart of the server's version, in a namespace that takes no more than restricted pods", () => {
    const release = stack.inputsOf("kestra-release");
    assert.deepEqual(release, {
      values,
      chart: "kestra",
      version: "1.3.31",
      repositoryOpts: { repo: "https://helm.kestra.io/" },
      name: "kestra",
      namespace: "kestra",
      skipAwait: true,
      maxHistory: 10,
      compat: "true",
    });
    const [, ofImage] = /FROM kestra\/kestra:v(\S+)/.exec(readFileSync("kestra/server/image/Dockerfile", "utf8"))!;
    assert.equal(release.version, ofImage);
    assert.deepEqual(stack.inputsOf("kestra-namespace").metadata, {
      name: "kestra",
      labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" },
    });
  });

  it("gets its configuration as a Secret that is made anew when it changes, so that old pods keep theirs", () => {
    assert.deepEqual(values.configurations, { secrets: [{ name: "kestra-configuration-1", key: "application.yml" }] });
    const { metadata, immutable, stringData } = stack.inputsOf("kestra-configuration");
    assert.deepEqual([metadata, immutable], [{ namespace: "kestra", labels }, true]);
    const { "application.yml": file } = plain(stringData) as Record<string, string>;
    assert.deepEqual(parse(file!), {
      datasources: {
        postgres: {
          url: "jdbc:postgresql://10.64.0.2:5432/kestra?sslmode=require",
          "driver-class-name": "org.postgresql.Driver",
          username: "kestra",
          password: "Canary-1-kestra-database-password",
        },
      },
      kestra: {
        url: "http://127.0.0.1:8080",
        "anonymous-usage-report": { enabled: false },
        "ui-anonymous-usage-report": { enabled: false },
        "tutorial-flows": { enabled: false },
        repository: { type: "postgres" },
        queue: { type: "postgres" },
        server: { "basic-auth": { username: "admin@bay-wheels.local", password: "Canary-1-kestra-password" } },
        encryption: { "secret-key": "Canary-1-kestra-encryption-key" },
        storage: { type: "gcs", gcs: { bucket: "kestra-storage-1", "project-id": "my-project" } },
      },
    });
  });

  it("runs its parts apart, each with what it asks for and no more, and workers as they are needed", () => {
    const { standalone, worker, ...others } = values.deployments;
    assert.deepEqual(values.common.startupProbe, { failureThreshold: 600 });
    assert.deepEqual(values.common.livenessProbe, { timeoutSeconds: 10, failureThreshold: 6 });
    assert.deepEqual(standalone, { enabled: false, dind: { enabled: false } });
    const of = (cpu: string, memory: string, files: string) => {
      const amounts = { cpu, memory, "ephemeral-storage": files };
      return { enabled: true, replicas: 1, resources: { requests: amounts, limits: amounts } };
    };
    assert.deepEqual(others, {
      webserver: of("500m", "2Gi", "1Gi"),
      executor: of("500m", "2Gi", "1Gi"),
      scheduler: of("500m", "2Gi", "1Gi"),
      indexer: of("500m", "2Gi", "1Gi"),
    });
    const { autoscaler, jvm, podAnnotations, workerThreads, ...rest } = worker;
    // as many as run now, not the minimum
    assert.deepEqual(rest, { ...of("1", "4Gi", "5Gi"), replicas: 2 });
    assert.deepEqual([autoscaler.enabled, autoscaler.minReplicas, autoscaler.maxReplicas], [true, 1, 3]);
    assert.deepEqual(
      autoscaler.metrics.map(({ resource }) => [resource.name, resource.target.averageUtilization]),
      [["cpu", 60]],
    );
    assert.deepEqual([workerThreads, jvm.extraOpts], [8, "-XX:MaxRAMPercentage=50"]);
    assert.deepEqual(podAnnotations, { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" });
  });

  it("needs no root, no privilege, nothing of the node, and no token of Kubernetes'", () => {
    assert.deepEqual(values.common.podSecurityContext, {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(values.common.securityContext, {
      allowPrivilegeEscalation: false,
      privileged: false,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(values.dind, { enabled: false });
    assert.deepEqual(values.serviceAccount, {
      create: true,
      name: "kestra",
      automount: false,
      annotations: { "iam.gke.io/gcp-service-account": gkeEmail },
    });
    assert.doesNotMatch(JSON.stringify(values), /hostPath|hostNetwork|"privileged":true|docker\.sock/);
  });

  it("is reached by no port of the outside, and moved one pod of a part at a time", () => {
    assert.deepEqual([values.service, values.ingress], [{ type: "ClusterIP" }, { enabled: false }]);
    const budgets = values.extraManifests.map(({ kind, spec }) => [
      kind,
      spec.selector.matchLabels["app.kubernetes.io/component"],
      spec.maxUnavailable,
    ]);
    assert.deepEqual(
      budgets,
      ["webserver", "executor", "scheduler", "indexer", "worker"].map((part) => ["PodDisruptionBudget", part, 1]),
    );
  });

  it("restarts its pods for each change of the configuration, and for none else", () => {
    const args: ChartValuesArgs = {
      image: values.image,
      secret: { name: "kestra-configuration-1", key: "application.yml" },
      serviceAccount: gkeEmail,
      workers: { running: 2, maximum: 3 },
    };
    const template = (change: Partial<typeof args>) => {
      const changed = chartValues({ ...args, ...change }) as ChartValues;
      return partsOf(changed).map((part) => templateOf(changed, "kestra", part));
    };
    assert.deepEqual(chartValues(args).deployments, values.deployments);
    const before = template({});
    assert.equal(before.length, 5);
    const restarts = (change: Partial<typeof args>) => template(change).filter((part, i) => part !== before[i]).length;
    assert.equal(restarts({ secret: { ...args.secret, name: "kestra-configuration-2" } }), 5);
    assert.equal(restarts({ image: { ...args.image, tag: "another" } }), 5);
    assert.equal(restarts({ workers: { running: 1, maximum: 5 } }), 0);
  });

  it("gets flows that name no key, and dbt that needs none", () => {
    assert.equal(stack.platform.credentials, undefined);
    assert.equal(stack.inputsOf("pipeline-DBT_TARGET").value, "oauth");
    for (const flow of ["02_gcp_load_bay_area_county", "04_gcp_load_month"]) {
      const { source } = stack.inputsOf(`pipeline-${flow}`);
      assert.match(source as string, /projectId: "\{\{ kv\('GCP_PROJECT_ID'\) \}\}"/);
      assert.doesNotMatch(source as string, /serviceAccount|GCP_CREDS/);
    }
  });

  it("has no secret outside inputs that are marked as such: not in the chart's values either", () => {
    for (const { name } of stack.resources) {
      const shown = JSON.stringify(stack.inputsOf(name), (key, value: unknown) => (key === "secret" ? "" : value));
      assert.doesNotMatch(shown, /Canary/, name);
    }
  });
});
