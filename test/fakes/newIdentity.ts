import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Requests that make Kestra read or write its internal storage. */
const storing = /^(?:PUT|GET) \S+\/kv\/[^/?]+$|^(?:POST|GET) \S+\/files\?/;

/** What Kestra 1.3 says when Cloud Storage refuses its account: GcsStorage's exception, by its ErrorController. */
const message =
  "Internal server error: com.google.cloud.storage.StorageException: kestra does not have storage.objects.create " +
  "access to the Google Cloud Storage object. Permission 'storage.objects.create' denied on resource (or it may not exist).";

/**
 * Stands before a server whose account is new: Google doesn't apply its roles everywhere yet, so that the storage
 * refuses it for a while.
 */
export class NewIdentity {
  private constructor(
    private readonly server: Server,
    /** How many more requests the storage refuses. */
    public refusals: number,
  ) {}

  /** @param portOf port of the server, which may change */
  static async start(portOf: () => number, refusals: number): Promise<NewIdentity> {
    const server = createServer();
    const identity = new NewIdentity(server, refusals);
    server.on("request", (asked, answer) => {
      const { method, url, headers } = asked;
      if (identity.refusals > 0 && storing.test(`${method} ${url}`)) {
        identity.refusals--;
        answer.writeHead(500, { "content-type": "application/json" });
        answer.end(JSON.stringify({ message, _links: { self: { href: url, templated: false } } }));
        return;
      }
      const to = { host: "127.0.0.1", port: portOf(), path: url, method, headers, agent: false };
      const passed = request(to, (from) => from.pipe(answer.writeHead(from.statusCode!, from.headers)));
      passed.on("error", () => answer.destroy());
      answer.on("close", () => passed.destroy());
      asked.pipe(passed);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return identity;
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
