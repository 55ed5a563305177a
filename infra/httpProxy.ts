import { getProxyForUrl } from "proxy-from-env";
import { Agent, ProxyAgent, type Dispatcher } from "undici";

/** How requests to a server are sent. */
export interface Route {
  /** PEM text of the authorities that may sign the server's certificate; default: those that Node trusts. */
  ca?: string;
  /** Address of a proxy; default: what {@link proxyFor} says. */
  proxy?: string;
  /** Milliseconds that an answer, or a pause within it, may take; default: 300,000. */
  timeout?: number;
}

/** Hosts of this machine. */
const loopback = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The proxy that the environment names for an address: `HTTPS_PROXY` or `HTTP_PROXY` by its scheme, else `ALL_PROXY`,
 * unless `NO_PROXY` lists the host (`host`, `.domain` or `*`, also with a port). What runs on this machine is never
 * behind a proxy.
 */
export function proxyFor(url: string): string | undefined {
  if (loopback.test(new URL(url).hostname)) return undefined;
  return getProxyForUrl(url) || undefined;
}

/** An address for messages: without the user and password that it may hold. */
export function hostOf(proxy: string): string {
  return URL.canParse(proxy) ? new URL(proxy).host : "of an invalid address";
}

/** Why a request failed: undici hides the reason (`connect ECONNREFUSED …`) one or two levels down. */
export function rootCause(error: Error): Error & { code?: unknown } {
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}

const dispatchers = new Map<string, Dispatcher>();

/** What sends the requests to an address: one for each route of this process, so that connections are used again. */
export function dispatcherTo(url: string, { ca, proxy = proxyFor(url), timeout = 300_000 }: Route = {}): Dispatcher {
  const key = JSON.stringify([ca, proxy, timeout]);
  const known = dispatchers.get(key);
  if (known !== undefined) return known;
  const limits = { headersTimeout: timeout, bodyTimeout: timeout };
  const tls = ca === undefined ? {} : { ca };
  const dispatcher =
    proxy === undefined
      ? new Agent({ ...limits, connect: tls })
      : // as curl does: only TLS is sent through a tunnel, which many proxies refuse for anything else
        new ProxyAgent({ ...limits, uri: proxy, requestTls: tls, proxyTunnel: false });
  dispatchers.set(key, dispatcher);
  return dispatcher;
}
