import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { changedKeys, namespaceFailures, type Handlers } from "../../dynamic/handlers";
import { PartialFailure } from "../../dynamic/partialFailure";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import type { Connection } from "../client/connection";
import { claim, type Thing } from "./claims";
import { hashesThere, identityOf, remove, unsure, upload, type Files, type Transfer } from "./fileTransfer";
import { below, pathFailures, topOf } from "./filePaths";
import { hashesOf, refuse } from "./localFiles";
import { hashesOfStated, sortedByKind, type StatedFile } from "./statedFiles";
import { movedTenant, recordDeclared, wasDeleted } from "./ownership";

export interface NamespaceFilesArgs {
  /** Default: from the `KESTRA_…` variables. */
  connection?: pulumi.Input<Connection>;
  namespace: string;
  /** Target folder in the namespace, without leading or trailing slashes. Default: the root. */
  prefix?: string;
  /** Local folder, from the project's root; its files get their path below it. Links are followed. */
  directory?: string;
  /** Files in the folder that aren't uploaded: `.gitignore` patterns, applied after the `.kestraignore` at its root. */
  exclude?: string[];
  /** Instead of a folder: path below `prefix` -> text, `StringAsset` or `FileAsset`. */
  files?: Record<string, StatedFile>;
}

const provider = shim("@bay-wheels/kestra/resources/namespaceFiles.ts");

/**
 * Files of a namespace, from a local folder or listed in the program. Only files that differ are written. Removed files
 * are deleted once the others are in place, with the folders that this leaves empty. Files that others put into the
 * namespace aren't touched. Two resources with the same path in a namespace are refused.
 */
export class NamespaceFiles extends DynamicResource {
  constructor(name: string, args: NamespaceFilesArgs, opts?: pulumi.CustomResourceOptions) {
    const { namespace, prefix } = args;
    const source = sourceOf(name, args);
    const stated = { ...source.files, ...source.texts, ...source.paths };
    const things = Object.keys(stated).map((key): Thing => ({ kind: "Namespace file", namespace, key }));
    const connection = claim(name, args.connection, things);
    super(provider, name, { connection, namespace, prefix, ...source }, opts, "kestra", "NamespaceFiles");
  }
}

type Stated = Record<string, pulumi.Input<string>>;

/** The sources of the files, by their paths in the namespace. */
function sourceOf(
  name: string,
  { directory, exclude, files, prefix }: NamespaceFilesArgs,
): { files: Stated; directory?: string; texts?: Stated; paths?: Stated } {
  const placed = (record: Stated): Stated =>
    Object.fromEntries(Object.entries(record).map(([path, file]) => [below(prefix, path), file]));
  if ((directory === undefined) === (files === undefined)) refuse(name, "pass either 'directory' or 'files'");
  if (directory !== undefined) return { directory, files: placed(hashesOf(name, directory, exclude ?? [])) };
  if (exclude !== undefined) refuse(name, "'exclude' works only with 'directory'. Remove those files from 'files'");
  const { texts, paths } = sortedByKind(name, files!);
  return { files: {}, texts: placed(texts), paths: placed(paths) };
}

/** Inputs. `check` adds the hashes of the files listed in the program. */
export type NamespaceFilesInputs = Transfer;

/** What's on the server. It has no texts: those are in the inputs. */
export type NamespaceFilesState = Omit<Transfer, "texts" | "paths">;

const stateOf = (
  { connection, namespace, prefix, directory }: NamespaceFilesState,
  files: Files,
): NamespaceFilesState => ({
  connection,
  namespace,
  ...(prefix === undefined ? {} : { prefix }),
  ...(directory === undefined ? {} : { directory }),
  files,
});

const isEmpty = (record: object = {}) => Object.keys(record).length === 0;

/**
 * Runs `work`. If it fails after writing something, the error carries the state.
 * @param files what's on the server; `work` keeps it up to date
 */
async function remembering(
  id: string,
  inputs: NamespaceFilesInputs,
  files: Files,
  work: () => Promise<void>,
): Promise<NamespaceFilesState> {
  try {
    await work();
  } catch (error) {
    if (isEmpty(files)) throw error;
    throw new PartialFailure((error as Error).message, id, stateOf(inputs, files), inputs);
  }
  return stateOf(inputs, files);
}

export const handlers: Handlers<NamespaceFilesInputs, NamespaceFilesState> = {
  check(_olds, { texts, paths, ...news }) {
    const { hashes, failures } = hashesOfStated(texts, paths);
    const stated = { ...(isEmpty(texts) ? {} : { texts }), ...(isEmpty(paths) ? {} : { paths }) };
    const inputs = { ...news, files: { ...news.files, ...hashes }, ...stated };
    for (const path of Object.keys(inputs.files)) recordDeclared(identityOf(inputs, path));
    const all = [...namespaceFailures(news.namespace), ...pathFailures(inputs), ...failures];
    return Promise.resolve({ inputs, failures: all });
  },

  async diff(_id, olds, news) {
    // another folder replaces nothing: deleting the old one's files would take equally named new ones along
    const replaces = [...changedKeys(["namespace"], olds, news), ...movedTenant(olds, news)];
    const onServer = ({ connection, namespace, files }: NamespaceFilesState) => ({ connection, namespace, files });
    const isSame = isDeepStrictEqual(onServer(olds), onServer(news));
    const paths = isSame ? Object.keys(news.files) : [];
    const lost = await Promise.all(paths.map((path) => wasDeleted(identityOf(news, path))));
    return { changes: !isSame || lost.includes(true), replaces };
  },

  async create(inputs) {
    const files: Files = {};
    const outs = await remembering(inputs.namespace, inputs, files, () => upload(inputs, files));
    return { id: inputs.namespace, outs };
  },

  /**
   * Returns inputs if a folder's files differ, so that the next preview names the differences. Not for listed files:
   * state has no texts for them.
   */
  async read(id, state) {
    const files = await hashesThere(state);
    if (Object.keys(files).length === 0) return {};
    const props = stateOf(state, files);
    const differs = state.directory !== undefined && !isDeepStrictEqual(files, state.files);
    return { id, props, ...(differs ? { inputs: props } : {}) };
  },

  /**
   * Uploads first and deletes then, so that a run in between never misses a file that it needs. Somebody else may
   * delete a file between our look and our deletion, which then takes the rest of its folder along: what is kept there
   * is looked at once more.
   */
  async update(id, olds, news) {
    const files = { ...olds.files };
    const outs = await remembering(id, news, files, async () => {
      await upload(news, files);
      const vanished = Object.keys(files).filter((path) => !Object.hasOwn(news.files, path));
      const { prefix } = olds;
      const folders = new Set((await remove({ ...news, prefix }, vanished, files)).map(topOf));
      for (const path of Object.keys(files)) if (folders.has(topOf(path))) files[path] = unsure;
      await upload(news, files);
    });
    return { outs };
  },

  async delete(_id, state) {
    await remove(state, Object.keys(state.files), {});
  },
};
