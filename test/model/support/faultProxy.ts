import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { serve, type Served } from "../../support/serve";
import type { Fault, FaultKind } from "./history";

const uniqueKeyViolation =
  'Internal Server Error: Unique index or primary key violation: "PUBLIC.PRIMARY_KEY_2 ON PUBLIC.FLOWS"';

/** A proxy between the resources and a Kestra server: records writes, and breaks requests as a network may. */
export class FaultProxy {
  /** Requests since {@link arm} that change something and reached the server, without the tenant's root. */
  writes: string[] = [];
  private count = 0;
  /** Different requests since {@link arm}. */
  private readonly seen = new Set<string>();
  private faults = new Map<number, FaultKind>();
  private deadFrom = Infinity;
  private served!: Served;

  private constructor(private readonly target: string) {}

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.served = await serve((asked, answer) => proxy.pass(asked, answer));
    return proxy;
  }

  get url(): string {
    return this.served.url;
  }

  /** Starts to count from 0, with these faults; from request `deadFrom` on, nothing reaches the server. */
  arm(faults: Fault[] = [], deadFrom = Infinity): void {
    this.writes = [];
    this.count = 0;
    this.seen.clear();
    this.faults = new Map(faults.map(({ at, kind }) => [at, kind]));
    this.deadFrom = deadFrom;
  }

  get isDead(): boolean {
    return this.count >= this.deadFrom;
  }

  stop(): void {
    this.served.stop();
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const line = `${asked.method} ${asked.url}`;
    this.count++;
    const isFirstTry = !this.seen.has(line);
    this.seen.add(line);
    const fault = isFirstTry ? this.faults.get(this.seen.size) : undefined;
    if (this.isDead || fault === "reset") return void asked.socket.destroy();
    if (typeof fault === "object" || (fault === "uniqueKey" && asked.method !== "GET")) {
      // the whole request is read before it is answered, as a proxy does
      return void asked.resume().on("end", () => refuse(answer, fault));
    }
    this.forward(asked, answer, fault === "lost");
  }

  private forward(asked: IncomingMessage, answer: ServerResponse, isLost: boolean): void {
    const { method, url, headers } = asked;
    const passed = request(`${this.target}${url}`, { method, headers, agent: false }, (from) => {
      // a look by its nature, though sent as POST
      const isWrite = method !== "GET" && !url!.endsWith("/flows/validate");
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
    const headers = { "content-type": "application/json" };
    return void answer.writeHead(500, headers).end(JSON.stringify({ message: uniqueKeyViolation }));
  }
  const { status, retryAfter } = fault;
  const header = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  answer.writeHead(status, { "content-type": "text/html", ...header }).end(`<html><h1>${status}</h1></html>`);
}
