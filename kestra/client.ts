import type { Connection } from "./connection";

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

  /** Root of the server: for messages. */
  get url(): string {
    return this.connection.url;
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

  /** Sends a request to a path below `/api/v1/main`. */
  async send(method: string, path: string, body?: Body, headers: Record<string, string> = {}): Promise<Response> {
    const { url, username, password } = this.connection;
    const streaming = headers.accept === "text/event-stream";
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const { content, headers: ofBody } = await encoded(body);
    let response: Response;
    try {
      response = await fetch(`${url}/api/v1/${tenant}${path}`, {
        method,
        headers: { authorization, ...ofBody, ...headers },
        ...(content === undefined ? {} : { body: content }),
        ...(streaming ? {} : { signal: AbortSignal.timeout(requestTimeout) }),
      });
    } catch (error) {
      throw new KestraUnreachable(
        `Kestra at ${url} cannot be reached: ${causeOf(error)}. Start the server (on stack local: npm start), then run the same command again.`,
      );
    }
    if (response.ok) return response;
    const { status } = response;
    if (status === 401) {
      throw new KestraError(
        method,
        path,
        status,
        `${url} refuses the password of user '${username}': it was changed there, or another server listens there. ` +
          "Set the server's password to the stack's (its output kestraPassword), or stop the other server.",
      );
    }
    const text = await response.text();
    const message = messageOf(text);
    if (status === 404 && message === undefined) {
      throw new KestraUnreachable(
        `Kestra at ${url} cannot be reached: what answered 404 to ${method} ${path} is not Kestra. Stop the other server, then start Kestra.`,
      );
    }
    throw new KestraError(method, path, status, message ?? (text.split("\n", 1)[0]!.slice(0, 300) || "no message"));
  }
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
