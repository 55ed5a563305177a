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
 * Deletes a namespace file, and the folders that this leaves empty, in one request, so that a killed run leaves no
 * empty folder that no state records. A missing file isn't an error, and no request to delete it is sent: the server
 * would delete its folder, with everything left in it. The server itself also deletes a folder that contains nothing
 * but what it's asked to delete, up to the root.
 * @param prefix folders above it are left alone; default: the root
 * @returns true if the file existed
 */
export async function deleteFile(client: KestraClient, namespace: string, path: string, prefix = ""): Promise<boolean> {
  const stats = await client.find("GET", `${filesOf(namespace)}/stats${query(path)}`);
  const isThere = stats !== undefined && ((await stats.json()) as { type: string }).type === "File";
  let topmost = isThere ? path : undefined;
  for (const folder of foldersOf(path, prefix)) {
    const listed = await client.find("GET", `${filesOf(namespace)}/directory${query(folder)}`);
    if (!listed) continue;
    // nothing beside what goes
    if (((await listed.json()) as unknown[]).length > (topmost === undefined ? 0 : 1)) break;
    topmost = folder;
  }
  if (topmost !== undefined) await client.find("DELETE", pathOf(namespace, topmost));
  return isThere;
}

/** The folders above a path, nearest first, without those above the prefix. */
function foldersOf(path: string, prefix: string): string[] {
  const folders: string[] = [];
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) folders.push(path.slice(0, end));
  return folders.filter((folder) => !prefix.startsWith(`${folder}/`));
}
