import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { WebSocket } from "ws";
import type { ClusterEndpoint } from "../client/connection";
import { TunnelFault } from "./fault";
import { join, openStream } from "./stream";
import { findTarget, type Target } from "./target";

/** Header of an answer that comes from the tunnel itself; its value is `passing` or `lasting`. */
export const faultHeader = "bay-wheels-tunnel-fault";

export interface TunnelOptions {
  /** Port of 127.0.0.1; default: a free one. */
  port?: number;
  /** Milliseconds between two checks that a stream's other end still answers. */
  heartbeat?: number;
}

/**
 * A port of 127.0.0.1 that leads to a service in a cluster: each connection becomes a stream to a pod of it. A
 * connection for which there is no stream is answered with HTTP status 502 and the reason; one whose stream breaks
 * later is reset, so that a client never takes a partial answer for a whole one.
 */
export class Tunnel {
  private readonly connections = new Set<Socket>();
  private target?: Promise<Target>;
  /** The pod that failed last. */
  private lastFailedPod?: string;

  private constructor(
    private readonly endpoint: ClusterEndpoint,
    private readonly server: Server,
    private readonly heartbeat: number,
  ) {
    server.on("connection", (local) => void this.serve(local));
  }

  /**
   * Opens the port. The cluster is asked when the first connection comes. It does not keep the process alive, see
   * {@link hold}.
   * @throws Error of the system when the port is taken
   */
  static async open(endpoint: ClusterEndpoint, { port = 0, heartbeat = 20_000 }: TunnelOptions = {}): Promise<Tunnel> {
    const server = createServer({ pauseOnConnect: true });
    server.listen(port, "127.0.0.1").unref();
    await once(server, "listening");
    return new Tunnel(endpoint, server, heartbeat);
  }

  /** Root of what is at the other end, without a trailing slash. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Keeps the process alive until the tunnel is closed. */
  hold(): void {
    this.server.ref();
  }

  /** Ends every stream and frees the port. */
  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const local of this.connections) local.destroy();
    await closed;
  }

  private async serve(local: Socket): Promise<void> {
    local.unref().on("error", () => {});
    this.connections.add(local);
    local.once("close", () => this.connections.delete(local));
    try {
      const { stream, target } = await this.stream();
      if (local.destroyed) return stream.terminate();
      const { pod } = await target;
      await join(stream, local, { endpoint: this.endpoint, pod, heartbeat: this.heartbeat }).catch((error) => {
        this.forget(target, pod);
        throw error;
      });
      local.end();
    } catch (error) {
      sendFault(local, error);
    }
  }

  /** A stream to the known pod or, where that is none any more, to another one. */
  private async stream(): Promise<{ stream: WebSocket; target: Promise<Target> }> {
    const wasKnown = this.target !== undefined;
    try {
      return await this.streamTo(this.find());
    } catch (error) {
      if (!wasKnown) throw error;
      return this.streamTo(this.find());
    }
  }

  private async streamTo(target: Promise<Target>): Promise<{ stream: WebSocket; target: Promise<Target> }> {
    try {
      return { stream: await openStream(this.endpoint, await target), target };
    } catch (error) {
      this.forget(target, (await target.catch(() => undefined))?.pod);
      throw error;
    }
  }

  private find(): Promise<Target> {
    return (this.target ??= findTarget(this.endpoint, this.lastFailedPod));
  }

  private forget(target: Promise<Target>, pod?: string): void {
    if (this.target === target) this.target = undefined;
    this.lastFailedPod = pod ?? this.lastFailedPod;
  }
}

/** Answers a connection that can't go on with the reason and, in a second line, the remedy. */
function sendFault(local: Socket, error: unknown): void {
  if (local.bytesWritten > 0) {
    local.resetAndDestroy();
    return;
  }
  const known = error instanceof TunnelFault ? error : new TunnelFault(String(error), "Run the same command again");
  const fault = known.passing ? "passing" : "lasting";
  const text = `${known.reason}\n${known.remedy}\n`;
  const head = [
    "HTTP/1.1 502 Bad Gateway",
    `${faultHeader}: ${fault}`,
    "content-type: text/plain; charset=utf-8",
    `content-length: ${Buffer.byteLength(text)}`,
    "connection: close",
  ];
  local.end(`${head.join("\r\n")}\r\n\r\n${text}`);
  // what is still sent would turn the end into a reset
  local.resume();
}
