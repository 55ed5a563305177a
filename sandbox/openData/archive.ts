import { strToU8, zipSync } from "fflate";
import type { PublishedMonth } from "./catalogue";
import { csvOf } from "./csv";
import { tripsOf } from "./trips";

/** What macOS leaves beside a file that it packs: an AppleDouble header (RFC 1740, magic number and version 2) without content. */
const resourceFork = new Uint8Array([0x00, 0x05, 0x16, 0x07, 0x00, 0x02, 0x00, 0x00, ...new Array<number>(18).fill(0)]);

/** Time stamp of all entries. Zips hold local times: the same parts of it on every machine make the same bytes. */
const packed = new Date(2020, 0, 1);

/**
 * The zip of a month as the source publishes it: the CSV, and the resource fork that macOS adds.
 * @param trips trips of an average month
 */
export function archiveOf(month: PublishedMonth, trips: number): Uint8Array {
  const csv = strToU8(csvOf(month, tripsOf(month.month, trips)));
  return zipSync({ [month.csvName]: csv, [`__MACOSX/._${month.csvName}`]: resourceFork }, { level: 6, mtime: packed });
}
