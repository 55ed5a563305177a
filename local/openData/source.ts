import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { contentHash } from "../tools/contentHash";
import { writeArchive } from "./archive";
import { publishedArchives } from "./catalogue";
import { countiesCsv } from "./counties";
import { defaultIrregularities, irregularityNames, type Irregularities } from "./irregularities";

/** An object of the trips' bucket. */
export interface PublishedObject {
  key: string;
  lastModified: Date;
  /** Bytes and MD5; unknown for an archive that isn't generated yet. */
  content?: { size: number; md5: string };
}

/** A source of the open-data server's files. */
export interface Source {
  /** Every key of the bucket, ascending. */
  keys: () => string[];
  /** Describes a key's object without generating it. */
  describe: (key: string) => Promise<PublishedObject>;
  /** Path of a key's file, which is generated if necessary. */
  fileOf: (key: string) => Promise<string>;
  /** Path of the counties file. */
  counties: string;
}

const hashes = new Map<string, { version: string; md5: string }>();

/** Time, size and MD5 of a file; the hash is computed only when the file has changed. */
export async function describeFile(key: string, path: string): Promise<Required<PublishedObject>> {
  const { size, mtime, mtimeMs } = statSync(path);
  const version = `${size} ${mtimeMs}`;
  let known = hashes.get(path);
  if (known?.version !== version) {
    const hash = createHash("md5");
    await pipeline(createReadStream(path), hash);
    known = { version, md5: hash.digest("hex") };
    hashes.set(path, known);
  }
  return { key, lastModified: mtime, content: { size, md5: known.md5 } };
}

/** The bucket's own page: an object that isn't a month. */
const page = "<!doctype html>\n<title>baywheels-data</title>\n<p>Trips of Bay Wheels, one archive per month.</p>\n";

/** 8 hex digits that identify a set of irregularities, whatever its order. */
function hashOf(on: Irregularities): string {
  const names = irregularityNames.filter((name) => on.has(name));
  return createHash("sha256").update(names.join()).digest("hex").slice(0, 8);
}

/**
 * Generated months: each is generated on the first request and kept.
 * @param folder keeps them, in one folder per size, set of irregularities and version of the generator
 * @param trips trips of an average month
 */
export function generatedSource(folder: string, trips: number, on: Irregularities = defaultIrregularities): Source {
  const kept = join(folder, `generated-${trips}-${hashOf(on)}-${contentHash([__dirname])}`);
  mkdirSync(kept, { recursive: true });
  const counties = join(kept, "counties.csv");
  writeFileSync(counties, countiesCsv());
  writeFileSync(join(kept, "index.html"), page);
  const archives = new Map(publishedArchives(on).map((archive) => [archive.objectName, archive]));
  const keys = [...archives.keys(), "index.html"].sort();
  const underWay = new Map<string, Promise<void>>();
  return {
    counties,
    keys: () => keys,
    describe: async (key) => {
      const file = join(kept, key);
      return existsSync(file) ? describeFile(key, file) : { key, lastModified: archives.get(key)!.published };
    },
    fileOf: async (key) => {
      const file = join(kept, key);
      if (existsSync(file)) return file;
      const work =
        underWay.get(key) ?? writeArchive(file, archives.get(key)!, trips, on).finally(() => underWay.delete(key));
      underWay.set(key, work);
      await work;
      return file;
    },
  };
}

/**
 * The files of a folder with the layout of the two sources.
 * @throws Error when a part of that layout is missing
 */
export function folderSource(folder: string): Source {
  const bucket = join(folder, "baywheels-data");
  const counties = join(folder, "resource", "wamw-vt4s.csv");
  const layout = "a data folder holds baywheels-data/<month>.zip and resource/wamw-vt4s.csv";
  for (const path of [bucket, counties]) if (!existsSync(path)) throw new Error(`${path} is missing: ${layout}`);
  const keys = () =>
    readdirSync(bucket)
      .filter((name) => statSync(join(bucket, name)).isFile())
      .sort();
  if (!keys().some((name) => name.endsWith(".zip"))) throw new Error(`${bucket} holds no .zip: ${layout}`);
  return {
    counties,
    keys,
    describe: (key) => describeFile(key, join(bucket, key)),
    fileOf: (key) => Promise.resolve(join(bucket, key)),
  };
}
