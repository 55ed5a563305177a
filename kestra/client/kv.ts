import { parse } from "lossless-json";
import type { KestraClient } from "./client";
import { KestraError } from "./errors";

/** Kestra's KV types. */
export const kvTypes = ["STRING", "NUMBER", "BOOLEAN", "DATETIME", "DATE", "DURATION", "JSON"] as const;
export type KvType = (typeof kvTypes)[number];

/** A KV entry as the server keeps it. */
export interface StoredKv {
  type: KvType;
  /** JSON, numbers as `LosslessNumber`: Kestra keeps more digits than JavaScript has. */
  value: unknown;
  /** When the entry ends, if it has a time to live. */
  expires?: string;
  /** What the entry is for, in words. */
  description?: string;
}

const pathOf = (namespace: string, key: string) =>
  `/namespaces/${encodeURIComponent(namespace)}/kv/${encodeURIComponent(key)}`;

/** The entry, or undefined when there is none; an expired entry (410) is none. */
export async function getKv(client: KestraClient, namespace: string, key: string): Promise<StoredKv | undefined> {
  const response = await client.find("GET", pathOf(namespace, key));
  if (!response) return undefined;
  const { type, value } = parse(await response.text()) as StoredKv;
  const { expirationDate: expires, description } = (await listingOf(client, namespace, key)) ?? {};
  return { type, value, ...(expires ? { expires } : {}), ...(description ? { description } : {}) };
}

/** The parts of an entry that only the server's listing has. */
interface Listing {
  key: string;
  expirationDate?: string;
  description?: string;
}

const pageSize = 100;

async function listingOf(client: KestraClient, namespace: string, key: string): Promise<Listing | undefined> {
  const [inNamespace, ofKey] = [namespace, key].map(encodeURIComponent);
  const filters = `filters[namespace][EQUALS]=${inNamespace}&filters[q][EQUALS]=${ofKey}`;
  for (let page = 1; ; page++) {
    const response = await client.send("GET", `/kv?${filters}&size=${pageSize}&page=${page}&sort=key:asc`);
    const { results } = (await response.json()) as { results: Listing[] };
    const found = results.find((entry) => entry.key === key);
    if (found || results.length < pageSize) return found;
  }
}

/** What an entry has besides its value. An omitted property is removed from the entry. */
export interface KvMetadata {
  /** Time to live from now on, an ISO 8601 duration (see kvMetadata.ts). */
  ttl?: string;
  description?: string;
}

/**
 * Writes an entry. The server infers the type from `literal` (see kvValue.ts).
 * @throws KestraError, without the server's own message if that may contain the value
 */
export async function putKv(
  client: KestraClient,
  namespace: string,
  key: string,
  literal: string,
  { ttl, description }: KvMetadata = {},
): Promise<void> {
  const path = pathOf(namespace, key);
  const headers = { ...(ttl ? { ttl } : {}), ...(description ? { description } : {}) };
  try {
    await client.send("PUT", path, { contentType: "text/plain", content: literal }, headers);
  } catch (error) {
    if (!(error instanceof KestraError) || error.status === 401 || error.isTransient) throw error;
    const reason = "it refuses the entry (message omitted, because it may contain the value)";
    throw new KestraError("PUT", path, error.status, reason);
  }
}

/** Deletes an entry; one that is gone already is fine. */
export async function deleteKv(client: KestraClient, namespace: string, key: string): Promise<void> {
  await client.find("DELETE", pathOf(namespace, key));
}
