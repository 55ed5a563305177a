import { Agent, request } from "node:http";
import { basic, password, username, yaml, type KestraHost } from "../../../local/lab/kestraHost";
import { secondsSince } from "../figures";
import { flowText, idOf } from "./flows";

/** Number of open connections, each with one request at a time. */
const connections = 8;

/** Flows per validation request. */
const batchSize = 100;

/** A request below the tenant, and its expected status. */
interface Wanted {
  method: string;
  path: string;
  body?: string;
  status: number;
}

/** Seconds that a bare client needs for the requests of each step. */
export interface BareSeconds {
  /** POST of each flow. */
  create: number;
  /** What a client may send first: GET of each flow, and POST /flows/validate of {@link batchSize} flows at a time. */
  look: number;
  validate: number;
  /** GET of each flow with its source. */
  read: number;
  /** GET of the namespace's flows, all at once. */
  list: number;
  /** GET and PUT of one flow. */
  change: number;
  /** DELETE of each flow. */
  destroy: number;
}

function validations(texts: string[]): Wanted[] {
  const batches = Math.ceil(texts.length / batchSize);
  return Array.from({ length: batches }, (_, i) => {
    const body = texts.slice(i * batchSize, (i + 1) * batchSize).join("\n---\n");
    return { method: "POST", path: "/flows/validate", body, status: 200 };
  });
}

/**
 * Sends only the necessary requests, with Node's `http` over {@link connections} connections: no state, no diff, no
 * retries. The baseline for what a resource adds.
 */
export class BareClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: connections });

  constructor(
    private readonly host: KestraHost,
    private readonly signal: AbortSignal,
  ) {}

  /** Creates, reads, changes and deletes `count` flows. */
  async measure(namespace: string, count: number): Promise<BareSeconds> {
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    const pathOf = (number: number) => `/flows/${namespace}/${idOf(number)}`;
    const each = (wanted: (number: number) => Wanted) => this.time(numbers.map(wanted));
    const get = (status: number) => (number: number) => {
      return { method: "GET", path: `${pathOf(number)}?source=true`, status };
    };
    const look = await each(get(404));
    const texts = numbers.map((number) => flowText(namespace, number));
    const validate = await this.time(validations(texts));
    const create = await each((number) => ({ method: "POST", path: "/flows", body: texts[number - 1], status: 200 }));
    const read = await each(get(200));
    const list = await this.time([{ method: "GET", path: `/flows/${namespace}`, status: 200 }]);
    const body = flowText(namespace, 1, "changed");
    const change =
      (await this.time([get(200)(1)])) + (await this.time([{ method: "PUT", path: pathOf(1), body, status: 200 }]));
    const destroy = await each((number) => ({ method: "DELETE", path: pathOf(number), status: 204 }));
    return { create, look, validate, read, list, change, destroy };
  }

  close(): void {
    this.agent.destroy();
  }

  /** Sends all requests, one at a time per connection, and returns the seconds. */
  private async time(all: Wanted[]): Promise<number> {
    const waiting = [...all];
    const started = performance.now();
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await this.send(next);
    };
    await Promise.all(Array.from({ length: connections }, worker));
    return secondsSince(started);
  }

  private send({ method, path, body, status }: Wanted): Promise<void> {
    this.signal.throwIfAborted();
    const length = body === undefined ? {} : { "content-type": yaml, "content-length": Buffer.byteLength(body) };
    const headers = { authorization: basic(username, password), ...length };
    return new Promise((done, failed) => {
      const target = `${this.host.url}/api/v1/main${path}`;
      const sent = request(target, { method, headers, agent: this.agent }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("error", failed).on("end", () => {
          if (answer.statusCode === status) return done();
          failed(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        });
      });
      sent.on("error", failed).end(body);
    });
  }
}
