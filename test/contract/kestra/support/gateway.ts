import { createServer as createHttpServer, request, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { password, username, type KestraHost } from "../../../../local/lab/kestraHost";

/** What the gateway accepts; the open-source edition behind it knows neither. */
export const token = "canary-token-1";
export const tenant = "team-a";

const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

/** A request as it arrived. */
export interface Arrived {
  line: string;
  headers: IncomingHttpHeaders;
}

/**
 * A gateway to a real host that behaves like the Enterprise Edition: it accepts a token, and a tenant that maps to the
 * host's own `main`. With a certificate, it serves TLS as `localhost` and `kestra.test`.
 */
export class Gateway {
  arrived: Arrived[] = [];

  private constructor(
    private readonly host: KestraHost,
    private readonly server: Server | ReturnType<typeof createHttpServer>,
    /** PEM text; undefined without TLS. */
    readonly certificate?: string,
  ) {}

  static async start(host: KestraHost, { tls = false } = {}): Promise<Gateway> {
    if (!tls) return new Gateway(host, createHttpServer()).listen();
    const { private: key, cert } = await generate([{ name: "commonName", value: "kestra.test" }], {
      keyType: "ec",
      algorithm: "sha256",
      extensions: [
        { name: "basicConstraints", cA: true },
        {
          name: "subjectAltName",
          altNames: ["kestra.test", "localhost"].map((value) => ({ type: 2 as const, value })),
        },
      ],
    });
    return new Gateway(host, createHttpsServer({ key, cert }), cert).listen();
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Its address on this machine. */
  get url(): string {
    return this.certificate === undefined ? `http://127.0.0.1:${this.port}` : `https://localhost:${this.port}`;
  }

  /** Returns and clears the request lines since the last call. */
  lines(): string[] {
    const lines = this.arrived.map(({ line }) => line);
    this.arrived = [];
    return lines;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async listen(): Promise<this> {
    this.server.on("request", (asked, answer) => {
      const { method, url = "", headers } = asked;
      this.arrived.push({ line: `${method} ${url}`, headers });
      const [, asking] = /^\/api\/v1\/([^/]+)\//.exec(url) ?? [];
      if (headers.authorization !== `Bearer ${token}`) return refuse(answer, 401, url, "Unauthorized");
      if (asking !== undefined && asking !== tenant) return refuse(answer, 404, url, `Unknown tenant ${asking}`);
      const path = url.replace(`/${tenant}/`, "/main/");
      const passed = request(
        `${this.host.url}${path}`,
        { method, headers: { ...headers, authorization: basic }, agent: false },
        (from) => from.pipe(answer.writeHead(from.statusCode!, from.headers)),
      );
      passed.on("error", () => answer.destroy());
      asked.pipe(passed);
    });
    await new Promise<void>((listening) => this.server.listen(0, "127.0.0.1", listening));
    return this;
  }
}

function refuse(answer: ServerResponse, status: number, href: string, message: string): void {
  answer.writeHead(status, { "content-type": "application/json" });
  answer.end(JSON.stringify({ message, _links: { self: { href } } }));
}
