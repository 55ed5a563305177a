import type { Retryable } from "../../dynamic/retry";

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
export class KestraUnreachable extends Error {
  override name = "KestraUnreachable";
}

/**
 * No answer, or only part of one, because the connection broke. What was sent may have arrived: look at the server
 * before sending it again.
 */
export class ConnectionDropped extends KestraUnreachable implements Retryable {
  override name = "ConnectionDropped";
  readonly isTransient = true;
}

/** Error codes of a connection that was open and broke. */
const brokenCodes = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** What went wrong in a failed fetch. Node hides the reason (`connect ECONNREFUSED …`) one level down. */
export function causeOf(error: unknown): { text: string; isBroken: boolean; isLate: boolean } {
  const outer = error instanceof Error ? error : new Error(String(error));
  const inner = outer.cause instanceof Error ? (outer.cause as Error & { code?: string }) : undefined;
  return {
    text: inner ? inner.message || inner.name : outer.message,
    isBroken: brokenCodes.has(inner?.code ?? ""),
    isLate: outer.name === "TimeoutError",
  };
}

interface ErrorBody {
  /** Kestra 1.x. */
  message?: unknown;
  _links?: { self?: { href?: unknown } };
  /** Kestra 2.0: RFC 9457. */
  detail?: unknown;
  title?: unknown;
}

function parse(body: string): ErrorBody {
  try {
    return (JSON.parse(body) as ErrorBody | null) ?? {};
  } catch {
    return {};
  }
}

/** The server's own words in its error body, as one line; undefined when the body isn't Kestra's. */
export function messageOf(body: string): string | undefined {
  const { message, detail, title } = parse(body);
  const text = message ?? detail ?? title;
  return typeof text === "string" ? text.trim().replace(/\s*\n\s*/g, "; ") : undefined;
}

/**
 * True when an error body is Kestra's answer to this very request: 1.x names the path that was asked, 2.0 sends
 * `application/problem+json`. The 404 of a proxy, or of another server, isn't.
 */
export function isKestrasAnswer(path: string, contentType: string, body: string): boolean {
  if (contentType.startsWith("application/problem+json")) return messageOf(body) !== undefined;
  const href = parse(body)._links?.self?.href;
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
