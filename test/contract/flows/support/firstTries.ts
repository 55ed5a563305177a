import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import { serve, type Served } from "../../../support/serve";

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
  private served!: Served;

  private constructor(
    private readonly target: string,
    private readonly name: Name,
    private readonly refusal: Refusal,
  ) {}

  static async start(target: string, name: Name, refusal: Refusal): Promise<FirstTries> {
    const proxy = new FirstTries(target, name, refusal);
    proxy.served = await serve((asked, answer) => void proxy.pass(asked, answer));
    return proxy;
  }

  get url(): string {
    return this.served.url;
  }

  forget(): void {
    this.tries.clear();
  }

  stop(): void {
    this.served.stop();
  }

  private async pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method, url, headers } = asked;
    const body = Buffer.concat((await asked.toArray()) as Buffer[]);
    const content = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const name = this.name(`${method} ${url}`, content);
    const tries = (this.tries.get(name ?? "") ?? 0) + 1;
    if (name !== undefined) this.tries.set(name, tries);
    if (name !== undefined && this.refusing && tries === 1) {
      const { status, body: text } = this.refusal;
      return void answer.writeHead(status, { "content-type": "application/json" }).end(text);
    }
    request(`${this.target}${url}`, { method, headers, agent: false }, (from) =>
      from.pipe(answer.writeHead(from.statusCode!, from.headers)),
    )
      .on("error", () => answer.destroy())
      .end(body);
  }
}
