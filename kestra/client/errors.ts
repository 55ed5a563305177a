import type { Outage } from "../../dynamic/outage";
import type { Retryable } from "../../dynamic/retry";
import { rootCause } from "../../infra/google/httpProxy";

/** Answers of a server, or of what stands before it, that is busy for the moment. */
const busy = new Set([429, 502, 503, 504]);

/** Two writers created the same thing at once: one of them gets a unique-key error. */
const uniqueKey = /unique (?:index|constraint|key)|duplicate (?:key|entry)|primary key violation/i;

/** An answer of the Kestra server other than success. Holds the server's own message, never what was sent. */
export class KestraError extends Error implements Retryable {
  override name = "KestraError";
  constructor(
    readonly method: string,
    readonly path: string,
    readonly status: number,
    readonly reason: string,
    /** Milliseconds that the server asks to wait before the next try (`Retry-After`). */
    readonly retryAfter?: number,
  ) {
    super(`Kestra answered ${status} to ${method} ${path}: ${reason}`);
  }

  /** True for a busy server, and for two writers at once. */
  get isTransient(): boolean {
    return busy.has(this.status) || (this.status === 500 && uniqueKey.test(this.reason));
  }
}

/** No answer from a Kestra server at all. Never to be taken for "deleted". */
export class KestraUnreachable extends Error implements Outage {
  override name = "KestraUnreachable";
  constructor(
    message: string,
    /** Why, without the remedy. */
    readonly reason = message,
    /** The server, as {@link Outage} needs it. */
    readonly outage = message,
  ) {
    super(message);
  }
}

/**
 * No answer, or only part of one, because the connection broke. What was sent may have arrived: look at the server
 * before sending it again.
 */
export class ConnectionDropped extends KestraUnreachable implements Retryable {
  override name = "ConnectionDropped";
  readonly isTransient = true;
}

/** A Kestra server that is too old for this client, or lacks the tenant. Waiting or retrying doesn't help. */
export class KestraUnusable extends Error {
  override name = "KestraUnusable";
}

/** Error codes of a connection that was open and broke. */
const brokenCodes = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** Node's error codes for a rejected certificate. */
const certificateCodes = /CERT|SIGNATURE|ISSUER|ERR_TLS/;

/** What went wrong in a failed fetch. */
export function causeOf(error: unknown): { text: string; kind: "broken" | "late" | "untrusted" | "other" } {
  const outer = error instanceof Error ? error : new Error(String(error));
  const { message, name, code: found } = rootCause(outer);
  const [text, code] = [message || name, typeof found === "string" ? found : ""];
  if (outer.name === "TimeoutError") return { text, kind: "late" };
  if (brokenCodes.has(code)) return { text, kind: "broken" };
  return { text, kind: certificateCodes.test(code) ? "untrusted" : "other" };
}

/** One of several faults: 1.x has `message`, 2.0 has `detail`. */
interface Fault {
  message?: unknown;
  detail?: unknown;
  path?: unknown;
}

interface ErrorBody {
  /** Kestra 1.x. */
  message?: unknown;
  _links?: { self?: { href?: unknown } };
  _embedded?: { errors?: Fault[] };
  /** Kestra 2.0: RFC 9457, https://kestra.io/docs/api-reference/problems. */
  detail?: unknown;
  title?: unknown;
  type?: unknown;
  instance?: unknown;
  errors?: Fault[];
  /** Id in the server's log of an error that the response doesn't describe. */
  traceId?: unknown;
}

function parse(body: string): ErrorBody {
  try {
    return (JSON.parse(body) as ErrorBody | null) ?? {};
  } catch {
    return {};
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/** The server's own words in its error body, as one line; undefined when the body isn't Kestra's. */
export function messageOf(body: string): string | undefined {
  const { message, detail, title, errors, traceId, _embedded } = parse(body);
  const text = [message, detail, title].find(isText);
  if (text === undefined) return undefined;
  // 1.x repeats the faults: in its message, after a colon, and in a list, as its parser words them
  const listed = errors ?? (text.includes(": ") ? [] : _embedded?.errors);
  const faults = (Array.isArray(listed) ? listed : []).flatMap((fault: Fault | null) => wordsOf(fault ?? {}) ?? []);
  const trace = isText(traceId) ? [`traceId ${traceId}`] : [];
  return oneLine([text, ...faults, ...trace].join("\n"));
}

/** A fault, with the field it concerns. */
function wordsOf({ message, detail, path }: Fault): string | undefined {
  const words = [message, detail].find(isText);
  return words !== undefined && isText(path) ? `${path}: ${words}` : words;
}

const oneLine = (text: string) => text.trim().replace(/\s*\n\s*/g, "; ");

/** Start of the `type` of every problem that Kestra 2.0 reports. */
const problems = "https://kestra.io/docs/api-reference/problems/";

/**
 * True if an error body is Kestra's response to this request. It then names the request's path: as a link in 1.x, as
 * the `instance` of one of Kestra's own problem types in 2.0. A 404 from a proxy or another server doesn't.
 */
export function isKestrasAnswer(path: string, contentType: string, body: string): boolean {
  const { _links, type, instance } = parse(body);
  if (contentType.startsWith("application/problem+json")) {
    const isOfKestra = isText(type) && type.startsWith(problems);
    return isOfKestra && isText(instance) && decoded(instance).endsWith(decoded(path.replace(/\?.*$/s, "")));
  }
  const href = _links?.self?.href;
  return typeof href === "string" && decoded(href).endsWith(decoded(path));
}

/** A path without its escapes, which servers write differently. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path.replaceAll("+", " "));
  } catch {
    return path;
  }
}
