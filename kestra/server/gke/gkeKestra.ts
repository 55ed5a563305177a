import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { bucketArgs } from "../../../infra/bucketArgs";
import { Cluster } from "../../../infra/gke/cluster";
import { Database } from "../../../infra/gke/database";
import { Network, type ClusterNetwork } from "../../../infra/gke/network";
import { objectUser } from "../../../infra/access/roles";
import { credentials } from "../credentials";
import { ServerReady } from "../../resources/serverReady";
import { access, type KestraRuntime, type RuntimeArgs } from "../runtime";
import { chartPlan } from "./chartFault";
import { kestra } from "./chartValues";
import { PushedImage } from "./image";
import { installRelease } from "./release";
import type { GkeSettings } from "./settings";

/** Port of the Kubernetes service. */
const port = 8080;

type Args = RuntimeArgs<GkeSettings>;

/**
 * Kestra on GKE: its parts as deployments of the official chart, Postgres on Cloud SQL, its storage in a bucket, and no
 * key: its pods run as the platform's service account. It's reached from outside only through the Kubernetes API.
 */
export class GkeKestra extends pulumi.ComponentResource {
  public readonly runtime: KestraRuntime;

  constructor(name: string, args: Args, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:GkeKestra", name, {}, opts);
    const { settings, own, platform } = args;
    const { project, adopt, protectData: deletionProtection } = settings;
    const { region, workers, database: size } = own;
    const child = { parent: this };
    const onGoogle = { ...child, dependsOn: platform.ready };

    const network = networkOf(name, args, onGoogle);
    const image = new PushedImage(`${name}-image`, { project, region, adopt }, onGoogle);
    const clusterArgs = { project, region, network, repository: image.registry, adopt, deletionProtection };
    const { cluster, endpoint: api } = new Cluster(`${name}-cluster`, clusterArgs, onGoogle);
    const databaseArgs = { project, region, network, size, deletionProtection };
    const database = new Database(`${name}-database`, databaseArgs, onGoogle);
    const storage = createStorage(name, args, onGoogle);
    const allowed = allowPods(name, args, storage, cluster, child);

    const url = `http://127.0.0.1:${settings.kestra.port}`;
    const login = credentials(name, settings.kestra, child);
    const timeout = settings.kestra.startTimeout;
    const chart = chartPlan(own);
    const { serviceAccountEmail: serviceAccount } = platform;
    const { rollout, version: server } = installRelease(
      name,
      { cluster, api, image, chart, url, login, database, project, region, storage, serviceAccount, workers, timeout },
      { ...child, dependsOn: [...database.ready, ...allowed, ...network.ready] },
    );

    const endpoint = endpointOf(args, cluster);
    const { username, password } = login;
    const readyArgs = { endpoint, username, password, server, timeout };
    const ready = new ServerReady(`${name}-ready`, readyArgs, { ...child, dependsOn: rollout });
    this.runtime = access({ url, endpoint, ...login, ready, data: [database.instance, storage] });
    this.registerOutputs({ url });
  }
}

/** The stack's own network, or an existing one, whose owner provides its way to the internet. */
function networkOf(name: string, { settings, own }: Args, opts: pulumi.ComponentResourceOptions): ClusterNetwork {
  if (own.network) return { ...own.network, ready: [] };
  const args = { project: settings.project, region: own.region, range: own.networkRange };
  return new Network(`${name}-network`, args, opts).network;
}

/** The bucket of Kestra's internal storage. */
function createStorage(name: string, { settings, own }: Args, opts: pulumi.CustomResourceOptions): gcp.storage.Bucket {
  const { project, protectData: protect } = settings;
  const args = { ...bucketArgs(protect), project, location: own.region };
  return new gcp.storage.Bucket(`${name}-storage`, args, { ...opts, protect });
}

/** Lets Kestra's pods run as the platform's service account, and this account use the storage. */
function allowPods(
  name: string,
  { settings: { project }, platform }: Args,
  storage: gcp.storage.Bucket,
  cluster: gcp.container.Cluster,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { serviceAccountEmail: account } = platform;
  const member = pulumi.interpolate`serviceAccount:${account}`;
  return [
    new gcp.storage.BucketIAMMember(`${name}-storage-role`, { bucket: storage.name, role: objectUser, member }, opts),
    new gcp.serviceaccount.IAMMember(
      `${name}-identity`,
      {
        serviceAccountId: pulumi.interpolate`projects/${project}/serviceAccounts/${account}`,
        role: "roles/iam.workloadIdentityUser",
        member: `serviceAccount:${project}.svc.id.goog[${kestra}/${kestra}]`,
      },
      // the project's pool of such members exists only once there's a cluster with Workload Identity
      { ...opts, dependsOn: cluster },
    ),
  ];
}

/** How the tunnel finds the server. */
function endpointOf({ settings: { project }, own }: Args, cluster: gcp.container.Cluster) {
  return cluster.name.apply((name) => ({
    kind: "cluster" as const,
    project,
    location: own.region,
    cluster: name,
    namespace: kestra,
    service: kestra,
    port,
  }));
}
