import { mkdirSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { KestraClient } from "../../../kestra/client/client";
import { kestraVersion } from "../../../kestra/server/version";
import { at } from "../../fakes/behaviour";
import { ClusterApi } from "../../fakes/clusterApi";
import { clusterType } from "../../fakes/google/access";
import { endpointNote, podsFolder } from "../../fakes/google/cluster";
import { pushedImages } from "../../fakes/google/data";
import { unreachableNote } from "../../fakes/kubernetes/cluster";
import { objectsOf, podsOf } from "../../fakes/kubernetes/objects";
import { deployments, pods, podsNote, scale, type RunningPod } from "../../fakes/kubernetes/rollout";
import { NewIdentity } from "../../fakes/newIdentity";
import { killServer } from "../../fakes/server";
import type { Properties } from "../../fakes/store";
import { serve, type Served } from "../../support/serve";
import { EngineStack, surroundings, type Surroundings } from "./engineStack";

/**
 * Stack `gke`; in the place of the cluster's pods answers one embedded server, to which the fake Kubernetes API
 * forwards ports. The program reaches it as it reaches a cluster: by the address that Google reports, over TLS, with a
 * token.
 */
export class GkeStack extends EngineStack {
  /** Versions of Kestra's chart in the repository that the stack uses. */
  charts = [kestraVersion, "1.3.99"];

  private constructor(
    around: Surroundings,
    readonly api: ClusterApi,
    /** Before the pods' port. */
    readonly identity: NewIdentity,
    private readonly repository: Served,
  ) {
    super(around);
  }

  static async create(): Promise<GkeStack> {
    const around = await surroundings("gke", ["gcp", "docker", "kubernetes"]);
    const { store, google } = around;
    const selector = { "app.kubernetes.io/name": "kestra", "app.kubernetes.io/component": "webserver" };
    const identity = await NewIdentity.start(() => pods(store)[0]!.ports[8080]!, 2);
    const api = await ClusterApi.start({
      pods: async () => (await podsOf(store)).map((pod) => ({ ...pod, ports: { ...pod.ports, 8080: identity.port } })),
      objects: () => objectsOf(store),
      services: { kestra: selector },
    });
    const repository = await serve((_request, response) => response.end(stack.chartIndex()));
    const stack: GkeStack = new GkeStack(around, api, identity, repository);
    mkdirSync(store.path("notes"), { recursive: true });
    writeFileSync(stack.certificate, api.certificate);
    store.setNote(endpointNote, api.endpoint);
    google.clusters = (path) => stack.cluster(path);
    await stack.succeed("stack", "init");
    await stack.succeed("config", "set", "gcp:project", "test-project-1");
    await stack.set("chartRepository", repository.url);
    return stack;
  }

  /** What Google reports of a cluster. */
  private cluster(path: string): object | undefined {
    const found = this.store.get(clusterType, path);
    const endpoint = at(found, "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint");
    return found && { controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint } } };
  }

  /** What the repository of charts serves. */
  private chartIndex(): string {
    const kestra = this.charts.map((version) => ({ apiVersion: "v2", name: "kestra", version, appVersion: version }));
    return stringify({ apiVersion: "v1", entries: { kestra } });
  }

  private get certificate(): string {
    return this.store.path("cluster.pem");
  }

  protected override environment(): Record<string, string> {
    return { NODE_EXTRA_CA_CERTS: this.certificate };
  }

  /** The pods that run. */
  pods(): RunningPod[] {
    return pods(this.store);
  }

  /** How many workers the autoscaler runs, as it decided. */
  scaleWorkers(replicas: number): void {
    scale(this.store, "worker", replicas);
  }

  /** How many workers are to run. */
  workers(): number | undefined {
    return deployments(this.store).find(({ part }) => part === "worker")?.replicas;
  }

  /** Values that the release of Kestra's chart has. */
  chartValues(): Properties {
    return this.properties("helm.sh/v3:Release").values as Properties;
  }

  /** File of the folder of the server that stands for the pods: `log`, `application.yml`, `pid`. */
  serverFile(file: string): string {
    return this.store.path(podsFolder, file);
  }

  /** Ends all pods at once, as the loss of a zone would. */
  killKestra(): void {
    killServer(this.store.path(podsFolder));
    this.store.setNote(podsNote, undefined);
  }

  /** Deletes the images of the registry behind Pulumi's back. */
  losePushedImages(): void {
    this.store.setNote(pushedImages, undefined);
  }

  /** Makes the cluster's API unreachable, for Kubernetes' clients and for the tunnel. */
  async loseCluster(): Promise<void> {
    this.store.setNote(unreachableNote, "");
    await this.api.stop();
  }

  /** A client of the server itself, beside the tunnel. */
  override async client(): Promise<KestraClient> {
    const { kestraUser: username, kestraPassword: password } = await this.outputs();
    const url = `http://127.0.0.1:${this.pods()[0]!.ports[8080]}`;
    return new KestraClient({ kind: "address", url, username: username!, password: password! });
  }

  override dispose(): void {
    killServer(this.store.path(podsFolder));
    void this.api.stop();
    this.identity.stop();
    this.repository.stop();
    super.dispose();
  }
}
