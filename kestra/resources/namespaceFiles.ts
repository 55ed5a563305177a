import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { changedKeys, namespaceFailures, sha256, type Handlers } from "../../dynamic/handlers";
import { retryTransient } from "../../dynamic/retry";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { deleteFile, getFile, putFile } from "../client/namespaceFiles";
import { claim, type Thing } from "./claims";
import { deleteUnlessDeclared, inTurn, recordDeclared, wasDeleted, type Identity } from "./ownership";

export interface NamespaceFilesArgs {
  connection: pulumi.Input<Connection>;
  namespace: string;
  /** Local folder, from the project's root; its files get their path below it. Links are followed. */
  directory: string;
  /** Names of files and folders that are not uploaded, at any depth. */
  exclude?: string[];
}

const provider = shim("@bay-wheels/kestra/resources/namespaceFiles.ts");

function refuse(name: string, reason: string): never {
  throw new pulumi.RunError(`NamespaceFiles '${name}': ${reason}.`);
}

/** Why the system can't read a path, by Node's code. */
const faults: Record<string, string> = {
  ENOENT: "is a link to nothing. Remove or exclude it",
  ELOOP: "links to itself. Remove or exclude it",
  EACCES: "can't be read by this user. Change its permissions, or exclude it",
};

/** Reads a path; an error of the file system becomes a message with a remedy. */
function reading<T>(name: string, path: string, work: (path: string) => T): T {
  try {
    return work(path);
  } catch (error) {
    const fault = faults[(error as NodeJS.ErrnoException).code ?? ""];
    if (fault === undefined) throw error;
    return refuse(name, `${path} ${fault}`);
  }
}

/** Files below a folder, as paths with `/`, sorted. */
function list(name: string, { directory, exclude = [] }: NamespaceFilesArgs): string[] {
  const below = (folder: string, around: string[]): string[] => {
    const at = join(directory, folder);
    const real = realpathSync(at);
    if (around.includes(real)) refuse(name, `${at} links to one of its parent folders. Remove or exclude it`);
    const entries = reading(name, at, (path) => readdirSync(path)).filter((entry) => !exclude.includes(entry));
    return entries.flatMap((entry) => {
      const path = folder === "" ? entry : `${folder}/${entry}`;
      const stats = reading(name, join(directory, path), (file) => statSync(file));
      if (stats.isDirectory()) return below(path, [...around, real]);
      if (!stats.isFile())
        refuse(name, `${join(directory, path)} is neither a file nor a folder. Remove or exclude it`);
      return [path];
    });
  };
  if (!existsSync(directory)) refuse(name, `folder '${directory}' doesn't exist. Create it, or correct 'directory'`);
  if (!statSync(directory).isDirectory()) refuse(name, `'${directory}' isn't a folder. Correct 'directory'`);
  return below("", []).sort();
}

/**
 * The files of a local folder as namespace files. Only files that differ are written; files that left the folder are
 * deleted after the others are in place, with the folders that they leave empty; files that others put into the
 * namespace are not touched. Two resources with one path in one namespace are refused.
 */
export class NamespaceFiles extends DynamicResource {
  constructor(name: string, args: NamespaceFilesArgs, opts?: pulumi.CustomResourceOptions) {
    const { namespace, directory } = args;
    const paths = list(name, args);
    const hashOf = (path: string) => sha256(reading(name, join(directory, path), (file) => readFileSync(file)));
    const files = Object.fromEntries(paths.map((path) => [path, hashOf(path)]));
    const things = paths.map((key): Thing => ({ kind: "Namespace file", namespace, key }));
    const connection = claim(name, args.connection, things);
    super(provider, name, { connection, namespace, directory, files }, opts, "kestra", "NamespaceFiles");
  }
}

/** Inputs and state: hashes only, the content stays on disk. */
export interface NamespaceFilesInputs {
  connection: Connection;
  namespace: string;
  /** Local folder, from the project's root. */
  directory: string;
  /** Path below the folder, and in the namespace -> SHA-256 of the content. */
  files: Files;
}

type Files = Record<string, string>;

/** How often a file is written while the server's copy differs. */
const maxWrites = 3;

const identityOf = ({ connection, namespace }: NamespaceFilesInputs, path: string): Identity => {
  return { connection, kind: "Namespace file", namespace, key: path };
};

