import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Passes requests on to a server, and may lose what that answers. */
export class Relay {
  /** The next answer to such a request (`PUT /api/…`) is lost. */
  lost?: RegExp;
  /** Done when an answer is lost. */
  onLoss = () => {};
  /** Done before the next answer "not found" is passed on. */
  meanwhile?: () => Promise<unknown>;
  /** Requests that the server answered, with paths below the tenant. */
  arrived: string[] = [];
  private readonly server: Server;

  private constructor(target: string) {
    this.server = createServer((asked, answer) => {
      const { method, url, headers } = asked;
      const passed = request(`${target}${url}`, { method, headers, agent: false }, (from) => {
        const line = `${method} ${url}`;
        this.arrived.push(line.replace("/api/v1/main", ""));
        const pass = () => from.pipe(answer.writeHead(from.statusCode!, from.headers));
        if (this.meanwhile && from.statusCode === 404) return void this.meanwhile().then(pass);
        if (!this.lost?.test(line)) return pass();
        this.lost = undefined;
        from.resume().on("end", this.onLoss);
      });
      passed.on("error", () => answer.destroy());
      asked.on("error", () => passed.destroy()).pipe(passed);
    });
  }

  static async start(target: string): Promise<Relay> {
    const relay = new Relay(target);
    await new Promise<void>((listening) => relay.server.listen(0, "127.0.0.1", listening));
    return relay;
  }

  /** Of 127.0.0.1. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
