import { existsSync, readFileSync } from "node:fs";
import { sha256 } from "../../dynamic/handlers";
import { inParallel } from "../../dynamic/parallel";
import { retryTransient } from "../../dynamic/retry";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { KestraError } from "../client/errors";
import { deleteFile, getFile, putFile } from "../client/namespaceFiles";
import { localPath } from "./filePaths";
import { deleteUnlessDeclared, inTurn, wasDeleted, type Identity } from "./ownership";

/** Path in the namespace -> SHA-256 of the content; {@link unsure} if the content isn't known. */
export type Files = Record<string, string>;

/** Replaces the hash of a file that may exist: a write got no response. */
export const unsure = "";

/** Where files go, and where their content comes from. */
export interface Transfer {
  connection: Connection;
  namespace: string;
  /** Target folder in the namespace. */
  prefix?: string;
  /** Local folder, relative to the project's root. */
  directory?: string;
  files: Files;
  /** Path in the namespace -> text, for files stated as text. */
  texts?: Record<string, string>;
  /** Path in the namespace -> local file, for files outside the folder. */
  paths?: Record<string, string>;
}

export const identityOf = ({ connection, namespace }: Transfer, path: string): Identity => {
  return { connection, kind: "Namespace file", namespace, key: path };
};

/** How often a file is written if the server's copy differs. */
const maxWrites = 3;

/** @throws Error if the file changed since it was listed */
function contentOf(transfer: Transfer, path: string): Buffer {
  const text = transfer.texts?.[path];
  if (text !== undefined) return Buffer.from(text);
  const source = localPath(transfer, path);
  const content = existsSync(source) ? readFileSync(source) : undefined;
  if (!content || sha256(content) !== transfer.files[path])
    throw new Error(`File ${source} changed while it was being uploaded: run the same command again.`);
  return content;
}

/**
 * Writes the files that differ from `known`, eight at a time, and updates `known`, even on failure. After a failure, no
 * further file is started. Nothing in the namespace is deleted meanwhile.
 */
export async function upload(transfer: Transfer, known: Files): Promise<void> {
  const client = new KestraClient(transfer.connection);
  const one = async ([path, hash]: [string, string]) => {
    if (known[path] === hash && !(await wasDeleted(identityOf(transfer, path)))) return;
    const content = contentOf(transfer, path);
    const before = known[path];
    const noteWrite = () => (known[path] = unsure);
    try {
      await retryTransient(() => store(client, transfer.namespace, path, content, noteWrite));
      known[path] = hash;
    } catch (error) {
      const wasRefused = error instanceof KestraError && error.status < 500;
      if (wasRefused && before === undefined) delete known[path];
      throw error;
    }
  };
  await inTurn(identityOf(transfer, ""), () => inParallel(Object.entries(transfer.files), one));
}

/**
 * Writes a file unless the server has it, and checks that it arrived intact: see the client's note on forms.
 * @throws Error if the server still has different content after {@link maxWrites} writes
 */
async function store(
  client: KestraClient,
  namespace: string,
  path: string,
  content: Buffer,
  onWrite: () => void,
): Promise<void> {
  for (let written = 0; ; written++) {
    const stored = await getFile(client, namespace, path);
    if (stored?.equals(content)) return;
    if (written === maxWrites) {
      throw new Error(
        `File ${namespace}/${path}: ${client.endpoint} stored different content. Run the same command again.`,
      );
    }
    onWrite();
    await putFile(client, namespace, path, content);
  }
}

/**
 * Deletes files that no resource of the program manages, one at a time, and removes them from `known`. Folders left
 * empty are deleted too, up to the transfer's prefix.
 * @returns those that existed
 */
export async function remove(transfer: Transfer, paths: string[], known: Files): Promise<string[]> {
  const removed: string[] = [];
  for (const path of paths) {
    await deleteUnlessDeclared(identityOf(transfer, path), "the file", (client) =>
      retryTransient(async () => {
        if (await deleteFile(client, transfer.namespace, path, transfer.prefix)) removed.push(path);
      }),
    );
    delete known[path];
  }
  return removed;
}

/** The hashes of those of these files that the server has. */
export async function hashesThere({ connection, namespace, files }: Transfer): Promise<Files> {
  const client = new KestraClient(connection);
  const there: Files = {};
  await inParallel(Object.keys(files), async (path) => {
    const content = await getFile(client, namespace, path);
    if (content) there[path] = sha256(content);
  });
  return there;
}
