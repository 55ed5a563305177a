import { fetch } from "undici";
import { dispatcherTo } from "../httpProxy";

/** Milliseconds that a cluster gets to answer. */
const timeout = 20_000;

/** An answer of a cluster's Kubernetes API. */
export interface ClusterAnswer {
  status: number;
  text: string;
}

/**
 * One GET request to a cluster's Kubernetes API, through the environment's proxy.
 * @param host its DNS endpoint, and a port where it isn't 443
 * @throws Error of the network when there's no answer
 */
export async function askCluster(host: string, path: string, token: string): Promise<ClusterAnswer> {
  const url = `https://${host}${path}`;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers, dispatcher: dispatcherTo(url), signal: AbortSignal.timeout(timeout) });
  return { status: response.status, text: await response.text() };
}

/** Kubernetes' own words out of an answer that is a `Status`; nothing where it's none. */
export function statusMessage(text: string): string {
  try {
    const { message } = (JSON.parse(text) ?? {}) as { message?: unknown };
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}
