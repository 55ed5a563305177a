import { join } from "node:path";
import type { dynamic } from "@pulumi/pulumi";
import type { Transfer } from "./fileTransfer";

type Placed = Omit<Transfer, "connection">;

/** A path below a folder; undefined or empty is the root. */
export const below = (folder: string | undefined, path: string) => (folder ? `${folder}/${path}` : path);

/** The first part of a path. */
export const topOf = (path: string) => path.split("/", 1)[0]!;

/** A path in the namespace as the program states it, without the prefix. */
const statedPath = ({ prefix }: Placed, path: string) => path.slice(below(prefix, "").length);

/** The local file for a path in the namespace. */
export function localPath(placed: Placed, path: string): string {
  return placed.paths?.[path] ?? join(placed.directory!, statedPath(placed, path));
}

/** Kestra's folder for flows, which can't hold files. */
const flowsFolder = "_flows";

/** Why Kestra would store a file under another name, or not at all. */
function pathFailure(path: string): string | undefined {
  if (path.includes(" ")) return "Kestra stores a space as '+', under another name";
  if (path.includes("\\")) return "Kestra stores a backslash under another name";
  if (path.split("/").some((part) => ["", ".", ".."].includes(part)))
    return "it isn't a plain path such as 'sql/a.sql': a part is missing, or is '.' or '..'";
  return topOf(path) === flowsFolder ? "Kestra reserves that folder for flows" : undefined;
}

/** All folders that these paths are in. */
function foldersOf(paths: string[]): Set<string> {
  const folders = new Set<string>();
  for (const path of paths)
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
      folders.add(path.slice(0, end));
  return folders;
}

/** What Kestra would refuse or store elsewhere, by property. */
export function pathFailures(placed: Placed): dynamic.CheckFailure[] {
  const { prefix, directory, files } = placed;
  const ofPrefix = prefix ? pathFailure(prefix) : undefined;
  if (ofPrefix !== undefined) return [{ property: "prefix", reason: `prefix '${prefix}': ${ofPrefix}. Correct it` }];
  const paths = Object.keys(files);
  if (paths.length === 0) {
    const nothing =
      directory === undefined
        ? "'files' is empty: add"
        : `folder '${directory}' has no files to upload: name a folder with`;
    return [{ property: "files", reason: `${nothing} files` }];
  }
  const folders = foldersOf(paths);
  return paths.flatMap((path) => {
    const reason = pathFailure(path) ?? (folders.has(path) ? "another file uses this path as a folder" : undefined);
    if (reason === undefined) return [];
    const [name, remedy] =
      directory === undefined
        ? [`files['${statedPath(placed, path)}']`, "Rename it"]
        : [localPath(placed, path), "Rename or exclude it"];
    return [{ property: "files", reason: `${name}: ${reason}. ${remedy}` }];
  });
}
