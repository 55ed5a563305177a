import { setTimeout as sleep } from "node:timers/promises";
import { fetch } from "undici";
import { accessToken, canRenewToken, unauthenticated } from "../google/credentials";
import { dispatcherTo } from "../google/httpProxy";

/** Milliseconds that a cluster gets to answer. */
const timeout = 20_000;

/** Requests until a rejected token counts, and milliseconds between them: a new cluster may not know it yet. */
const attempts = 3;
const pause = 2_000;

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

/**
 * {@link askCluster} with the caller's own token.
 * @returns the answer, or the network's error
 * @throws Error with the remedy for a token that's rejected: at once if it can't be renewed, else after some attempts
 */
export async function askAsCaller(host: string, path: string): Promise<ClusterAnswer | Error> {
  const last = canRenewToken() ? attempts : 1;
  for (let attempt = 1; ; attempt++) {
    const answer = await askCluster(host, path, await accessToken()).catch((error: Error) => error);
    if (answer instanceof Error || answer.status !== 401) return answer;
    if (attempt === last) throw unauthenticated(`status 401 from ${host} ${statusMessage(answer.text)}`.trim());
    await sleep(pause);
  }
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
