import type { AddressConnection } from "../../../../kestra/client/connection";
import { password, username, type KestraHost } from "../../../../local/lab/kestraHost";

/** How the handlers reach a host. */
export function connectionTo(host: KestraHost): AddressConnection {
  return { kind: "address", url: host.url, username, password };
}

/** Nobody listens there: whatever is sent fails. */
export const nowhere: AddressConnection = { kind: "address", url: "http://127.0.0.1:2", username, password };

/**
 * The requests that `work` sends, in order, with paths below the tenant: `PUT /flows/n/f`. The first of a process to a
 * server is `GET /api/v1/configs`.
 */
export async function requestsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { fetch: original } = globalThis;
  const sent: string[] = [];
  globalThis.fetch = (input, init) => {
    const { pathname, searchParams } = new URL(input);
    const file = searchParams.get("path") ?? "";
    sent.push(`${init?.method} ${decodeURIComponent(pathname).replace("/api/v1/main", "")}${file}`);
    return original(input, init);
  };
  try {
    await work();
  } finally {
    globalThis.fetch = original;
  }
  return sent;
}

/** Those requests of `work` that change something. */
export async function writesOf(work: () => Promise<unknown>): Promise<string[]> {
  return (await requestsOf(work)).filter((request) => !request.startsWith("GET "));
}
