import { createServer, request, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** An answer that no client repeats by itself. */
export interface Refusal {
  status: number;
  body: string;
}

/** Names a request whose first try is refused; undefined for one that is only passed on. */
export type Name = (line: string, body: Buffer) => string | undefined;

/** Passes requests on to a server; of those that have a name, it counts the tries and refuses the first. */
export class FirstTries {
  /** Tries by name, since the last {@link forget}. */
  tries = new Map<string, number>();
  /** False: nothing is refused. */
  refusing = true;
  private readonly server: Server;

  private constructor(target: string, name: Name, refusal: Refusal) {
    this.server = createServer((asked, answer) => {
      void bodyOf(asked).then((body) => {
        const { method, url, headers } = asked;
        const content = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
        const named = name(`${method} ${url}`, content);
        if (named !== undefined) this.tries.set(named, (this.tries.get(named) ?? 0) + 1);
        if (named !== undefined && this.refusing && this.tries.get(named) === 1) {
          answer.writeHead(refusal.status, { "content-type": "application/json" }).end(refusal.body);
          return;
        }
        request(`${target}${url}`, { method, headers, agent: false }, (from) =>
          from.pipe(answer.writeHead(from.statusCode!, from.headers)),
        )
          .on("error", () => answer.destroy())
          .end(body);
      });
    });
  }

  static async start(target: string, name: Name, refusal: Refusal): Promise<FirstTries> {
    const proxy = new FirstTries(target, name, refusal);
    await new Promise<void>((listening) => proxy.server.listen(0, "127.0.0.1", listening));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  forget(): void {
    this.tries.clear();
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function bodyOf(asked: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of asked) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
