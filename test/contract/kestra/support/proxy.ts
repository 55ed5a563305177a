import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/**
 * A typical network proxy: it forwards plain requests and opens tunnels, only to hosts that it knows. It records each:
 * `GET http://host:1/path`, `CONNECT host:443`.
 */
export class Proxy {
  seen: string[] = [];
  /** The login that each plain request or tunnel sent. */
  authorizations = new Set<string | undefined>();
  private readonly tunnels = new Set<Duplex>();

  private constructor(
    private readonly server: Server,
    /** Host -> its port on this machine; undefined: the requested port. */
    private readonly hosts: Record<string, number | undefined>,
  ) {
    server.on("request", (asked, answer) => this.forward(asked, answer));
    server.on("connect", (asked, socket, head) => this.open(asked, socket, head));
  }

  static async start(hosts: Record<string, number | undefined>): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return new Proxy(server, hosts);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Returns and clears what it recorded since the last call. */
  lines(): string[] {
    const { seen } = this;
    this.seen = [];
    return seen;
  }

  async stop(): Promise<void> {
    for (const tunnel of this.tunnels) tunnel.destroy();
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private note(asked: IncomingMessage): void {
    this.seen.push(`${asked.method} ${asked.url}`);
    this.authorizations.add(asked.headers["proxy-authorization"]);
  }

  private forward(asked: IncomingMessage, answer: ServerResponse): void {
    this.note(asked);
    const { hostname, port, pathname, search } = new URL(asked.url!);
    if (!(hostname in this.hosts)) return void answer.writeHead(403).end("forbidden");
    const { method, headers } = asked;
    const to = { host: "127.0.0.1", port: this.hosts[hostname] ?? Number(port), path: pathname + search };
    const passed = request({ ...to, method, headers, agent: false }, (from) =>
      from.pipe(answer.writeHead(from.statusCode!, from.headers)),
    );
    passed.on("error", () => answer.writeHead(502).end());
    asked.pipe(passed);
  }

  private open(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.note(asked);
    const { hostname, port } = new URL(`http://${asked.url}`);
    socket.on("error", () => {});
    if (!(hostname in this.hosts)) return void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const to = connect(this.hosts[hostname] ?? Number(port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      to.write(head);
      to.pipe(socket).pipe(to);
    });
    this.tunnels.add(socket);
    to.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.tunnels.delete(socket);
      to.destroy();
    });
  }
}

const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

/** Runs `work` with these proxy variables in the environment, and no others. */
export async function withProxies<T>(variables: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}
