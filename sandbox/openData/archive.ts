import { closeSync, openSync, renameSync, utimesSync, writeSync } from "node:fs";
import { setImmediate as othersTurn } from "node:timers/promises";
import { strToU8, Zip, ZipDeflate } from "fflate";
import type { PublishedMonth } from "./catalogue";
import { csvOf } from "./csv";
import { tripsOf } from "./trips";

/** What macOS leaves beside a file that it packs: an AppleDouble header (RFC 1740, magic number and version 2) without content. */
const resourceFork = new Uint8Array([0x00, 0x05, 0x16, 0x07, 0x00, 0x02, 0x00, 0x00, ...new Array<number>(18).fill(0)]);

/** Time stamp of all entries. Zips hold local times: the same parts of it on every machine make the same bytes. */
const packed = new Date(2020, 0, 1);

/**
 * Writes the zip of a month as the source publishes it: the CSV, and the resource fork that macOS adds. It is written in pieces, so that
 * memory does not grow with the month and other requests get their turn. The compressor is JavaScript: zlib's output differs between
 * builds. The file gets its name when it is whole: a killed process leaves `<file>.part`, which the next one overwrites.
 * @param trips trips of an average month
 * @throws Error of the file system, such as ENOSPC
 */
export async function writeArchive(file: string, month: PublishedMonth, trips: number): Promise<void> {
  const part = `${file}.part`;
  const descriptor = openSync(part, "w");
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
    const csv = add(month.csvName);
    for (const piece of csvOf(month, tripsOf(month.month, trips))) {
      csv.push(strToU8(piece));
      await othersTurn();
    }
    csv.push(new Uint8Array(), true);
    add(`__MACOSX/._${month.csvName}`).push(resourceFork, true);
    zip.end();
  } finally {
    closeSync(descriptor);
  }
  utimesSync(part, month.published, month.published);
  renameSync(part, file);
}
