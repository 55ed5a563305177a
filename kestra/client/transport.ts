import { validateHeaderValue } from "node:http";
import { fetch, type Response as Answer } from "undici";
import { dispatcherTo } from "../../infra/google/httpProxy";
import type { Connection } from "./connection";

/** A request body: YAML, plain text or a form. */
export interface Body {
  contentType?: string;
  content: string | FormData;
}

/** undici's own limit, in milliseconds, for the start of a response and for pauses in it: an event stream may pause. */
const longestPause = 300_000;

/** Seconds to wait for a response. */
export const timeoutOf = ({ timeout = 60 }: Connection) => timeout;

/** The `authorization` header of a request; undefined if the connection's own headers set it. */
function authorizationOf({ username, password, token }: Connection): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/**
 * Sends one request. The response is complete, unless it's an event stream.
 * @param root address at which this process reaches the server
 * @param target path below it
 * @throws Error from undici if no complete response arrived, TypeError for a header that can't be sent
 */
export async function exchange(
  connection: Connection,
  root: string,
  method: string,
  target: string,
  body: Body | undefined,
  headers: Record<string, string>,
): Promise<Response> {
  const streaming = headers.accept === "text/event-stream";
  const timeout = timeoutOf(connection) * 1000;
  const { content, headers: ofBody } = await encoded(body);
  const authorization = authorizationOf(connection);
  const own = { ...(authorization === undefined ? {} : { authorization }), ...ofBody, ...headers };
  const answer = await fetch(root + target, {
    method,
    headers: merged(connection.headers ?? {}, own),
    redirect: "manual",
    dispatcher: dispatcherTo(root, { ...routeOf(connection), timeout: Math.max(timeout, longestPause) }),
    ...(content === undefined ? {} : { body: content }),
    ...(streaming ? {} : { signal: AbortSignal.timeout(timeout) }),
  });
  return streaming ? standard(answer, answer.body) : whole(answer);
}

/** A tunnel starts on this machine, so there's no proxy in front of it. */
const routeOf = (connection: Connection) =>
  connection.kind === "address" ? { ca: connection.ca, proxy: connection.proxy } : {};

/** The connection's headers, overridden by the request's own, by lower-case name. */
function merged(extra: Record<string, string>, own: Record<string, string>): Record<string, string> {
  const named = Object.entries(extra).map(([name, value]) => [name.toLowerCase(), value] as const);
  const all = { ...Object.fromEntries(named), ...own };
  // fetch would quote the value in its error
  for (const [name, value] of Object.entries(all)) validateHeaderValue(name, value);
  return all;
}

/** A response with its complete body: if the connection breaks midway, this fails. */
async function whole(answer: Answer): Promise<Response> {
  const body = await answer.arrayBuffer();
  return standard(answer, body.byteLength === 0 ? null : body);
}

/** A response as the standard `Response` class. */
function standard({ status, headers }: Answer, body: ArrayBuffer | Answer["body"]): Response {
  return new Response(body as ArrayBuffer | null, { status, headers: [...headers] });
}

/**
 * A body, encoded for sending. A form is sent in one piece on its own connection, so that the server reads a small one
 * at once: if its read buffer ends within the line break after a value, Kestra's server (Netty 4.2.12) takes the
 * carriage return as part of the value.
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
