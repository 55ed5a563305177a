import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An answer of the source. */
interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string | Uint8Array;
}

/** A source of open data that answers what a test tells it to, with any header and status. */
export class HostileSource {
  private readonly answers = new Map<string, Answer>();
  private readonly server: Server = createServer((request, response) => {
    const { status, headers, body } = this.answers.get(request.url!.split("?")[0]!) ?? { status: 404, body: "" };
    response.writeHead(status ?? 200, headers).end(body);
  });

  async start(): Promise<void> {
    await new Promise<void>((listening) => this.server.listen(0, "127.0.0.1", listening));
  }

  stop(): void {
    this.server.close();
  }

  get tripsUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/trips`;
  }

  get countiesUrl(): string {
    return this.tripsUrl.replace(/trips$/, "counties.csv");
  }

  counties(answer: Answer): void {
    this.answers.set("/counties.csv", answer);
  }

  /** The bucket's listing: names with their ETags. */
  list(objects: Record<string, string>): void {
    const contents = Object.entries(objects).map(
      ([key, etag]) => `<Contents><Key>${key}</Key><ETag>&quot;${etag}&quot;</ETag></Contents>`,
    );
    this.answers.set("/trips/", { body: `<ListBucketResult>${contents.join("")}</ListBucketResult>` });
  }

  refuseListing(answer: Answer): void {
    this.answers.set("/trips/", answer);
  }

  object(name: string, answer: Answer): void {
    this.answers.set(`/trips/${name}`, answer);
  }
}
