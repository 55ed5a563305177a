import type * as gcp from "@pulumi/gcp";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Database } from "../../../infra/gke/database";
import type { Credentials } from "../credentials";
import { clusterConfiguration, clusterSecrets } from "../serverConfiguration";
import type { ChartPlan } from "./chartFault";
import { chartValues, kestra } from "./chartValues";
import type { PushedImage } from "./image";
import { kubeconfig } from "./kubeconfig";

/** Key of the Kubernetes Secret, which the chart mounts as a file of that name. */
const secretsFile = "secrets.yml";

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
  /** Bucket of the internal storage. */
  storage: gcp.storage.Bucket;
  /** Google's service account that the pods run as. */
  serviceAccount: pulumi.Output<string>;
  /** Maximum number of workers. */
  workers: number;
  /** Seconds until an installation or upgrade is rolled back. */
  timeout: number;
}

/** Kestra's chart in the cluster; `version` changes whenever its servers restart with other secrets. */
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
  const namespace = new kubernetes.core.v1.Namespace(
    `${name}-namespace`,
    // Kubernetes itself refuses a pod with more privileges than the chart is given
    { metadata: { name: kestra, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
    inCluster,
  );
  // Pulumi gives each content a new name: the chart's pods restart because they mount another Secret
  const secret = new kubernetes.core.v1.Secret(
    `${name}-configuration`,
    {
      metadata: { namespace: namespace.metadata.name },
      immutable: true,
      stringData: { [secretsFile]: secretsOf(args) },
    },
    inCluster,
  );
  const values = valuesOf(args, secret);
  const { chart, version, repository: repo } = args.chart;
  const release = new kubernetes.helm.v3.Release(
    `${name}-release`,
    // atomic: a failed installation or upgrade is rolled back, and the next `up` starts from what was there before
    {
      chart,
      version,
      repositoryOpts: { repo },
      name: kestra,
      namespace: namespace.metadata.name,
      values,
      atomic: true,
      timeout,
    },
    { ...inCluster, dependsOn },
  );
  return { release, version: pulumi.interpolate`${release.id}/${secret.metadata.name}` };
}

/** The secret part of the servers' configuration. */
function secretsOf({ database, login }: ReleaseArgs): pulumi.Output<string> {
  return pulumi.secret(
    pulumi
      .all([database.password, login.password, login.encryptionKey])
      .apply(([databasePassword, password, encryptionKey]) =>
        clusterSecrets({ databasePassword, password, encryptionKey }),
      ),
  );
}

function valuesOf(args: ReleaseArgs, secret: kubernetes.core.v1.Secret) {
  const { image, url, login, database, project, storage, workers } = args;
  const { username } = login;
  return pulumi
    .all([image.repository, database.host, storage.name, secret.metadata.name, args.serviceAccount])
    .apply(([repository, host, bucket, secretName, serviceAccount]) =>
      chartValues({
        image: { repository, tag: image.tag },
        application: clusterConfiguration({
          url,
          username,
          database: { host, name: database.database, username: database.username },
          storage: { bucket, project },
        }),
        secret: { name: secretName, key: secretsFile },
        serviceAccount,
        workers,
      }),
    );
}
