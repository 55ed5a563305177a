import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { writeArchive } from "../../../openData/archive";
import type { PublishedArchive } from "../../../openData/catalogue";
import type { Irregularities } from "../../../openData/irregularities";

/** The bytes of a generated archive. */
export async function bytesOf(archive: PublishedArchive, trips: number, on: Irregularities): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "open-data-"));
  try {
    await writeArchive(join(folder, "month.zip"), archive, trips, on);
    const names = readdirSync(folder);
    if (names.join() !== "month.zip") throw new Error(`left behind: ${names.join(", ")}`);
    return readFileSync(join(folder, "month.zip"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A row's values by the present schema's names; null where nothing or NULL stands. */
export type Fields = Record<string, string | null>;

const presentNames: Record<string, string> = {
  start_time: "started_at",
  end_time: "ended_at",
  start_station_latitude: "start_lat",
  start_station_longitude: "start_lng",
  end_station_latitude: "end_lat",
  end_station_longitude: "end_lng",
  user_type: "member_casual",
};

const split = (line: string) =>
  [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^",]*))/g)].map(([, quoted, plain]) => quoted ?? plain!);

/** A generated archive as a reader finds it. */
export class GeneratedMonth {
  /** Files of the zip by name, in their order. */
  readonly files: Record<string, string>;
  /** Lines of the CSV, the header first. */
  readonly lines: string[];
  /** Names of the columns as published. */
  readonly header: string[];

  constructor(
    bytes: Uint8Array,
    readonly month: string,
  ) {
    const files = Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content, true)]);
    this.files = Object.fromEntries(files) as Record<string, string>;
    this.lines = files[0]![1]!.trimEnd().split("\n");
    this.header = split(this.lines[0]!);
  }

  private get values(): string[][] {
    return this.lines.slice(1).map(split);
  }

  /** Rows in their order; of one with too many values, the first ones. */
  get rows(): Fields[] {
    const names = this.header.map((name) => presentNames[name] ?? name);
    const known = (value: string | undefined) => (!value || value === "NULL" ? null : value);
    return this.values.map((values) => Object.fromEntries(names.map((name, i) => [name, known(values[i])])));
  }

  /** How many rows there are to reject for each reason, by the rules that flow 04_gcp_load_month follows. */
  get rejected(): Record<string, number> {
    const counts: Record<string, number> = {};
    const seen = new Set<string>();
    const { values } = this;
    for (const [index, row] of this.rows.entries()) {
      const id =
        row.ride_id ?? [row.bike_id, row.started_at, row.ended_at, row.duration_sec, row.member_casual].join("|");
      const surplus = values[index]!.slice(this.header.length);
      const reason =
        values[index]!.length < this.header.length ||
        surplus.some((value) => value !== "") ||
        !(row.ride_id ?? row.bike_id)
          ? "malformed"
          : (this.wrongTime(row) ?? wrongPlace(row) ?? (seen.has(id) ? "duplicate" : undefined));
      if (reason) counts[reason] = (counts[reason] ?? 0) + 1;
      else seen.add(id);
    }
    return counts;
  }

  /** Holds for months in which no clock changes. */
  private wrongTime({ started_at: start, ended_at: end }: Fields): string | undefined {
    const [year, number] = this.month.split("-").map(Number) as [number, number];
    const [started, ended] = [Date.parse(`${start}Z`), Date.parse(`${end}Z`)];
    const near = started >= Date.UTC(year, number - 2) && started < Date.UTC(year, number + 1);
    if (!near || Number.isNaN(ended)) return "bad timestamp";
    if (ended < started) return "end before start";
    return ended - started > 86_400_000 ? "over 24 h" : undefined;
  }
}

function wrongPlace(row: Fields): string | undefined {
  const places = [
    [Number(row.start_lat), Number(row.start_lng)],
    [Number(row.end_lat), Number(row.end_lng)],
  ] as const;
  const known = places.filter(([lat, lng]) => lat !== 0 && lng !== 0);
  if (known.length === 0) return "no coordinates";
  const inside = known.every(([lat, lng]) => lat >= 36.8 && lat <= 38.9 && lng >= -123.7 && lng <= -121.2);
  return inside ? undefined : "outside the Bay Area";
}
