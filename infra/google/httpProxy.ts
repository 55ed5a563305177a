import { getProxyForUrl } from "proxy-from-env";
import { Agent, ProxyAgent, type Dispatcher } from "undici";

/** How requests to a server are sent. */
export interface Route {
  /** PEM text of the certificate authorities to trust; default: those that Node trusts. */
  ca?: string;
  /** Address of a proxy; default: see {@link proxyFor}. */
  proxy?: string;
  /** Milliseconds to wait for a response, or for more of it; default: 300,000. */
  timeout?: number;
}

/** Hostnames of this machine. */
const loopback = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The environment's proxy for an address: `HTTPS_PROXY` or `HTTP_PROXY`, depending on the scheme, or else `ALL_PROXY`,
 * unless `NO_PROXY` lists the host (`host`, `.domain` or `*`, optionally with a port). Requests to this machine never
 * use a proxy.
 */
export function proxyFor(url: string): string | undefined {
  if (loopback.test(new URL(url).hostname)) return undefined;
  return getProxyForUrl(url) || undefined;
}

/** A proxy's address for messages, without any user and password. */
export function hostOf(proxy: string): string {
  return URL.canParse(proxy) ? new URL(proxy).host : "of an invalid address";
}

/** Why a request failed: undici hides the reason (`connect ECONNREFUSED …`) one or two levels down. */
export function rootCause(error: Error): Error & { code?: unknown } {
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}

const dispatchers = new Map<string, Dispatcher>();

/** The dispatcher for requests to an address: one per route and process, so that connections are reused. */
export function dispatcherTo(url: string, { ca, proxy = proxyFor(url), timeout = 300_000 }: Route = {}): Dispatcher {
  const key = JSON.stringify([ca, proxy, timeout]);
  const known = dispatchers.get(key);
  if (known !== undefined) return known;
  const limits = { headersTimeout: timeout, bodyTimeout: timeout };
  const tls = ca === undefined ? {} : { ca };
  const dispatcher =
    proxy === undefined
      ? new Agent({ ...limits, connect: tls })
      : // as in curl: a tunnel for TLS only, because many proxies refuse one for anything else
        new ProxyAgent({ ...limits, uri: proxy, requestTls: tls, proxyTunnel: false });
  dispatchers.set(key, dispatcher);
  return dispatcher;
}
