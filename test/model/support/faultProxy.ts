import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Fault, FaultKind } from "./histories/history";

/** What a proxy in front of a server says when the server does not answer it. */
const page = (status: number) => `<html><body><h1>${status}</h1></body></html>`;

/**
 * A proxy between the resources and a Kestra server: knows what was written, and does to requests what a network
 * may do.
 */
export class FaultProxy {
  /** Requests since {@link arm} that change something and reached the server, without the tenant's root. */
  writes: string[] = [];
  /** Requests since {@link arm}. */
  count = 0;
  private faults = new Map<number, FaultKind>();
  /** From this request on, nothing gets through. */
  private deadFrom = Infinity;
  private readonly server: Server;

  private constructor(private readonly target: string) {
    this.server = createServer((asked, answer) => this.pass(asked, answer));
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((listening) => proxy.server.listen(0, "127.0.0.1", listening));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Starts to count anew, with these faults. */
  arm(faults: Fault[] = [], deadFrom = Infinity): void {
    this.writes = [];
    this.count = 0;
    this.faults = new Map(faults.map(({ at, kind }) => [at, kind]));
    this.deadFrom = deadFrom;
  }

  /** True once a request came that was not to get through, nor any behind it. */
  get isDead(): boolean {
    return this.count >= this.deadFrom;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const number = ++this.count;
    if (number >= this.deadFrom) return void asked.socket.destroy();
    const isWrite = asked.method !== "GET";
    const fault = this.faults.get(number);
    if (fault === "reset") return void asked.socket.destroy();
    if (typeof fault === "object" || (fault === "uniqueKey" && isWrite)) {
      // the whole request is read before it is answered, as a proxy does
      return void asked.resume().on("end", () => refuse(answer, fault));
    }
    this.forward(asked, answer, fault === "lost", isWrite);
  }

  private forward(asked: IncomingMessage, answer: ServerResponse, isLost: boolean, isWrite: boolean): void {
    const { method, url, headers } = asked;
    const passed = request(`${this.target}${url}`, { method, headers, agent: false }, (from) => {
      if (isWrite) this.writes.push(`${method} ${decodeURIComponent(url!)}`.replace("/api/v1/main", ""));
      if (isLost) return void from.resume().on("end", () => answer.destroy());
      from.pipe(answer.writeHead(from.statusCode!, from.headers));
    });
    passed.on("error", () => answer.destroy());
    asked.on("error", () => passed.destroy()).pipe(passed);
  }
}

function refuse(answer: ServerResponse, fault: Exclude<FaultKind, "reset" | "lost">): void {
  if (fault === "uniqueKey") {
    const message =
      'Internal Server Error: Unique index or primary key violation: "PUBLIC.PRIMARY_KEY_2 ON PUBLIC.FLOWS"';
    answer.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ message }));
    return;
  }
  const { status, retryAfter } = fault;
  const header = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  answer.writeHead(status, { "content-type": "text/html", ...header }).end(page(status));
}
