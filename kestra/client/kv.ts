import { parse } from "lossless-json";
import type { KestraClient } from "./client";

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
}

const pathOf = (namespace: string, key: string) =>
  `/namespaces/${encodeURIComponent(namespace)}/kv/${encodeURIComponent(key)}`;

/** The entry, or undefined when there is none; an expired entry (410) is none. */
export async function getKv(client: KestraClient, namespace: string, key: string): Promise<StoredKv | undefined> {
  const response = await client.find("GET", pathOf(namespace, key));
  if (!response) return undefined;
  const { type, value } = parse(await response.text()) as StoredKv;
  const expires = await expiryOf(client, namespace, key);
  return { type, value, ...(expires === undefined ? {} : { expires }) };
}

const pageSize = 100;

/** When an entry ends, which only the server's listing says; undefined for one that stays. */
async function expiryOf(client: KestraClient, namespace: string, key: string): Promise<string | undefined> {
  const [inNamespace, ofKey] = [namespace, key].map(encodeURIComponent);
  const filters = `filters[namespace][EQUALS]=${inNamespace}&filters[q][EQUALS]=${ofKey}`;
  for (let page = 1; ; page++) {
    const response = await client.send("GET", `/kv?${filters}&size=${pageSize}&page=${page}&sort=key:asc`);
    const { results } = (await response.json()) as { results: { key: string; expirationDate?: string }[] };
    const found = results.find((entry) => entry.key === key);
    if (found) return found.expirationDate;
    if (results.length < pageSize) return undefined;
  }
}

/**
 * Writes an entry without a time to live; `literal` is the text that the server reads the type from (see kvValue.ts).
 */
export async function putKv(client: KestraClient, namespace: string, key: string, literal: string): Promise<void> {
  await client.send("PUT", pathOf(namespace, key), { contentType: "text/plain", content: literal });
}

/** Deletes an entry; one that is gone already is fine. */
export async function deleteKv(client: KestraClient, namespace: string, key: string): Promise<void> {
  await client.find("DELETE", pathOf(namespace, key));
}
