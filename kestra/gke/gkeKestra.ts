import * as gcp from "@pulumi/gcp";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../infra/gke/cluster";
import { Database } from "../../infra/gke/database";
import { Network, type ClusterNetwork } from "../../infra/gke/network";
import { softDeleteSeconds } from "../../infra/dataPlatform";
import { labels } from "../../infra/labels";
import type { Platform } from "../../infra/platform";
import { roles } from "../../infra/roles";
import type { Settings } from "../../infra/settings";
import { credentials } from "../credentials";
import { ServerReady } from "../resources/serverReady";
import { access, type KestraRuntime } from "../runtime";
import { clusterConfiguration, clusterSecrets } from "../serverConfiguration";
import { chartValues, kestra } from "./chartValues";
import { PushedImage } from "./image";
import { kubeconfig } from "./kubeconfig";

export interface GkeKestraArgs {
  settings: Settings;
  platform: Platform;
}

/** Kestra's own chart, of the server's version: they go together from 1.3.16 on. */
const chart = { chart: "kestra", version: "1.3.31", repositoryOpts: { repo: "https://helm.kestra.io/" } };

/** Key of the Kubernetes Secret, which the chart mounts as a file of that name. */
const secretsFile = "secrets.yml";

/** Port of the Kubernetes service. */
const port = 8080;

/**
 * Kestra on GKE: its parts as deployments of the official chart, Postgres on Cloud SQL, its storage in a bucket, and no key: its pods are the
 * platform's service account. Nothing leads to it from outside the cluster but the Kubernetes API.
 */
export class GkeKestra extends pulumi.ComponentResource {
  public readonly runtime: KestraRuntime;

  constructor(name: string, { settings, platform }: GkeKestraArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:GkeKestra", name, {}, opts);
    const { project, protectData } = settings;
    const { region, workers } = settings.gke;
    const child = { parent: this };
    const onGoogle = { ...child, dependsOn: platform.ready };

    const network = settings.gke.network
      ? given(settings.gke.network)
      : new Network(`${name}-network`, { project, region, range: settings.gke.networkRange }, onGoogle).place;
    const image = new PushedImage(`${name}-image`, { project, region }, onGoogle);
    const { cluster, endpoint } = new Cluster(
      `${name}-cluster`,
      { project, region, network, repository: image.registry, deletionProtection: protectData },
      onGoogle,
    );
    const database = new Database(
      `${name}-database`,
      { project, region, network, settings: settings.gke.database, deletionProtection: protectData },
      onGoogle,
    );
    const storage = new gcp.storage.Bucket(
      `${name}-storage`,
      {
        project,
        location: region,
        labels: labels(),
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        softDeletePolicy: { retentionDurationSeconds: protectData ? softDeleteSeconds : 0 },
        forceDestroy: !protectData,
      },
      { ...onGoogle, protect: protectData },
    );

    const { serviceAccountEmail: account } = platform;
    const member = pulumi.interpolate`serviceAccount:${account}`;
    const allowed = [
      new gcp.storage.BucketIAMMember(
        `${name}-storage-role`,
        { bucket: storage.name, role: roles.bucket, member },
        child,
      ),
      new gcp.serviceaccount.IAMMember(
        `${name}-identity`,
        {
          serviceAccountId: pulumi.interpolate`projects/${project}/serviceAccounts/${account}`,
          role: "roles/iam.workloadIdentityUser",
          member: `serviceAccount:${project}.svc.id.goog[${kestra}/${kestra}]`,
        },
        // the first cluster with Workload Identity makes the project's pool of such members
        { ...child, dependsOn: cluster },
      ),
    ];

    const url = `http://127.0.0.1:${settings.kestra.port}`;
    const { username, password, encryptionKey } = credentials(name, settings.kestra, child);
    const application = pulumi.all([database.host, storage.name]).apply(([host, bucket]) =>
      clusterConfiguration({
        url,
        username,
        database: { host, name: database.database, username: database.username },
        storage: { bucket, project },
      }),
    );
    const secrets = pulumi
      .all([database.password, password, encryptionKey])
      .apply(([databasePassword, password, encryptionKey]) =>
        clusterSecrets({ databasePassword, password, encryptionKey }),
      );

    const provider = new kubernetes.Provider(
      `${name}-kubernetes`,
      // by the identifier, only another cluster is another one for the provider, not a preview that does not know the address
      { kubeconfig: endpoint.apply(kubeconfig), clusterIdentifier: cluster.id },
      { ...child, dependsOn: cluster },
    );
    // what is in the cluster goes with it: a destroy works when it cannot be reached
    const inCluster = { ...child, provider, deletedWith: cluster };
    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: kestra,
          // Kubernetes itself refuses a pod that wants more than the chart is given
          labels: { "pod-security.kubernetes.io/enforce": "restricted" },
        },
      },
      inCluster,
    );
    // named by Pulumi, anew for each content: the chart's pods restart because they mount another Secret, and keep theirs until then
    const secret = new kubernetes.core.v1.Secret(
      `${name}-configuration`,
      {
        metadata: { namespace: namespace.metadata.name },
        immutable: true,
        stringData: { [secretsFile]: pulumi.secret(secrets) },
      },
      inCluster,
    );
    const values = pulumi
      .all([image.repository, application, secret.metadata.name, account])
      .apply(([repository, application, secretName, serviceAccount]) =>
        chartValues({
          image: { repository, tag: image.tag },
          application,
          secret: { name: secretName, key: secretsFile },
          serviceAccount,
          workers,
        }),
      );
    const release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      {
        ...chart,
        name: kestra,
        namespace: namespace.metadata.name,
        values,
        // an upgrade that fails is taken back, an install too: the next `up` begins from what was there before
        atomic: true,
        timeout: settings.kestra.startTimeout,
      },
      { ...inCluster, dependsOn: [...database.ready, ...allowed, ...network.ready] },
    );

    const server = cluster.name.apply((name) => ({
      kind: "cluster" as const,
      project,
      location: region,
      cluster: name,
      namespace: kestra,
      service: kestra,
      port,
    }));
    const ready = new ServerReady(
      `${name}-ready`,
      {
        endpoint: server,
        username,
        password,
        server: pulumi.interpolate`${release.id}/${secret.metadata.name}`,
        timeout: settings.kestra.startTimeout,
      },
      { ...child, dependsOn: release },
    );
    const data: [pulumi.Resource, pulumi.Resource] = [database.instance, storage];
    this.runtime = access({ url, endpoint: server, username, password, encryptionKey, ready, data });
    this.registerOutputs({ url });
  }
}

/** A network that somebody else made: its subnetwork's way out is theirs, too. */
function given(network: { network: string; subnetwork: string }): ClusterNetwork {
  return { ...network, ready: [] };
}
