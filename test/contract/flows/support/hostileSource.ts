import { serve, type Served } from "../../../support/serve";

/** An answer of the source. */
interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string | Uint8Array;
}

/** A source of open data that gives the answers of a test, with any header and status. */
export class HostileSource {
  private readonly answers = new Map<string, Answer>();
  private served!: Served;

  async start(): Promise<void> {
    this.served = await serve((request, response) => {
      const { status, headers, body } = this.answers.get(request.url!.split("?")[0]!) ?? { status: 404, body: "" };
      response.writeHead(status ?? 200, headers).end(body);
    });
  }

  stop(): void {
    this.served.stop();
  }

  get tripsUrl(): string {
    return `${this.served.url}/trips`;
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
