import type * as pulumi from "@pulumi/pulumi";
import { parts, type Part } from "./parts";

export interface ChartValuesArgs {
  image: { repository: pulumi.Input<string>; tag: string };
  /** Kubernetes Secret with the servers' whole configuration; another name restarts them. */
  secret: { name: pulumi.Input<string>; key: string };
  /** Google's service account that the pods run as, by Workload Identity. */
  serviceAccount: pulumi.Input<string>;
  /** Workers that run now, and their maximum number. */
  workers: { running: pulumi.Input<number>; maximum: number };
}

/** Name of release, namespace and Kubernetes service account; the chart names service and deployments after it. */
export const kestra = "kestra";

/** Id of user `kestra` in the image (../image/Dockerfile): from a name, Kubernetes can't see that it isn't root. */
export const userId = 10001;

/** Seconds that a part gets to stop; a worker uses them to finish its tasks, for which Kestra itself allows 300. */
const grace = 360;

/** Seconds that a part gets to start before it's restarted: the chart's 120 are too short for half a CPU. */
const startTime = 600;

/** Tasks that a worker runs at the same time: most wait for BigQuery, and dbt takes several hundred MiB. */
const workerThreads = 8;

/**
 * Values of Kestra's chart by its documented keys (charts/kestra/values.yaml in
 * https://github.com/kestra-io/helm-charts): separate parts, nothing that needs root, a privilege or the node. They
 * hold no secret.
 */
export function chartValues({ image, secret, serviceAccount, workers }: ChartValuesArgs) {
  return {
    image,
    common: {
      podSecurityContext: {
        runAsNonRoot: true,
        runAsUser: userId,
        runAsGroup: userId,
        fsGroup: userId,
        seccompProfile: { type: "RuntimeDefault" },
      },
      securityContext: { allowPrivilegeEscalation: false, privileged: false, capabilities: { drop: ["ALL"] } },
      terminationGracePeriodSeconds: grace,
      startupProbe: { failureThreshold: startTime },
      // the chart's 3 s and 3 failures restart a healthy server that is short of CPU
      livenessProbe: { timeoutSeconds: 10, failureThreshold: 6 },
      jvm: { extraOpts: "-XX:MaxRAMPercentage=60" },
    },
    // not in the chart's ConfigMap: it changes in place, also for old pods that restart during a roll-out
    configurations: { secrets: [secret] },
    serviceAccount: {
      create: true,
      name: kestra,
      // Kestra doesn't use Kubernetes' API, and Workload Identity needs no mounted token
      automount: false,
      annotations: { "iam.gke.io/gcp-service-account": serviceAccount },
    },
    deployments: {
      standalone: { enabled: false, dind: { enabled: false } },
      webserver: deployment("webserver"),
      executor: deployment("executor"),
      scheduler: deployment("scheduler"),
      indexer: deployment("indexer"),
      worker: {
        ...deployment("worker"),
        replicas: workers.running,
        workerThreads,
        // half of the memory is left for the tasks that run beside the server: dbt
        jvm: { extraOpts: "-XX:MaxRAMPercentage=50" },
        // don't move it to another node in the middle of a task:
        // https://cloud.google.com/kubernetes-engine/docs/how-to/extended-duration-pods
        podAnnotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" },
        autoscaler: autoscaler(workers.maximum),
      },
    },
    // Docker in Docker is privileged, which Autopilot refuses; dbt runs in the worker
    dind: { enabled: false },
    service: { type: "ClusterIP" },
    ingress: { enabled: false },
    extraManifests: (Object.keys(parts) as Part[]).map(disruptionBudget),
  };
}

/** One part. Autopilot provides what is requested, and no more. */
function deployment(part: Part) {
  const { cpu, memory, ephemeralStorage, replicas } = parts[part];
  const amounts = { cpu, memory, "ephemeral-storage": ephemeralStorage };
  return { enabled: true, replicas, resources: { requests: amounts, limits: amounts } };
}

/** Adds a worker while the existing ones are busy; removes one after ten quiet minutes. */
function autoscaler(workers: number) {
  return {
    enabled: true,
    minReplicas: parts.worker.replicas,
    maxReplicas: workers,
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } }],
    extra: { behavior: { scaleDown: { stabilizationWindowSeconds: 600 } } },
  };
}

/** A node upgrade may move one pod of a part at a time; if none were allowed, the upgrade would wait for an hour. */
function disruptionBudget(part: Part) {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: `${kestra}-${part}` },
    spec: {
      maxUnavailable: 1,
      selector: {
        matchLabels: {
          "app.kubernetes.io/name": kestra,
          "app.kubernetes.io/instance": kestra,
          "app.kubernetes.io/component": part,
        },
      },
    },
  };
}
