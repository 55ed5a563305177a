import { nameOf, type Connection } from "./connection";
import { faultHeader } from "./tunnel/tunnel";
import { tunnelTo } from "./tunnel/tunnels";

/** The tenant of Kestra's open edition: a fixed segment of every path. */
const tenant = "main";

/** Milliseconds until a request that got no answer is given up. */
const requestTimeout = 60_000;

/** An answer of the Kestra server other than success. Holds the server's own message, never what was sent. */
export class KestraError extends Error {
  override name = "KestraError";
  constructor(
    readonly method: string,
    readonly path: string,
    readonly status: number,
    readonly reason: string,
  ) {
    super(`Kestra answered ${status} to ${method} ${path}: ${reason}`);
  }
}

/** No answer from a Kestra server at all. Never to be taken for "deleted". */
export class KestraUnreachable extends Error {
  override name = "KestraUnreachable";
}

/**
 * No answer, or a part of one, because the tunnel into the cluster broke or cannot be had for the moment. What was sent may have arrived: who
 * repeats it looks before.
 */
export class TunnelDropped extends KestraUnreachable {
  override name = "TunnelDropped";
}

/** What a request sends: YAML, plain text or a form. */
export interface Body {
  contentType?: string;
  content: string | FormData;
}

/**
 * The HTTP side of Kestra's REST API (1.3): authentication, paths, errors. Knows no resource.
 * Every method fails with {@link KestraError} or {@link KestraUnreachable}.
 */
export class KestraClient {
  constructor(private readonly connection: Connection) {}

  /** Where the server is: for messages. */
  get place(): string {
    return nameOf(this.connection);
  }

  /** Sends a request to a path below `/api/v1/main`; undefined where the server says 404, or 410 for what has expired. */
  async find(method: string, path: string): Promise<Response | undefined> {
    try {
      return await this.send(method, path);
    } catch (error) {
      if (error instanceof KestraError && (error.status === 404 || error.status === 410)) return undefined;
      throw error;
    }
  }

  /** Opens a stream of server-sent events, which may stay silent for long. */
  async stream(path: string): Promise<ReadableStream<Uint8Array>> {
    const response = await this.send("GET", path, undefined, { accept: "text/event-stream" });
    return response.body!;
  }

  /** Sends a request to a path below `/api/v1/main`; the answer has come whole, unless it is a stream of events. */
  async send(method: string, path: string, body?: Body, headers: Record<string, string> = {}): Promise<Response> {
    const { username, password } = this.connection;
    const streaming = headers.accept === "text/event-stream";
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const { content, headers: ofBody } = await encoded(body);
    let response: Response;
    try {
      response = await fetch(`${await this.root()}/api/v1/${tenant}${path}`, {
        method,
        headers: { authorization, ...ofBody, ...headers },
        ...(content === undefined ? {} : { body: content }),
        ...(streaming ? {} : { signal: AbortSignal.timeout(requestTimeout) }),
      });
      if (!streaming) response = await whole(response);
    } catch (error) {
      throw this.unanswered(error);
    }
    if (response.ok) return response;
    throw this.refusal(method, path, response, await response.text());
  }

  /** Root of the server as this process reaches it. */
  private async root(): Promise<string> {
    return this.connection.kind === "address" ? this.connection.url : (await tunnelTo(this.connection)).url;
  }

  private unanswered(error: unknown): KestraUnreachable {
    const cause = causeOf(error);
    if (this.connection.kind === "address")
      return this.unreachable(
        `${cause}. Start the server (on stack local: npm start), then run the same command again.`,
      );
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return this.unreachable(`${isLate ? cause : `the tunnel broke (${cause})`}. Run the same command again.`, !isLate);
  }

  private unreachable(told: string, isDrop = false): KestraUnreachable {
    return new (isDrop ? TunnelDropped : KestraUnreachable)(`Kestra at ${this.place} cannot be reached: ${told}`);
  }

  /** What an answer other than success means; `text` is its body. */
  private refusal(method: string, path: string, { status, headers }: Response, text: string): Error {
    const { kind, username } = this.connection;
    const fault = kind === "cluster" ? headers.get(faultHeader) : null;
    if (fault !== null) return this.unreachable(text.trim(), fault === "passing");
    if (status === 401) {
      const [cause, remedy] =
        kind === "cluster" ? ["", ""] : [", or another server listens there", ", or stop the other server"];
      return new KestraError(
        method,
        path,
        status,
        `${this.place} refuses the password of user '${username}': it was changed there${cause}. ` +
          `Set the server's password to the stack's (its output kestraPassword)${remedy}.`,
      );
    }
    const message = messageOf(text);
    if (status === 404 && message === undefined) {
      const remedy =
        kind === "cluster" ? "Look which pods that service selects" : "Stop the other server, then start Kestra";
      return this.unreachable(`what answered 404 to ${method} ${path} is not Kestra. ${remedy}.`);
    }
    return new KestraError(method, path, status, message ?? (text.split("\n", 1)[0]!.slice(0, 300) || "no message"));
  }
}

/** An answer with its body, so that one which breaks on its way is none. */
async function whole(response: Response): Promise<Response> {
  const { status, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}

/**
 * A body as it is sent. A form goes in one piece on a connection of its own, so that the server reads a small one at once: where its read
 * buffer ends within the line end behind a value, Kestra's server (Netty 4.2.12) takes the carriage return for a part of the value.
 */
async function encoded(
  body: Body | undefined,
): Promise<{ content?: string | Buffer; headers: Record<string, string> }> {
  if (body === undefined) return { headers: {} };
  const { content, contentType } = body;
  if (typeof content === "string") return { content, headers: contentType ? { "content-type": contentType } : {} };
  const form = new Response(content);
  const headers = { "content-type": form.headers.get("content-type")!, connection: "close" };
  return { content: Buffer.from(await form.arrayBuffer()), headers };
}

/** Node's fetch hides the reason (`connect ECONNREFUSED …`) one level down. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}

/** The server's own words out of its error body, `{"message": …}`, as one line; undefined where the body is not Kestra's. */
function messageOf(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === "string" ? message.trim().replace(/\s*\n\s*/g, "; ") : undefined;
  } catch {
    return undefined;
  }
}
