import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KestraClient } from "../client";
import type { Connection } from "../connection";
import { deleteFile, getFile, putFile } from "../namespaceFiles";
import { namespaceFailures, sameValue, sha256, type Handlers } from "./handlers";

/** Inputs and state of `kestra:NamespaceFiles`: hashes only, the content stays on disk. */
export interface NamespaceFilesInputs {
  connection: Connection;
  namespace: string;
  /** Local folder, from the project's root. */
  directory: string;
  /** Path below the folder, and in the namespace -> SHA-256 of the content. */
  files: Record<string, string>;
}

/** How often a file is written before the server's copy is given up. */
const writesAtMost = 3;

type Files = Record<string, string>;

async function upload(inputs: NamespaceFilesInputs, known: Files): Promise<void> {
  const client = new KestraClient(inputs.connection);
  for (const [path, hash] of Object.entries(inputs.files)) {
    if (known[path] === hash) continue;
    const source = join(inputs.directory, path);
    const content = existsSync(source) ? readFileSync(source) : undefined;
    if (!content || sha256(content) !== hash)
      throw new Error(`File ${source} changed while it was being uploaded: run the same command again.`);
    await store(client, inputs.namespace, path, content);
  }
}

/**
 * Writes a file unless the server has it, and looks whether it arrived whole: see the client's note on forms.
 * @throws Error when the server keeps another content after three times
 */
async function store(client: KestraClient, namespace: string, path: string, content: Buffer): Promise<void> {
  for (let written = 0; ; written++) {
    const stored = await getFile(client, namespace, path);
    if (stored?.equals(content)) return;
    if (written === writesAtMost) {
      throw new Error(
        `File ${namespace}/${path}: ${client.place} keeps another content than it was sent. Run the same command again.`,
      );
    }
    await putFile(client, namespace, path, content);
  }
}

async function remove({ connection, namespace }: NamespaceFilesInputs, paths: string[]): Promise<void> {
  const client = new KestraClient(connection);
  for (const path of paths) await deleteFile(client, namespace, path);
}

export const handlers: Handlers<NamespaceFilesInputs, NamespaceFilesInputs> = {
  check(_olds, news) {
    const failures = namespaceFailures(news.namespace);
    if (Object.keys(news.files).length === 0) {
      failures.push({
        property: "files",
        reason: `folder '${news.directory}' has no files to upload: name a folder with files`,
      });
    }
    return Promise.resolve({ inputs: news, failures });
  },

  diff(_id, olds, news) {
    // another folder replaces nothing: deleting the old one's files would take equally named new ones along
    const replaces = olds.namespace === news.namespace ? [] : ["namespace"];
    const content = ({ connection, namespace, directory, files }: NamespaceFilesInputs) => [
      connection,
      namespace,
      directory,
      files,
    ];
    return Promise.resolve({ changes: !sameValue(content(olds), content(news)), replaces });
  },

  async create(inputs) {
    await upload(inputs, {});
    return { id: inputs.namespace, outs: inputs };
  },

  async read(id, state) {
    const client = new KestraClient(state.connection);
    const files: Files = {};
    for (const path of Object.keys(state.files)) {
      const content = await getFile(client, state.namespace, path);
      if (content) files[path] = sha256(content);
    }
    return Object.keys(files).length === 0 ? {} : { id, props: { ...state, files } };
  },

  /** Uploads first and deletes then, so that a run in between never misses a file that it needs. */
  async update(_id, olds, news) {
    await upload(news, olds.files);
    const vanished = Object.keys(olds.files).filter((path) => !(path in news.files));
    await remove(news, vanished);
    return { outs: news };
  },

  async delete(_id, state) {
    await remove(state, Object.keys(state.files));
  },
};
