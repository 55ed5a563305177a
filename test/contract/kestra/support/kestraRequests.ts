import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { AddressEndpoint, User } from "../../../../kestra/client/connection";
import { password, username, type KestraHost } from "../../../../local/lab/kestraHost";

/** How the handlers reach a host. */
export function connectionTo(host: KestraHost): AddressEndpoint & User {
  return { kind: "address", url: host.url, username, password };
}

/** Nobody listens there: whatever is sent fails. */
export const nowhere: AddressEndpoint & User = { kind: "address", url: "http://127.0.0.1:2", username, password };

/**
 * The requests that `work` sends, in order, with paths below the tenant: `PUT /flows/n/f`. The first of a process to a
 * server is `GET /api/v1/configs`.
 */
export async function requestsOf(work: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const note = (message: unknown) => {
    const { method, path } = (message as { request: { method: string; path: string } }).request;
    const { pathname, searchParams } = new URL(path, "http://server");
    const file = searchParams.get("path") ?? "";
    sent.push(`${method} ${decodeURIComponent(pathname).replace("/api/v1/main", "")}${file}`);
  };
  subscribe("undici:request:create", note);
  try {
    await work();
  } finally {
    unsubscribe("undici:request:create", note);
  }
  return sent;
}

/** Those requests of `work` that change something. */
export async function writesOf(work: () => Promise<unknown>): Promise<string[]> {
  return (await requestsOf(work)).filter((request) => !request.startsWith("GET "));
}
