import { keyOf, nameOf, rootOf, type Connection } from "./connection";
import { causeOf, ConnectionDropped, isKestrasAnswer, KestraError, KestraUnreachable, messageOf } from "./errors";
import { faultHeader } from "../tunnel/tunnel";
import { tunnelTo } from "../tunnel/tunnels";

/** The tenant of Kestra's open edition: a fixed segment of every path. */
const tenant = "main";

/** Where a server reports its version: no tenant in the path, and no password needed. */
const configs = "/api/v1/configs";

/** Milliseconds until a request that got no answer is given up. */
const requestTimeout = 60_000;

/** What a request sends: YAML, plain text or a form. */
export interface Body {
  contentType?: string;
  content: string | FormData;
}

/** What a server says of itself, open to everybody. */
export interface ServerInfo {
  version: string;
  /** Of this installation: the same by whatever address it is reached, and after a restart. */
  uuid?: string;
}

/** Servers that this process has seen to be Kestra, by endpoint. */
const known = new Map<string, Promise<ServerInfo>>();

/** Forgets what servers said, as the end of the process does: for tests. */
export function forgetServers(): void {
  known.clear();
}

/**
 * The HTTP side of Kestra's REST API (1.3): authentication, paths, errors. Knows no resource. Before the first request
 * of a process to a server, it makes sure that what answers there is Kestra: a proxy's page must not pass for an
 * answer. Every method fails with {@link KestraError} or {@link KestraUnreachable}.
 */
export class KestraClient {
  constructor(private readonly connection: Connection) {}

  /** Where the server is: for messages. */
  get endpoint(): string {
    return nameOf(this.connection);
  }

  /** Sends a request to a path below `/api/v1/main`; undefined where Kestra says 404, or 410 for what has expired. */
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
    await this.server();
    return this.request(method, path, body, headers);
  }

  /** What the server says of itself; it is asked once in a process. */
  async server(): Promise<ServerInfo> {
    const key = keyOf(this.connection);
    const asked = known.get(key) ?? this.introduce();
    known.set(key, asked);
    try {
      return await asked;
    } catch (error) {
      known.delete(key);
      throw error;
    }
  }

  private async introduce(): Promise<ServerInfo> {
    const answer = await this.request("GET", configs);
    const info = (await answer.json().catch(() => ({}))) as Partial<ServerInfo> | null;
    if (typeof info?.version !== "string") throw this.notKestra(`GET ${configs} reports no version`);
    return info as ServerInfo;
  }

  private async request(
    method: string,
    path: string,
    body?: Body,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { username, password } = this.connection;
    const streaming = headers.accept === "text/event-stream";
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const { content, headers: ofBody } = await encoded(body);
    const root = await this.root();
    let response: Response;
    try {
      response = await fetch(`${root}${path === configs ? "" : `/api/v1/${tenant}`}${path}`, {
        method,
        headers: { authorization, ...ofBody, ...headers },
        redirect: "manual",
        ...(content === undefined ? {} : { body: content }),
        ...(streaming ? {} : { signal: AbortSignal.timeout(requestTimeout) }),
      });
      if (!streaming) response = await whole(response);
    } catch (error) {
      throw this.unanswered(error);
    }
    // Kestra's API sends no page: a proxy's sign-in or error page comes with status 200, too
    const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
    if (response.ok && !isPage) return response;
    throw this.refusal(method, path, response, await response.text());
  }

  /** Root of the server as this process reaches it. */
  private async root(): Promise<string> {
    const { connection } = this;
    return connection.kind === "address" ? rootOf(connection.url) : (await tunnelTo(connection)).url;
  }

  private unanswered(error: unknown): KestraUnreachable {
    const { text, isBroken, isLate } = causeOf(error);
    if (this.connection.kind === "cluster") {
      return this.unreachable(`${isLate ? text : `the tunnel broke (${text})`}. Run the same command again.`, !isLate);
    }
    const remedy = "Start the server (on stack local: npm start), then run the same command again.";
    return this.unreachable(`${text}. ${remedy}`, isBroken);
  }

  private unreachable(reason: string, isDrop = false): KestraUnreachable {
    return new (isDrop ? ConnectionDropped : KestraUnreachable)(
      `Kestra at ${this.endpoint} cannot be reached: ${reason}`,
    );
  }

  /** @param evidence what was seen, for the message */
  private notKestra(evidence: string): KestraUnreachable {
    const remedy =
      this.connection.kind === "cluster"
        ? "Check which pods that service selects"
        : "Correct the address, or stop the other server and start Kestra";
    return this.unreachable(`the server there isn't Kestra (${evidence}). ${remedy}.`);
  }

  /** What an answer other than success means; `text` is its body. */
  private refusal(method: string, path: string, { status, headers }: Response, text: string): Error {
    const { kind, username } = this.connection;
    const fault = kind === "cluster" ? headers.get(faultHeader) : null;
    if (fault !== null) return this.unreachable(text.trim(), fault === "passing");
    const failed = (reason: string) => new KestraError(method, path, status, reason, retryAfterOf(headers));
    if (status === 401) {
      const [cause, remedy] =
        kind === "cluster" ? ["", ""] : [", or another server listens there", ", or stop the other server"];
      return failed(
        `${this.endpoint} refuses the password of user '${username}': it was changed there${cause}. ` +
          `Set the server's password to the stack's (its output kestraPassword)${remedy}.`,
      );
    }
    if (status < 400) return this.notKestra(`${method} ${path}: status ${status}, ${insteadOf(headers)}`);
    const isAbsence = status === 404 || status === 410;
    if (isAbsence && !isKestrasAnswer(path, headers.get("content-type") ?? "", text))
      return this.notKestra(`${method} ${path}: status ${status}, not a Kestra error`);
    return failed(messageOf(text) ?? (text.split("\n", 1)[0]!.slice(0, 300) || "no message"));
  }
}

/** What came in place of an answer. */
function insteadOf(headers: Headers): string {
  // what comes behind the path may hold a token
  const target = headers.get("location")?.replace(/[?#].*$/s, "");
  return target === undefined ? "a page" : `redirected to ${target}`;
}

/** Milliseconds of `Retry-After`, which is in seconds or a date. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const wait = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** An answer with its body, so that one which breaks on its way is none. */
async function whole(response: Response): Promise<Response> {
  const { status, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}

/**
 * A body as it is sent. A form goes in one piece on a connection of its own, so that the server reads a small one at
 * once: where its read buffer ends within the line end behind a value, Kestra's server (Netty 4.2.12) takes the
 * carriage return for a part of the value.
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
