import type { PublishedMonth } from "./catalogue";
import type { Place, Trip } from "./trips";

const columns = [
  "ride_id",
  "rideable_type",
  "started_at",
  "ended_at",
  "start_station_name",
  "start_station_id",
  "end_station_name",
  "end_station_id",
  "start_lat",
  "start_lng",
  "end_lat",
  "end_lng",
  "member_casual",
];

/** Characters of a wall-clock time: with milliseconds, or to the second. */
const withMilliseconds = 23;
const toTheSecond = 19;

const stationOf = ({ station, stationId }: Place) => [station, stationId];

/** Rows of one piece of text. */
const rowsOfPiece = 1000;

/** A month's file as the source writes it, in the style of that month, piece by piece. No value holds a comma or a quote. */
export function* csvOf({ quoted }: PublishedMonth, trips: Iterable<Trip>): Generator<string> {
  const time = (wall: number) =>
    new Date(wall)
      .toISOString()
      .replace("T", " ")
      .slice(0, quoted ? withMilliseconds : toTheSecond);
  const line = (values: string[]) => (quoted ? `"${values.join('","')}"\n` : `${values.join(",")}\n`);
  let lines = [line(columns)];
  for (const trip of trips) {
    const { start, end } = trip;
    const when = [time(trip.startedAt), time(trip.endedAt)];
    const where = [...stationOf(start), ...stationOf(end), start.lat, start.lng, end.lat, end.lng];
    if (lines.push(line([trip.rideId, trip.rideableType, ...when, ...where, trip.memberCasual])) < rowsOfPiece)
      continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
}
