import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../client/connection";
import { sha256 } from "../../dynamic/handlers";
import { claim, type Thing } from "./claims";
import { shim } from "../../dynamic/shim";

export interface NamespaceFilesArgs {
  connection: pulumi.Input<Connection>;
  namespace: string;
  /** Local folder, from the project's root; its files get their path below it. Links are followed. */
  directory: string;
  /** Names of files and folders that stay at home, at any depth. */
  exclude?: string[];
}

const provider = shim("./kestra/handlers/namespaceFiles.ts");

function refuse(name: string, reason: string): never {
  throw new pulumi.RunError(`NamespaceFiles '${name}': ${reason}.`);
}

/** Why the system can't read a path, by Node's code. */
const faults: Record<string, string> = {
  ENOENT: "is a link to nothing. Remove or exclude it",
  ELOOP: "links to itself. Remove or exclude it",
  EACCES: "can't be read by this user. Change its permissions, or exclude it",
};

/** Does something with a path; what the system refuses is said in words. */
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
    if (around.includes(real)) refuse(name, `${at} links to a folder that it is in`);
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
 * deleted after the others are in place, with the folders that they leave empty; files that somebody else put into the
 * namespace are not touched. Two resources with one path in one namespace are refused.
 */
export class NamespaceFiles extends pulumi.dynamic.Resource {
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
