import { validateHeaderValue } from "node:http";
import { fetch, type Response as Answer } from "undici";
import { dispatcherTo } from "../../infra/httpProxy";
import type { Connection } from "./connection";

/** What a request sends: YAML, plain text or a form. */
export interface Body {
  contentType?: string;
  content: string | FormData;
}

/** Milliseconds that undici itself allows for an answer to begin, and for a pause in it: an event stream may pause. */
const longestPause = 300_000;

/** Seconds until a request that got no answer is given up. */
export const timeoutOf = ({ timeout = 60 }: Connection) => timeout;

/** The login of a request; undefined where the connection's own headers do. */
function authorizationOf({ username, password, token }: Connection): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/**
 * Sends one request; the answer has come whole, unless it's a stream of events.
 * @param root the server as this process reaches it
 * @param target path from there
 * @throws Error of undici when no whole answer came, TypeError for a header that can't be sent
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

/** A tunnel begins on this machine: there's no proxy on the way to it. */
const routeOf = (connection: Connection) =>
  connection.kind === "address" ? { ca: connection.ca, proxy: connection.proxy } : {};

/** Headers of the connection below the request's own, by names in lower case. */
function merged(extra: Record<string, string>, own: Record<string, string>): Record<string, string> {
  const named = Object.entries(extra).map(([name, value]) => [name.toLowerCase(), value] as const);
  const all = { ...Object.fromEntries(named), ...own };
  // fetch would quote a value in its error
  for (const [name, value] of Object.entries(all)) validateHeaderValue(name, value);
  return all;
}

/** An answer with its body, so that one which breaks on its way is none. */
async function whole(answer: Answer): Promise<Response> {
  const body = await answer.arrayBuffer();
  return standard(answer, body.byteLength === 0 ? null : body);
}

/** An answer as Node's own class. */
function standard({ status, headers }: Answer, body: ArrayBuffer | Answer["body"]): Response {
  return new Response(body as ArrayBuffer | null, { status, headers: [...headers] });
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
