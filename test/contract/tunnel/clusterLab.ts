import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import type { ClusterConnection } from "../../../kestra/client/connection";
import { ClusterApi, type Pod } from "../../fakes/clusterApi";
import { password, username } from "../../../local/lab/kestraHost";

/** The token that the cluster accepts first. */
export const token = "token-of-the-tests";

const selector = { "app.kubernetes.io/name": "kestra", part: "webserver" };

/**
 * A cluster with pods of a service `kestra`, Google's API with its endpoint, and a process that knows and trusts
 * both.
 */
export class ClusterLab {
  /** What Google answers about the cluster. */
  answer: [status: number, body: object];
  private readonly env = { ...process.env };
  private readonly createSecureContext = tls.createSecureContext;

  private constructor(
    readonly api: ClusterApi,
    private readonly google: Server,
  ) {
    this.answer = [
      200,
      { status: "RUNNING", controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: api.endpoint } } },
    ];
    google.on("request", ({ url }: { url: string }, response) => {
      const isCluster = url === "/container/projects/p/locations/us-central1/clusters/bay";
      const [status, body] = isCluster ? this.answer : [404, {}];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    Object.assign(process.env, this.environment());
    this.trust();
  }

  /** @param port of 127.0.0.1, behind the one pod that is there */
  static async start(port: number): Promise<ClusterLab> {
    const google = createServer();
    await new Promise<void>((listening) => google.listen(0, "127.0.0.1", listening));
    return new ClusterLab(
      await ClusterApi.start({ pods: [pod("kestra-1", port)], services: { kestra: selector } }),
      google,
    );
  }

  get connection(): ClusterConnection {
    return {
      ...{ kind: "cluster", project: "p", location: "us-central1", cluster: "bay" },
      ...{ namespace: "kestra", service: "kestra", port: 8080, username, password },
    };
  }

  /** By which a process finds Google's API and is known there; it does not make it trust the cluster's certificate. */
  environment(): Record<string, string> {
    const { port } = this.google.address() as AddressInfo;
    return {
      GOOGLE_OAUTH_ACCESS_TOKEN: token,
      GOOGLE_CONTAINER_CUSTOM_ENDPOINT: `http://127.0.0.1:${port}/container/`,
    };
  }

  /** Lets this process trust the cluster's certificate. */
  trust(): void {
    tls.createSecureContext = (options) => {
      const context = this.createSecureContext(options);
      (context.context as { addCACert(pem: string): void }).addCACert(this.api.certificate);
      return context;
    };
  }

  distrust(): void {
    tls.createSecureContext = this.createSecureContext;
  }

  async stop(): Promise<void> {
    this.distrust();
    for (const name of Object.keys(this.environment())) {
      if (this.env[name] === undefined) delete process.env[name];
      else process.env[name] = this.env[name];
    }
    await this.api.stop();
    this.google.closeAllConnections();
    await new Promise((closed) => this.google.close(closed));
  }
}

/** A ready pod of the service. */
export function pod(name: string, port: number, others: Partial<Pod> = {}): Pod {
  return { name, labels: selector, ready: true, ports: { 8080: port }, ...others };
}
