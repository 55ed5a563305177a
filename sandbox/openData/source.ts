import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf } from "./archive";
import { publishedCatalogue } from "./catalogue";
import { countiesCsv } from "./counties";

/** An object of the trips' bucket. */
export interface PublishedObject {
  key: string;
  lastModified: Date;
  /** Bytes and MD5; unknown of a generated month that nobody has asked for. */
  content?: { size: number; md5: string };
}

/** Where the open-data server takes its files from. */
export interface Source {
  /** The bucket's objects in the order of their keys. */
  objects: () => PublishedObject[];
  /** Path of an object's file; undefined when there is no such object. */
  fileOf: (key: string) => string | undefined;
  /** Path of the counties file. */
  counties: string;
}

const byKey = (a: PublishedObject, b: PublishedObject) => (a.key < b.key ? -1 : 1);

const hashes = new Map<string, string>();

/** Size and MD5 of a file, read anew only when the file has changed. */
function contentOf(path: string) {
  const { size, mtimeMs } = statSync(path);
  const version = `${path} ${size} ${mtimeMs}`;
  const md5 = hashes.get(version) ?? createHash("md5").update(readFileSync(path)).digest("hex");
  hashes.set(version, md5);
  return { size, md5 };
}

/** Writes a file so that it is there whole or not at all, whenever the process is killed. */
function writeWhole(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.part`, content);
  renameSync(`${path}.part`, path);
}

/**
 * Generated months: each is made when it is first asked for, and kept.
 * @param folder where they are kept, one folder a size
 * @param trips trips of an average month
 */
export function generatedSource(folder: string, trips: number): Source {
  const kept = join(folder, `generated-${trips}`);
  mkdirSync(kept, { recursive: true });
  const counties = join(kept, "counties.csv");
  if (!existsSync(counties)) writeWhole(counties, countiesCsv());
  return {
    counties,
    objects: () =>
      publishedCatalogue
        .map(({ objectName: key, published: lastModified }) => {
          const file = join(kept, key);
          return existsSync(file) ? { key, lastModified, content: contentOf(file) } : { key, lastModified };
        })
        .sort(byKey),
    fileOf: (key) => {
      const month = publishedCatalogue.find(({ objectName }) => objectName === key);
      if (month === undefined) return undefined;
      const file = join(kept, key);
      if (!existsSync(file)) writeWhole(file, archiveOf(month, trips));
      return file;
    },
  };
}

/**
 * The files of a folder as they are, laid out like the two sources.
 * @throws Error when a part of that layout is missing
 */
export function folderSource(folder: string): Source {
  const bucket = join(folder, "baywheels-data");
  const counties = join(folder, "resource", "wamw-vt4s.csv");
  for (const path of [bucket, counties]) {
    if (existsSync(path)) continue;
    throw new Error(`${path} is missing: a data folder holds baywheels-data/<month>.zip and resource/wamw-vt4s.csv`);
  }
  const keys = () => readdirSync(bucket).filter((name) => statSync(join(bucket, name)).isFile());
  return {
    counties,
    objects: () =>
      keys()
        .map((key) => ({ key, lastModified: statSync(join(bucket, key)).mtime, content: contentOf(join(bucket, key)) }))
        .sort(byKey),
    fileOf: (key) => (keys().includes(key) ? join(bucket, key) : undefined),
  };
}
