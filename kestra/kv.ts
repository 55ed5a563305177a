import type { KestraClient } from "./client";

/** Kestra's KV types. */
export const kvTypes = ["STRING", "NUMBER", "BOOLEAN", "DATETIME", "DATE", "DURATION", "JSON"] as const;
export type KvType = (typeof kvTypes)[number];

/** A KV entry as the server tells it. */
export interface StoredKv {
  type: KvType;
  value: unknown;
}

const pathOf = (namespace: string, key: string) =>
  `/namespaces/${encodeURIComponent(namespace)}/kv/${encodeURIComponent(key)}`;

/** The entry, or undefined when there is none; an expired entry (410) is none. */
export async function getKv(client: KestraClient, namespace: string, key: string): Promise<StoredKv | undefined> {
  const response = await client.find("GET", pathOf(namespace, key));
  return response && ((await response.json()) as StoredKv);
}

/** Writes an entry; `literal` is the text that the server reads the type from (see kvValue.ts). */
export async function putKv(client: KestraClient, namespace: string, key: string, literal: string): Promise<void> {
  await client.send("PUT", pathOf(namespace, key), { contentType: "text/plain", content: literal });
}

/** Deletes an entry; one that is gone already is fine. */
export async function deleteKv(client: KestraClient, namespace: string, key: string): Promise<void> {
  await client.find("DELETE", pathOf(namespace, key));
}
