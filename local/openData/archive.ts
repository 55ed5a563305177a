import { closeSync, openSync, renameSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { setImmediate as othersTurn } from "node:timers/promises";
import { strToU8, Zip, ZipDeflate } from "fflate";
import type { PublishedArchive } from "./catalogue";
import { csvOf } from "./csv";
import { rowsOf } from "./dirt";
import type { Irregularities } from "./irregularities";
import type { Row } from "./trips";

/** What macOS adds for each file that it packs: an empty AppleDouble header (RFC 1740, version 2). */
const resourceFork = new Uint8Array([0x00, 0x05, 0x16, 0x07, 0x00, 0x02, 0x00, 0x00, ...new Array<number>(18).fill(0)]);

/** Time stamp of all entries. Zips hold local times, so the same local time gives the same bytes everywhere. */
const packed = new Date(2020, 0, 1);

/** The content of a corrupt archive: the magic number of a local file header, followed by garbage. */
const corrupt = `PK\u0003\u0004${"this is no archive\n".repeat(100)}`;

function* allRows(months: string[], trips: number, on: Irregularities): Generator<Row> {
  for (const month of months) yield* rowsOf(month, trips, on);
}

/** Writes the zip in pieces: memory doesn't grow with the month, and other requests are answered meanwhile. */
async function writeZip(file: string, archive: PublishedArchive, rows: Iterable<Row>): Promise<void> {
  const descriptor = openSync(file, "w");
  try {
    const zip = new Zip((error, chunk) => {
      if (error) throw error;
      for (let written = 0; written < chunk.length;) written += writeSync(descriptor, chunk, written);
    });
    const add = (name: string) => {
      const entry = new ZipDeflate(name, { level: 6 });
      entry.mtime = packed;
      zip.add(entry);
      return entry;
    };
    const csv = add(archive.csvName);
    for (const piece of csvOf(archive, rows)) {
      csv.push(strToU8(piece));
      await othersTurn();
    }
    csv.push(new Uint8Array(), true);
    if (archive.resourceFork) add(`__MACOSX/._${archive.csvName}`).push(resourceFork, true);
    zip.end();
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes an archive as the source publishes it: the CSV and the resource fork that macOS adds. The compressor is
 * JavaScript because zlib's output differs between builds. The complete file is renamed to its name: a killed process
 * leaves `<file>.part`, which the next one overwrites.
 * @param trips trips of an average month
 * @throws Error of the file system, such as ENOSPC
 */
export async function writeArchive(
  file: string,
  archive: PublishedArchive,
  trips: number,
  on: Irregularities,
): Promise<void> {
  const part = `${file}.part`;
  if (archive.corrupt) writeFileSync(part, corrupt);
  else await writeZip(part, archive, allRows(archive.months, trips, on));
  utimesSync(part, archive.published, archive.published);
  renameSync(part, file);
}
