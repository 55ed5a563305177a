import type { KestraClient } from "./client";

const filesOf = (namespace: string) => `/namespaces/${encodeURIComponent(namespace)}/files`;
const query = (path: string) => `?path=${encodeURIComponent(`/${path}`)}`;
const pathOf = (namespace: string, path: string) => filesOf(namespace) + query(path);

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

/**
 * Deletes a namespace file, and the folders that become empty by it, in one request: a run that is killed leaves no
 * empty folder that no state knows of. One that is gone already is fine, and the server isn't asked to delete it: it
 * would delete the folder, with what is left in it.
 * @returns true when there was such a file
 */
export async function deleteFile(client: KestraClient, namespace: string, path: string): Promise<boolean> {
  const stats = await client.find("GET", `${filesOf(namespace)}/stats${query(path)}`);
  const isThere = stats !== undefined && ((await stats.json()) as { type: string }).type === "File";
  let topmost = isThere ? path : undefined;
  for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
    const listed = await client.find("GET", `${filesOf(namespace)}/directory${query(folder)}`);
    if (!listed) continue;
    // nothing beside what goes
    if (((await listed.json()) as unknown[]).length > (topmost === undefined ? 0 : 1)) break;
    topmost = folder;
  }
  if (topmost !== undefined) await client.find("DELETE", pathOf(namespace, topmost));
  return isThere;
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
