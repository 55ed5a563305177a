import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import ignore, { type Ignore } from "ignore";
import { sha256 } from "../../dynamic/handlers";

/**
 * Lists files that aren't uploaded. Only the one at a folder's root counts, as in Kestra's own commands and Git sync.
 */
const ignoreFile = ".kestraignore";

/** Stops the program with a one-line error. */
export function refuse(name: string, reason: string): never {
  throw new pulumi.RunError(`NamespaceFiles '${name}': ${reason}.`);
}

/** Why the system can't read a path, by Node's code. */
const faults: Record<string, string> = {
  ENOENT: "is a broken link. Remove or exclude it",
  ELOOP: "links to itself. Remove or exclude it",
  EACCES: "can't be read by this user. Change its permissions, or exclude it",
};

/** Reads a path; a file system error becomes a message with a remedy. */
function reading<T>(name: string, path: string, work: (path: string) => T): T {
  try {
    return work(path);
  } catch (error) {
    const fault = faults[(error as NodeJS.ErrnoException).code ?? ""];
    if (fault === undefined) throw error;
    return refuse(name, `${path} ${fault}`);
  }
}

/** What a folder's own ignore file and the given patterns exclude; later patterns win. */
function exclusions(name: string, directory: string, patterns: string[]): Ignore {
  const file = join(directory, ignoreFile);
  const own = existsSync(file) ? reading(name, file, (path) => readFileSync(path, "utf8")) : "";
  return ignore({ ignorecase: false }).add(own).add(patterns).add(`/${ignoreFile}`);
}

/** The files of a local folder that aren't excluded: path below it, with `/` -> SHA-256. Links are followed. */
export function hashesOf(name: string, directory: string, patterns: string[]): Record<string, string> {
  if (!existsSync(directory)) refuse(name, `folder '${directory}' doesn't exist. Create it, or correct 'directory'`);
  if (!statSync(directory).isDirectory()) refuse(name, `'${directory}' isn't a folder. Correct 'directory'`);
  const excluded = exclusions(name, directory, patterns);
  const below = (folder: string, around: string[]): string[] => {
    const at = join(directory, folder);
    const real = realpathSync(at);
    if (around.includes(real)) refuse(name, `${at} links to one of its parent folders. Remove or exclude it`);
    const entries = reading(name, at, (path) => readdirSync(path, { withFileTypes: true }));
    return entries.flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      // as in Git, a pattern with a trailing slash doesn't match a link, not even a link to a folder
      if (!entry.isDirectory() && excluded.ignores(path)) return [];
      const stats = reading(name, join(directory, path), (file) => statSync(file));
      if (stats.isDirectory()) return excluded.ignores(`${path}/`) ? [] : below(path, [...around, real]);
      if (!stats.isFile())
        refuse(name, `${join(directory, path)} is neither a file nor a folder. Remove or exclude it`);
      return [path];
    });
  };
  const paths = below("", []).sort();
  return Object.fromEntries(paths.map((path) => [path, hashOf(name, join(directory, path))]));
}

const hashOf = (name: string, file: string) => sha256(reading(name, file, (path) => readFileSync(path)));
