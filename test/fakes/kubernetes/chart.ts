import { sha256 } from "../../../dynamic/handlers";
import type { Properties } from "../store";

/** A key whose content the chart passes on as it is. */
const free = "free";
type Keys = { [key: string]: Keys | typeof free };

const freeKeys = (...names: string[]): Keys => Object.fromEntries(names.map((name) => [name, free] as const));

/** Keys of `common`, each of which a deployment may have as well. */
const common: Keys = {
  ...freeKeys(
    "replicas",
    "podAnnotations",
    "startupProbe",
    "livenessProbe",
    "resources",
    "terminationGracePeriodSeconds",
  ),
  ...freeKeys("securityContext", "podSecurityContext"),
  autoscaler: freeKeys("enabled", "minReplicas", "maxReplicas", "extra", "metrics"),
  jvm: freeKeys("extraOpts"),
};

const deployment: Keys = { ...common, enabled: free };

/**
 * The keys of chart `kestra` that this program uses, as https://github.com/kestra-io/helm-charts documents them in
 * charts/kestra/values.yaml. A new one must be looked up there, and its effect added here.
 */
const documented: Keys = {
  extraManifests: free,
  image: freeKeys("repository", "tag"),
  common,
  configurations: freeKeys("secrets"),
  serviceAccount: freeKeys("create", "automount", "annotations", "name"),
  deployments: {
    standalone: { ...deployment, dind: freeKeys("enabled") },
    webserver: deployment,
    executor: deployment,
    indexer: deployment,
    scheduler: deployment,
    worker: { ...deployment, workerThreads: free },
  },
  service: freeKeys("type"),
  dind: freeKeys("enabled"),
  ingress: freeKeys("enabled"),
};

/** Values of a release, as far as the fake reads them. */
export interface Values {
  image?: { repository?: string; tag?: string };
  common?: Part;
  configurations?: { secrets?: { name: string; key: string }[] };
  serviceAccount?: { create?: boolean; name?: string; annotations?: Record<string, string> };
  deployments?: Record<string, Part>;
  service?: { type?: string };
  dind?: { enabled?: boolean };
  ingress?: { enabled?: boolean };
}

/** What is said of one deployment, or of all. */
export interface Part {
  enabled?: boolean;
  replicas?: number;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: Properties;
  podSecurityContext?: Properties;
  podAnnotations?: Record<string, string>;
}

/** Keys that are not the chart's, with their paths. */
function strangers(values: Properties, keys: Keys, path = ""): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const known = keys[key];
    if (known === undefined) return [`${path}${key}`];
    return known === free ? [] : strangers(value as Properties, known, `${path}${key}.`);
  });
}

/** Refuses what the chart itself refuses, and keys that it would silently ignore. */
export function requireChartValues(values: Values): void {
  const unknown = strangers(values as Properties, documented);
  if (unknown.length > 0) throw new Error(`chart kestra has no value ${unknown.join(", ")}`);
  if ((values.configurations?.secrets ?? []).length === 0)
    throw new Error(
      "execution error at (kestra/templates/checks.yaml): At least one of .Values.configurations.application, " +
        ".Values.configurations.configmaps, or .Values.configurations.secrets must be defined and non-empty",
    );
}

/** Deployments that the chart makes: its default is one, `standalone`. */
export function partsOf({ deployments = {} }: Values): string[] {
  const all = { ...deployments, standalone: { enabled: true, ...deployments.standalone } };
  return Object.entries(all)
    .filter(([, { enabled }]) => enabled)
    .map(([name]) => name);
}

/** A deployment's own values over the common ones; annotations of both are merged. */
export function partOf({ common = {}, deployments = {} }: Values, name: string): Part {
  const own = deployments[name] ?? {};
  return { ...common, ...own, podAnnotations: { ...common.podAnnotations, ...own.podAnnotations } };
}

/** The name of release, service and service account, which the chart makes of the release's. */
export const fullName = (release: string) => (release.includes("kestra") ? release : `${release}-kestra`);

/** Service account that the pods run as. */
export function serviceAccountOf({ serviceAccount: { create = true, name } = {} }: Values, release: string): string {
  return name || (create ? fullName(release) : "default");
}

/** What of a deployment is not of its pods. */
const notOfPods = ["enabled", "replicas", "autoscaler"];

/** A number for all that makes a Deployment replace its pods; the Secret's content is not among it. */
export function templateOf(values: Values, release: string, name: string): string {
  const part = partOf(values, name);
  return sha256(
    JSON.stringify([
      Object.entries(part).filter(([key]) => !notOfPods.includes(key)),
      values.image,
      serviceAccountOf(values, release),
      values.configurations?.secrets,
    ]),
  );
}
