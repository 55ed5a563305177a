import type * as gcp from "@pulumi/gcp";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../../../dynamic/handlers";
import type { Database } from "../../../infra/gke/database";
import { labels } from "../../../infra/labels";
import type { Credentials } from "../credentials";
import { clusterConfiguration } from "../serverConfiguration";
import type { ChartPlan } from "./chartFault";
import { chartValues, kestra } from "./chartValues";
import type { PushedImage } from "./image";
import { kubeconfig } from "./kubeconfig";
import { parts } from "./parts";
import { Rollout } from "./rollout/rollout";
import { RunningWorkers } from "./rollout/runningWorkers";

/** Key of the Kubernetes Secret, which the chart mounts as a file of that name. */
const configurationFile = "application.yml";

/** Helm's own default; Pulumi would keep a Secret for each revision for ever. */
const maxHistory = 10;

export interface ReleaseArgs {
  cluster: gcp.container.Cluster;
  /** Host of the Kubernetes API. */
  api: pulumi.Output<string>;
  image: PushedImage;
  chart: ChartPlan;
  /** Where people reach the server. */
  url: string;
  login: Credentials;
  database: Database;
  project: string;
  region: string;
  /** Bucket of the internal storage. */
  storage: gcp.storage.Bucket;
  /** Google's service account that the pods run as. */
  serviceAccount: pulumi.Output<string>;
  /** Maximum number of workers. */
  workers: number;
  /** Seconds that a roll-out takes at most. */
  timeout: number;
}

/**
 * Kestra's chart in the cluster, rolled out; `version` changes whenever its servers restart with another configuration.
 */
export function installRelease(name: string, args: ReleaseArgs, { parent, dependsOn }: pulumi.CustomResourceOptions) {
  const { cluster, api, timeout } = args;
  const provider = new kubernetes.Provider(
    `${name}-kubernetes`,
    // with the identifier, only another cluster replaces the provider, not a preview that doesn't know the address
    { kubeconfig: api.apply(kubeconfig), clusterIdentifier: cluster.id },
    { parent, dependsOn: cluster },
  );
  // deleted with the cluster: a destroy works when it can't be reached
  const inCluster = { parent, provider, deletedWith: cluster };
  const { namespace, secret } = createConfiguration(name, args, inCluster);
  const target = targetOf(args);
  const values = valuesOf(name, args, secret, target, { parent, deletedWith: cluster, dependsOn });
  const { repository: repo, ...chart } = args.chart;
  const where = { ...chart, repositoryOpts: { repo }, name: kestra, namespace: namespace.metadata.name };
  const release = new kubernetes.helm.v3.Release(
    `${name}-release`,
    // no wait and no rollback of Helm's, which hide why a pod doesn't start: see docs/adr/0012-our-own-wait.md
    { ...where, values, skipAwait: true, maxHistory },
    { ...inCluster, dependsOn },
  );
  const version = pulumi.interpolate`${release.id}/${secret.metadata.name}`;
  const revision = pulumi.interpolate`${version}/${release.status.revision}`;
  const rollout = new Rollout(`${name}-rollout`, { target, revision, timeout }, { parent, deletedWith: cluster });
  return { rollout, version };
}

/** The namespace, and the Secret with the servers' configuration. */
function createConfiguration(name: string, args: ReleaseArgs, opts: pulumi.CustomResourceOptions) {
  const namespace = new kubernetes.core.v1.Namespace(
    `${name}-namespace`,
    // Kubernetes itself refuses a pod with more privileges than the chart is given
    { metadata: { name: kestra, labels: { ...labels(), "pod-security.kubernetes.io/enforce": "restricted" } } },
    opts,
  );
  // Pulumi gives each content a new name: new pods mount another Secret, and old ones keep theirs while they run
  const secret = new kubernetes.core.v1.Secret(
    `${name}-configuration`,
    {
      metadata: { namespace: namespace.metadata.name, labels: labels() },
      immutable: true,
      stringData: { [configurationFile]: configurationOf(args) },
    },
    opts,
  );
  return { namespace, secret };
}

/** The servers' configuration; it holds their secrets. */
function configurationOf({ url, login, database, project, storage }: ReleaseArgs): pulumi.Output<string> {
  const { username } = login;
  return pulumi.secret(
    pulumi
      .all([database.host, database.password, login.password, login.encryptionKey, storage.name])
      .apply(([host, databasePassword, password, encryptionKey, bucket]) =>
        clusterConfiguration({
          ...{ url, username, password, encryptionKey },
          database: { host, name: database.database, username: database.username, password: databasePassword },
          storage: { bucket, project },
        }),
      ),
  );
}

/** Where the release is, for those who look at its pods. */
function targetOf({ cluster, api, project, region: location }: ReleaseArgs) {
  return { project, location, cluster: cluster.name, namespace: kestra, release: kestra, api };
}

/** The chart's values, with as many workers as run now. */
function valuesOf(
  name: string,
  { image, chart, serviceAccount, workers: maximum }: ReleaseArgs,
  secret: kubernetes.core.v1.Secret,
  target: ReturnType<typeof targetOf>,
  opts: pulumi.CustomResourceOptions,
) {
  const minimum = parts.worker.replicas;
  const valuesWith = (running: pulumi.Input<number>) =>
    chartValues({
      image: { repository: image.repository, tag: image.tag },
      secret: { name: secret.metadata.name, key: configurationFile },
      serviceAccount,
      workers: { running, maximum },
    });
  const content = pulumi.output(valuesWith(minimum)).apply((values) => sha256(JSON.stringify([chart, values])));
  const args = { target, deployment: `${kestra}-worker`, minimum, maximum, content };
  return valuesWith(new RunningWorkers(`${name}-workers`, args, opts).replicas);
}
