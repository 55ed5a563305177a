import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { generate } from "selfsigned";
import { portForward, toolPath } from "../../local/tools/tools";
import { answer, refusal, type Answer, type ClusterState, type Pod, type Services } from "./kubernetes/answers";

export type { Pod, Services };

/** A value, or how to find it out at each request. */
type Current<T> = T | (() => T | Promise<T>);

export interface ClusterApiOptions {
  pods?: Current<Pod[]>;
  services?: Services;
  objects?: Current<ClusterState["objects"]>;
  namespace?: string;
}

/** A stream that breaks: after so many bytes on their way `up` to the pod or `down` from it. */
interface Drop {
  bytes: number;
  times: number;
  way: Way;
}
type Way = "up" | "down";

const current = <T extends object>(value: Current<T>): Promise<T> =>
  Promise.resolve(typeof value === "function" ? value() : value);

/**
 * The Kubernetes API of a cluster as far as the program asks it (kubernetes/answers.ts), at an address that speaks
 * TLS, and port-forward. As a real API server it passes an upgraded connection on as it is, to the streaming server of
 * Kubernetes' own kubelet (local/oracles/portForward).
 */
export class ClusterApi {
  pods: Current<Pod[]>;
  services: Services;
  objects: Current<ClusterState["objects"]>;
  /** Answers to the next requests, before anything else. */
  refusals: Answer[] = [];
  /** Those that it accepts. */
  tokens = ["token-of-the-tests"];
  /** False: the token's owner may look at pods, but not forward ports. */
  mayForward = true;
  /** Every request with its method, in order. */
  requests: string[] = [];
  /** Those of them without a token that it accepts. */
  strangers: string[] = [];
  /** How many streams it broke, see {@link dropAfter}. */
  dropped = 0;
  private readonly namespace: string;
  private readonly open = new Map<Duplex, Socket>();
  private drop: Drop = { bytes: 0, times: 0, way: "up" };

  private constructor(
    options: ClusterApiOptions,
    private readonly server: Server,
    private readonly kubelet: ChildProcess,
    private readonly kubeletPort: number,
    readonly certificate: string,
  ) {
    this.pods = options.pods ?? [];
    this.services = options.services ?? {};
    this.objects = options.objects ?? {};
    this.namespace = options.namespace ?? "kestra";
    server.on("request", (request, response) => {
      void this.answer(request).then(([status, body]) => {
        const [type, text] =
          typeof body === "string" ? ["text/plain", body] : ["application/json", JSON.stringify(body)];
        response.writeHead(status, { "content-type": type }).end(text);
      });
    });
    server.on("upgrade", (request, socket, head) => void this.upgrade(request, socket, head));
  }

  static async start(options: ClusterApiOptions = {}): Promise<ClusterApi> {
    const kubelet = spawn(toolPath(portForward.name, "port-forward"), { stdio: ["pipe", "pipe", "ignore"] });
    const [port] = (await once(createInterface(kubelet.stdout), "line")) as [string];
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
      keyType: "ec",
      algorithm: "sha256",
      extensions: [
        { name: "basicConstraints", cA: true },
        {
          name: "subjectAltName",
          altNames: ["localhost", "cluster.test"].map((value) => ({ type: 2 as const, value })),
        },
      ],
    });
    const server = createServer({ key, cert });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return new ClusterApi(options, server, kubelet, Number(port), cert);
  }

  /** Where it listens, as Google reports the DNS endpoint of a cluster: without a scheme. */
  get endpoint(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many streams are open now. */
  get streams(): number {
    return this.open.size;
  }

  /** Breaks so many streams, each when so many bytes went its way. */
  dropAfter(bytes: number, times: number, way: Way = "up"): void {
    this.drop = { bytes, times, way };
  }

  /** Breaks every open stream. */
  cut(): void {
    for (const [socket, pod] of this.open) {
      pod.destroy();
      socket.destroy();
    }
  }

  /** Lets open streams fall silent without an end, as a network does that went away. */
  freeze(): void {
    for (const [socket, pod] of this.open) {
      pod.pause().unpipe();
      socket.pause().unpipe();
      socket.removeAllListeners("data");
    }
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
    this.kubelet.stdin!.end();
    if (this.kubelet.exitCode === null) await once(this.kubelet, "exit");
  }

  private get root(): string {
    return `https://${this.endpoint}`;
  }

  private refusalTo({ method, url, headers }: IncomingMessage): Answer | undefined {
    this.requests.push(`${method} ${url}`);
    if (this.tokens.some((token) => headers.authorization === `Bearer ${token}`)) return undefined;
    this.strangers.push(`${method} ${url}`);
    return refusal(401, "Unauthorized");
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const refused = this.refusalTo(request) ?? this.refusals.shift();
    if (refused) return refused;
    // what isn't asked for isn't looked at
    const pods = request.url!.includes("/pods") ? await current(this.pods) : [];
    const objects = request.url!.includes("/pods") ? {} : await current(this.objects);
    const { namespace, services } = this;
    return answer(new URL(request.url!, this.root), { namespace, pods, services, objects });
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => {});
    const { pathname, searchParams } = new URL(request.url!, this.root);
    const name = new RegExp(`^/api/v1/namespaces/${this.namespace}/pods/([^/]+)/portforward$`).exec(pathname)?.[1];
    const pod = (await current(this.pods)).find((candidate) => candidate.name === name);
    const refused =
      this.refusalTo(request) ??
      (this.mayForward
        ? undefined
        : refusal(403, `pods "${name}" is forbidden: cannot create resource "pods/portforward"`)) ??
      (pod ? undefined : refusal(404, `pods "${name}" not found`));
    if (refused) {
      const body = JSON.stringify(refused[1]);
      socket.end(
        `HTTP/1.1 ${refused[0]} Refused\r\ncontent-type: application/json\r\n` +
          `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    const { ports } = pod!;
    const port = searchParams.get("ports");
    // SPDY, which kubectl falls back to, names the port later
    const [behind, query] = port === null ? [Object.values(ports)[0], ""] : [ports[Number(port)], `?port=${port}`];
    this.splice(request, `/portForward/${name}/${behind ?? 0}${query}`, socket, head);
  }

  /** Joins the client's connection with one to the kubelet, under the path that the kubelet knows. */
  private splice({ method, rawHeaders }: IncomingMessage, path: string, socket: Duplex, head: Buffer): void {
    const pod = connect(this.kubeletPort, "127.0.0.1");
    this.open.set(socket, pod);
    const end = () => {
      this.open.delete(socket);
      socket.destroy();
      pod.destroy();
    };
    const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1]!] as const] : []));
    const headers = pairs.filter(([name]) => name.toLowerCase() !== "authorization");
    pod.write(`${method} ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
    pod.write(head);
    pod.on("error", end).on("close", () => socket.resume().end());
    socket.on("error", end).on("close", end);
    this.limit(socket, pod, end);
    socket.pipe(pod);
    pod.pipe(socket);
  }

  /** Breaks a stream once so many bytes went its way, while one is to break. */
  private limit(socket: Duplex, pod: Socket, end: () => void): void {
    const count = (way: Way) => {
      let gone = 0;
      return ({ length }: Buffer) => {
        gone += length;
        const { drop } = this;
        if (drop.times === 0 || drop.way !== way || gone < drop.bytes) return;
        drop.times--;
        this.dropped++;
        end();
      };
    };
    socket.on("data", count("up"));
    pod.on("data", count("down"));
  }
}
