import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { countiesCsv } from "../../../local/openData/counties";
import { csvOf } from "../../../local/openData/csv";
import { tripsOf, type Trip } from "../../../local/openData/trips";

/** Months of the folder, oldest first: four in a row, other ones at each run. */
export const months = fourMonths();

function fourMonths(): string[] {
  const first = Math.floor(Math.random() * 32);
  return Array.from({ length: 4 }, (_, i) => new Date(Date.UTC(2023, first + i)).toISOString().slice(0, 7));
}

const tripsPerMonth = 300;
const minute = 60_000;

/** Rows that are no rides, with as many columns as the file's. */
const refused = [
  "NO-END,classic_bike,2025-02-03 10:00:00,,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member",
  "NO-DAY,classic_bike,2025-02-30 10:00:00,2025-02-30 10:05:00,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member",
  "FAR-AWAY,classic_bike,2019-02-03 10:00:00,2019-02-03 10:05:00,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member",
  ",classic_bike,2025-02-03 10:00:00,2025-02-03 10:05:00,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member",
];

/**
 * The rides of a month's file: its own, and again those that started on the last two days of the month before, with
 * another end and some with another start, as happens when a source is corrected.
 */
function ridesOf(month: string, before: string | undefined): Trip[] {
  const own = [...tripsOf(month, tripsPerMonth)];
  if (before === undefined) return own;
  const begin = Date.parse(`${month}-01T00:00:00Z`);
  const late = [...tripsOf(before, tripsPerMonth)].filter(({ startedAt }) => startedAt > begin - 2 * 24 * 60 * minute);
  return [
    ...own,
    ...late.map((trip, i) => ({
      ...trip,
      startedAt: trip.startedAt - (i % 3) * minute,
      endedAt: trip.endedAt + minute,
    })),
  ];
}

/**
 * Writes the files of both sources into a folder for `local:dataDir`: small months, in both quoting styles, with rides
 * in two files, copies, and rows that are no rides.
 * @returns the data rows of each month's file, and the distinct rides among them
 */
export function writePublishedFolder(folder: string): Record<string, { rows: number; rides: number }> {
  mkdirSync(join(folder, "baywheels-data"), { recursive: true });
  mkdirSync(join(folder, "resource"));
  writeFileSync(join(folder, "resource", "wamw-vt4s.csv"), countiesCsv());
  const written: Record<string, { rows: number; rides: number }> = {};
  for (const [index, month] of months.entries()) {
    const name = `${month.replace("-", "")}-baywheels-tripdata.csv`;
    const described = {
      month,
      objectName: `${name}.zip`,
      csvName: name,
      quoted: index % 2 === 1,
      published: new Date(),
    };
    const rides = ridesOf(month, months[index - 1]);
    const csv = [...csvOf(described, rides)].join("") + refused.map((row) => `${row}\n`).join("");
    written[month] = {
      rows: rides.length + refused.length,
      rides: new Set(rides.map(({ rideId }) => rideId)).size,
    };
    writeFileSync(join(folder, "baywheels-data", `${name}.zip`), zipSync({ [name]: strToU8(csv) }));
  }
  return written;
}