/** Writes what differs from what is known of the server. */
async function upload(inputs: NamespaceFilesInputs, known: Files): Promise<void> {
  const client = new KestraClient(inputs.connection);
  for (const [path, hash] of Object.entries(inputs.files)) {
    if (known[path] === hash && !(await wasDeleted(identityOf(inputs, path)))) continue;
    const source = join(inputs.directory, path);
    const content = existsSync(source) ? readFileSync(source) : undefined;
    if (!content || sha256(content) !== hash)
      throw new Error(`File ${source} changed while it was being uploaded: run the same command again.`);
    const put = () => retryTransient(() => store(client, inputs.namespace, path, content));
    await inTurn(identityOf(inputs, path), put);
  }
}

/**
 * Writes a file unless the server has it, and checks that it arrived whole: see the client's note on forms.
 * @throws Error when the server keeps another content after three times
 */
async function store(client: KestraClient, namespace: string, path: string, content: Buffer): Promise<void> {
  for (let written = 0; ; written++) {
    const stored = await getFile(client, namespace, path);
    if (stored?.equals(content)) return;
    if (written === maxWrites) {
      throw new Error(
        `File ${namespace}/${path}: ${client.endpoint} stored different content. Run the same command again.`,
      );
    }
    await putFile(client, namespace, path, content);
  }
}

/** Deletes files that no resource of the program states; returns those that were there. */
async function remove(inputs: NamespaceFilesInputs, paths: string[]): Promise<string[]> {
  const removed: string[] = [];
  for (const path of paths) {
    await deleteUnlessDeclared(identityOf(inputs, path), "the file", (client) =>
      retryTransient(async () => {
        if (await deleteFile(client, inputs.namespace, path)) removed.push(path);
      }),
    );
  }
  return removed;
}

const topOf = (path: string) => path.split("/", 1)[0]!;

/** Kestra's folder for flows, where it stores no file. */
const flowsFolder = "_flows";

/** Why Kestra would store a file under another name, or not at all. */
function pathFailure(path: string): string | undefined {
  if (path.includes(" ")) return "Kestra stores a space as '+', under another name";
  if (path.includes("\\")) return "Kestra stores a backslash under another name";
  return topOf(path) === flowsFolder ? "Kestra keeps that folder for flows" : undefined;
}

function filesFailures({ directory, files }: NamespaceFilesInputs): pulumi.dynamic.CheckFailure[] {
  const paths = Object.keys(files);
  if (paths.length === 0)
    return [{ property: "files", reason: `folder '${directory}' has no files to upload: name a folder with files` }];
  return paths.flatMap((path) => {
    const reason = pathFailure(path);
    return reason ? [{ property: "files", reason: `${join(directory, path)}: ${reason}. Rename or exclude it` }] : [];
  });
}

export const handlers: Handlers<NamespaceFilesInputs, NamespaceFilesInputs> = {
  check(_olds, news) {
    for (const path of Object.keys(news.files)) recordDeclared(identityOf(news, path));
    return Promise.resolve({ inputs: news, failures: [...namespaceFailures(news.namespace), ...filesFailures(news)] });
  },

  async diff(_id, olds, news) {
    // another folder replaces nothing: deleting the old one's files would take equally named new ones along
    const replaces = changedKeys(["namespace"], olds, news);
    const content = ({ connection, namespace, directory, files }: NamespaceFilesInputs) => {
      return { connection, namespace, directory, files };
    };
    const paths = Object.keys(news.files);
    const isSame = isDeepStrictEqual(content(olds), content(news));
    const lost = isSame ? await Promise.all(paths.map((path) => wasDeleted(identityOf(news, path)))) : [];
    return { changes: !isSame || lost.includes(true), replaces };
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

  /**
   * Uploads first and deletes then, so that a run in between never misses a file that it needs. Somebody else may
   * delete a file between our look and our deletion, which then takes the rest of its folder along: what is kept there
   * is looked at once more.
   */
  async update(_id, olds, news) {
    await upload(news, olds.files);
    const vanished = Object.keys(olds.files).filter((path) => !Object.hasOwn(news.files, path));
    const folders = new Set((await remove(news, vanished)).map(topOf));
    const beside = Object.entries(news.files).filter(([path]) => folders.has(topOf(path)));
    await upload({ ...news, files: Object.fromEntries(beside) }, {});
    return { outs: news };
  },

  async delete(_id, state) {
    await remove(state, Object.keys(state.files));
  },
};
