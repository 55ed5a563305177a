import { hostOf, proxyFor } from "../../infra/google/httpProxy";
import { faultHeader } from "../tunnel/tunnel";
import { tunnelTo } from "../tunnel/tunnels";
import {
  defaultTenant,
  endpointKey,
  keyOf,
  nameOf,
  rootOf,
  tenantOf,
  type AddressConnection,
  type Connection,
} from "./connection";
import { supported } from "./dialect";
import {
  causeOf,
  ConnectionDropped,
  isKestrasAnswer,
  KestraError,
  KestraUnreachable,
  KestraUnusable,
  messageOf,
} from "./errors";
import { exchange, timeoutOf, type Body } from "./transport";

export type { Body };

/** Where a server reports its version: no tenant in the path, and no password needed. */
const configs = "/api/v1/configs";

/** A request that succeeds in any tenant: checks that the tenant exists. */
const anyFlow = "/flows/search?size=1";

/** What a server says of itself, open to everybody. */
export interface ServerInfo {
  version: string;
  /** Of this installation: the same by whatever address it is reached, and after a restart. */
  uuid?: string;
}

/** Servers that this process has identified as Kestra, by connection. */
const known = new Map<string, Promise<ServerInfo>>();

/** Forgets what servers said, as the end of the process does: for tests. */
export function forgetServers(): void {
  known.clear();
}

/**
 * The HTTP side of Kestra's REST API (1.3 and 2.0): authentication, paths, errors. Knows nothing about resources.
 * Before a process sends its first request to a server, the client checks that it's a supported Kestra: a proxy's page
 * must not pass for a response. Every method fails with {@link KestraError}, {@link KestraUnreachable} or
 * {@link KestraUnusable}.
 */
export class KestraClient {
  constructor(private readonly connection: Connection) {}

  /** Where the server is: for messages. */
  get endpoint(): string {
    return nameOf(this.connection);
  }

  /**
   * Sends a request to a path below the tenant's; undefined if Kestra returns 404, or 410 for something that expired.
   */
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

  /** Sends a request to a path below the tenant's. The response is complete, unless it's an event stream. */
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
    supported(this.endpoint, info.version);
    if (tenantOf(this.connection) !== defaultTenant) await this.findTenant();
    return info as ServerInfo;
  }

  /** Checks that the tenant exists: in a missing one, every object would seem to be deleted. */
  private async findTenant(): Promise<void> {
    try {
      await this.request("GET", anyFlow);
    } catch (error) {
      if (!(error instanceof KestraError) || (error.status !== 404 && error.status !== 400)) throw error;
      const remedy = "Correct the connection's tenant; the open-source edition has only 'main'";
      throw new KestraUnusable(
        `Kestra at ${this.endpoint} has no tenant '${tenantOf(this.connection)}' (${error.reason}). ${remedy}.`,
      );
    }
  }

  private async request(method: string, path: string, body?: Body, headers: Record<string, string> = {}) {
    const prefix = path === configs ? "" : `/api/v1/${encodeURIComponent(tenantOf(this.connection))}`;
    const root = await this.root();
    let response: Response;
    try {
      response = await exchange(this.connection, root, method, prefix + path, body, headers);
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
    const { text, kind } = causeOf(error);
    const again = "then run the same command again.";
    if (kind === "late") {
      const remedy = `Raise the connection's timeout, or find out what keeps the server busy, ${again}`;
      return this.unreachable(`no answer within ${timeoutOf(this.connection)} s`, remedy);
    }
    if (this.connection.kind === "cluster")
      return this.unreachable(`the tunnel broke (${text})`, "Run the same command again.", true);
    const proxy = proxyOf(this.connection);
    if (proxy !== undefined && text.includes("(407)")) {
      const remedy = `Give the proxy's address as http://user:password@host:port, ${again}`;
      return this.unreachable(`the proxy ${proxy} asks for a login (407)`, remedy);
    }
    const reason = proxy === undefined ? text : `${text}, through proxy ${proxy}`;
    if (kind === "untrusted") {
      const remedy = `Pass its certificate authority as the connection's ca (KESTRA_CA), ${again}`;
      return this.unreachable(`its certificate isn't signed by a trusted authority (${reason})`, remedy);
    }
    const remedy = proxy === undefined ? "Start the server" : "Start the server, or correct the proxy or NO_PROXY";
    return this.unreachable(reason, `${remedy}, ${again}`, kind === "broken");
  }

  private unreachable(reason: string, remedy: string, isDrop = false): KestraUnreachable {
    const message = `Kestra at ${this.endpoint} cannot be reached: ${reason}. ${remedy}`;
    return new (isDrop ? ConnectionDropped : KestraUnreachable)(message, reason, endpointKey(this.connection));
  }

  /** @param evidence what was seen, for the message */
  private notKestra(evidence: string): KestraUnreachable {
    const remedy =
      this.connection.kind === "cluster"
        ? "Check which pods that service selects"
        : "Correct the address, or stop the other server and start Kestra";
    return this.unreachable(`the server there isn't Kestra (${evidence})`, `${remedy}.`);
  }

  /** What an answer other than success means; `text` is its body. */
  private refusal(method: string, path: string, { status, headers }: Response, text: string): Error {
    const fault = this.connection.kind === "cluster" ? headers.get(faultHeader) : null;
    if (fault !== null) {
      const [reason = "", remedy = ""] = text.trim().split("\n");
      return this.unreachable(reason, remedy, fault === "passing");
    }
    const failed = (reason: string) => new KestraError(method, path, status, reason, retryAfterOf(headers));
    if (status === 401) return failed(`${this.endpoint} ${this.loginRefusal()}`);
    if (status < 400) return this.notKestra(`${method} ${path}: status ${status}, ${insteadOf(headers)}`);
    const isAbsence = status === 404 || status === 410;
    if (isAbsence && !isKestrasAnswer(path, headers.get("content-type") ?? "", text))
      return this.notKestra(`${method} ${path}: status ${status}, not a Kestra error`);
    return failed(messageOf(text) ?? (text.split("\n", 1)[0]!.slice(0, 300) || "no message"));
  }

  /** Why the server refused the login. */
  private loginRefusal(): string {
    const { kind, username, token } = this.connection;
    const [cause, remedy] =
      kind === "cluster" ? ["", ""] : [", or another server is listening there", ", or stop the other server"];
    if (token !== undefined)
      return (
        `refuses the token: it expired or was deleted, or this is the open-source edition, which has no tokens${cause}. ` +
        `Pass another token, or username and password${remedy}.`
      );
    if (username === undefined)
      return `refuses the connection's headers${cause}. Pass another authorization header${remedy}.`;
    return (
      `refuses the password of user '${username}': it was changed on the server${cause}. ` +
      `Give the server and the connection the same password${remedy}.`
    );
  }
}

/** The proxy used for an address, for messages. */
function proxyOf({ proxy, url }: AddressConnection): string | undefined {
  const address = proxy ?? proxyFor(rootOf(url));
  return address === undefined ? undefined : hostOf(address);
}

/** What was returned instead of Kestra's response. */
function insteadOf(headers: Headers): string {
  // the query may hold a token
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
