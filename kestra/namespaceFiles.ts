import type { KestraClient } from "./client";

const pathOf = (namespace: string, path: string) =>
  `/namespaces/${encodeURIComponent(namespace)}/files?path=${encodeURIComponent(`/${path}`)}`;

/** Content of a namespace file, or undefined when the server has none at that path. */
export async function getFile(client: KestraClient, namespace: string, path: string): Promise<Buffer | undefined> {
  const response = await client.find("GET", pathOf(namespace, path));
  return response && Buffer.from(await response.arrayBuffer());
}

/** Writes a namespace file; its folders are made. */
export async function putFile(client: KestraClient, namespace: string, path: string, content: Buffer): Promise<void> {
  const form = new FormData();
  // the path alone names the file: Kestra would unpack an upload whose own name ends in .zip
  form.append("fileContent", new Blob([new Uint8Array(content)]), "content");
  await client.send("POST", pathOf(namespace, path), { content: form });
}

/** Deletes a namespace file or folder; one that is gone already is fine. */
export async function deleteFile(client: KestraClient, namespace: string, path: string): Promise<void> {
  await client.find("DELETE", pathOf(namespace, path));
}
