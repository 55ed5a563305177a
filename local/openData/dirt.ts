import { irregularitiesOf, type Irregularities } from "./irregularities";
import { Random } from "./random";
import { irregularRows, lasting, nowhere, rideMaker, tripsOf, type Place, type Row, type Trip } from "./trips";

const hour = 3_600_000;
const day = 24 * hour;

const at = (lat: string, lng: string): Place => ({ ...nowhere, lat, lng });

/** Portland, Los Angeles, Montreal. */
const farAway = [at("45.52", "-122.68"), at("34.05", "-118.24"), at("45.5", "-73.57")] as const;

/**
 * Makes the `index`th dirty row of each kind from a ride. Each has a single fault, so that the reason of its rejection
 * is certain; one that ends at 0,0 isn't rejected.
 */
const dirt = {
  zeroCoordinates: (trip) => ({ ...trip, end: at("0.0", "0.0") }),
  endBeforeStart: (trip, index) => lasting(trip, -(index + 2) * hour),
  overADay: (trip, index) => lasting(trip, (index + 1) * 25 * hour),
  extraField: (trip) => ({ ...trip, extra: "Unit 3" }),
  badTimestamps: (trip, index) => {
    if (index === 0) return { ...trip, startText: `${new Date(trip.startedAt).toISOString().slice(0, 7)}-32 10:00:00` };
    if (index === 1) return { ...trip, endText: "" };
    return { ...trip, startedAt: trip.startedAt - 365 * day, endedAt: trip.endedAt - 365 * day };
  },
  // a latitude alone isn't a location
  noCoordinates: (trip, index) => ({ ...trip, start: index === 1 ? at(trip.start.lat, "") : nowhere, end: nowhere }),
  outsideBayArea: (trip, index) => ({ ...trip, [index === 1 ? "start" : "end"]: farAway[index % farAway.length] }),
} as const satisfies Record<string, (trip: Trip, index: number) => Row>;

const kinds = Object.keys(dirt) as (keyof typeof dirt)[];

/** A month's dirty rows. Each kind has its own random numbers, so that kinds don't affect each other. */
function dirtOf(month: string, on: Irregularities): Row[] {
  const has = irregularitiesOf(month, on);
  const make = rideMaker(month, on);
  const begin = Date.parse(month);
  return kinds.filter(has).flatMap((kind) => {
    const random = new Random(Number(month.replace("-", "")) * 100 + kinds.indexOf(kind));
    // days without a clock change
    const start = () => begin + Math.floor(random.between(15, 25) * day);
    return Array.from({ length: irregularRows }, (_, index) => dirt[kind](make(random, start()), index));
  });
}

/**
 * The rows of a month's file: its trips in order, interspersed with dirty rows.
 * @param average trips of an average month
 */
export function* rowsOf(month: string, average: number, on: Irregularities): Generator<Row> {
  const dirty = dirtOf(month, on);
  // every month has at least four fifths of the average number of trips
  const apart = Math.max(1, Math.floor((average * 0.8) / (dirty.length + 1)));
  let next = apart;
  for (const trip of tripsOf(month, average, on)) {
    yield trip;
    if (--next > 0) continue;
    next = apart;
    const row = dirty.shift();
    if (row) yield row;
  }
  yield* dirty;
}
