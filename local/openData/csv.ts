import { stations } from "./stations";
import type { Place, Row } from "./trips";

/** How a month's CSV is written. */
export interface Style {
  /** Style of the present schema. True: all values quoted, times with milliseconds. False: no quotes, whole seconds. */
  quoted: boolean;
  /** Columns of the schema until early 2020; undefined: the present schema. */
  old?: OldColumns;
}

/** Differences between months of the old schema. */
export interface OldColumns {
  /** Year of birth, gender, and whether the rider is on the low-income plan. */
  personal: boolean;
  /** How the bike was unlocked. */
  rentalAccess: boolean;
  /** A last column without name and values. */
  empty: boolean;
  /** Id and name of an unknown station. */
  unknown: string;
}

interface Column {
  name: string;
  quoted: boolean;
  of: (row: Row) => string;
}

/** Columns up to the start station's name in both schemas: a surplus value follows it, like after a comma in a name. */
const afterStationName = 5;

/** Rows per piece of text. */
const rowsOfPiece = 1000;

/** Length of a wall-clock time with milliseconds, and to the second. */
const withMilliseconds = 23;
const toTheSecond = 19;

const timeText = (wall: number) => new Date(wall).toISOString().replace("T", " ");

function presentColumns(quoted: boolean): Column[] {
  const time = (wall: number) => timeText(wall).slice(0, quoted ? withMilliseconds : toTheSecond);
  const values: Record<string, (row: Row) => string> = {
    ride_id: (row) => row.rideId,
    rideable_type: (row) => row.rideableType,
    started_at: (row) => row.startText ?? time(row.startedAt),
    ended_at: (row) => row.endText ?? time(row.endedAt),
    start_station_name: (row) => row.start.station,
    start_station_id: (row) => row.start.stationId,
    end_station_name: (row) => row.end.station,
    end_station_id: (row) => row.end.stationId,
    start_lat: (row) => row.start.lat,
    start_lng: (row) => row.start.lng,
    end_lat: (row) => row.end.lat,
    end_lng: (row) => row.end.lng,
    member_casual: (row) => row.memberCasual,
  };
  return Object.entries(values).map(([name, of]) => ({ name, quoted, of }));
}

/** Old stations have integer ids. */
const oldStationIds = new Map(stations.map(({ id }, index) => [id, String(index + 3)]));

/** A number below `bound` derived from the ride's id, for columns that only the old schema has. */
const trait = ({ rideId }: Row, bound: number) => parseInt(rideId.slice(-8), 16) % bound;

function oldColumns({ personal, rentalAccess, empty, unknown }: OldColumns): Column[] {
  const number = (name: string, of: Column["of"]) => ({ name, quoted: false, of });
  const text = (name: string, of: Column["of"]) => ({ name, quoted: true, of });
  const time = (wall: number) => `${timeText(wall).slice(0, withMilliseconds)}0`;
  const place = (name: string, of: (row: Row) => Place) => [
    number(`${name}_station_id`, (row) => oldStationIds.get(of(row).stationId) ?? unknown),
    text(`${name}_station_name`, (row) => of(row).station || unknown),
    number(`${name}_station_latitude`, (row) => of(row).lat),
    number(`${name}_station_longitude`, (row) => of(row).lng),
  ];
  const riders = [
    number("member_birth_year", (row) => (trait(row, 16) === 0 ? "" : String(1950 + trait(row, 50)))),
    text("member_gender", (row) => ["Male", "Female", "Male", "Other", ""][trait(row, 5)]!),
    text("bike_share_for_all_trip", (row) => (trait(row, 11) === 0 ? "Yes" : "No")),
  ];
  return [
    number("duration_sec", (row) => String(Math.floor(row.elapsed / 1000))),
    text("start_time", (row) => row.startText ?? time(row.startedAt)),
    text("end_time", (row) => row.endText ?? time(row.endedAt)),
    ...place("start", ({ start }) => start),
    ...place("end", ({ end }) => end),
    number("bike_id", (row) => String(11 + trait(row, 4001))),
    text("user_type", (row) => (row.memberCasual === "member" ? "Subscriber" : "Customer")),
    ...(personal ? riders : []),
    ...(rentalAccess ? [text("rental_access_method", (row) => (trait(row, 3) === 0 ? "clipper" : "app"))] : []),
    ...(empty ? [number("", () => "")] : []),
  ];
}

/** A month's CSV in the source's style of that month, piece by piece. No value contains a comma or a quote. */
export function* csvOf({ quoted, old }: Style, rows: Iterable<Row>): Generator<string> {
  const columns = old ? oldColumns(old) : presentColumns(quoted);
  const cell = (value: string, inQuotes: boolean) => (inQuotes ? `"${value}"` : value);
  const line = (row: Row) => {
    const cells = columns.map((column) => cell(column.of(row), column.quoted));
    if (row.extra !== undefined) {
      const extra = cell(row.extra, columns[afterStationName - 1]!.quoted);
      // with an empty last column, a single surplus value would only shift the others
      cells.splice(afterStationName, 0, ...(old?.empty ? [extra, extra] : [extra]));
    }
    return `${cells.join(",")}\n`;
  };
  // the old schema quotes the names of its number columns too, but not the empty name
  const head = columns.map(({ name, quoted }) => cell(name, old ? name !== "" : quoted));
  let lines = [`${head.join(",")}\n`];
  for (const row of rows) {
    if (lines.push(line(row)) < rowsOfPiece) continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
}
