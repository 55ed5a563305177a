import { defaultIrregularities, irregularitiesOf, type Irregularities } from "./irregularities";
import { isSkipped, wallAfter } from "./pacificClock";
import { cumulative, Random } from "./random";
import { kilometres, stations, type Station } from "./stations";

/** One end of a trip; unknown values are empty. */
export interface Place {
  station: string;
  stationId: string;
  /** Degrees as published. */
  lat: string;
  lng: string;
}

/** One ride. */
export interface Trip {
  /** 16 hex digits. */
  rideId: string;
  rideableType: "classic_bike" | "electric_bike" | "docked_bike";
  /** San Francisco wall clock in milliseconds, counted as if the zone were UTC. */
  startedAt: number;
  endedAt: number;
  /** Duration in milliseconds. */
  elapsed: number;
  start: Place;
  end: Place;
  memberCasual: "member" | "casual";
}

/** A row of a file: a ride, or a dirty row made from one. */
export interface Row extends Trip {
  /** Texts that replace the two times. */
  startText?: string;
  endText?: string;
  /** A surplus value in the middle of the row. */
  extra?: string;
}

const minute = 60_000;
const hour = 60 * minute;

/** Trips of a month as a share of an average one, from January on. */
const seasons = [0.83, 0.86, 0.95, 0.98, 1.04, 1.06, 1.07, 1.1, 1.12, 1.13, 0.98, 0.88];

/** Weights of the weekdays from Sunday on, and of the hours on workdays and at weekends. */
const weekdays = [0.8, 0.97, 1.06, 1.1, 1.08, 1.05, 0.94];
const workdayHours = [
  ...[6, 3, 2, 1, 2, 8, 25, 60, 95, 70, 45, 48],
  ...[55, 55, 56, 64, 85, 112, 105, 70, 45, 32, 24, 14],
];
const weekendHours = [
  ...[18, 12, 7, 3, 2, 4, 8, 18, 35, 55, 72, 83],
  ...[90, 92, 92, 90, 86, 80, 70, 55, 42, 34, 30, 24],
];

/** Rows of each irregular kind in every file, whatever its size. */
export const irregularRows = 3;

/** Weights by which a trip from each station ends at each other one of its region: most go 0.5 to 5 km. */
const destinations = stations.map((from) =>
  cumulative(
    stations.map((to) => {
      const distance = kilometres(from, to);
      const reach = distance / 1.3;
      return to.region === from.region ? (to.popularity * distance) / (1 + reach * reach * reach) : 0;
    }),
  ),
);
const origins = cumulative(stations.map(({ popularity }) => popularity));

const rounded = (value: number, scale: number) => String(Math.round(value * scale) / scale);

/** What the month's irregularities make of a trip. */
interface Traits {
  dockless: boolean;
  /** A factor: coordinates where no station is are cut to as many decimals as it has zeros. */
  scale: number;
  missingEnds: boolean;
  /** What a docked bike is called; in newer months it is a classic bike like others. */
  docked: Trip["rideableType"];
}

/** About where a station is: a free-standing bike, a bike's own receiver at a dock, or the dock itself. */
function placeOf(station: Station, random: Random, electric: boolean, { dockless, scale }: Traits): Place {
  const { name, id, lat, lng } = station;
  if (electric && random.chance(0.28) && dockless) {
    const near = (value: number) => rounded(value + random.between(-0.003, 0.003), scale);
    return { station: "", stationId: "", lat: near(lat), lng: near(lng) };
  }
  const read = (value: number) => (electric ? rounded(value + random.between(-0.0002, 0.0002), 1e9) : String(value));
  return { station: name, stationId: id, lat: read(lat), lng: read(lng) };
}

export const nowhere: Place = { station: "", stationId: "", lat: "", lng: "" };

/** Milliseconds of a ride: its way at a bike's speed, with stops; a round trip is as long as the rider likes. */
function durationOf(from: Station, to: Station, random: Random, electric: boolean, member: boolean): number {
  if (from === to) return random.between(6, member ? 25 : 60) * minute;
  const kilometresPerHour = (electric ? random.between(13, 21) : random.between(10, 16)) * (member ? 1 : 0.8);
  return ((kilometres(from, to) * 1.25) / kilometresPerHour) * hour + random.between(0.5, member ? 3 : 8) * minute;
}

const sumOf = (weights: number[]) => weights.reduce((total, weight) => total + weight, 0);
const workdaySum = sumOf(workdayHours);
const weekendSum = sumOf(weekendHours);

/** Draws a month's starts: by weekday and hour, evenly within the hour. */
function startsOf(begin: number, end: number): (random: Random) => number {
  const hours = Array.from({ length: (end - begin) / hour }, (_, i) => begin + i * hour);
  const weights = hours.map((time) => {
    const date = new Date(time);
    const weekday = date.getUTCDay();
    const hourOfDay = date.getUTCHours();
    const share = weekday % 6 === 0 ? weekendHours[hourOfDay]! / weekendSum : workdayHours[hourOfDay]! / workdaySum;
    return isSkipped(time) ? 0 : weekdays[weekday]! * share;
  });
  const sums = cumulative(weights);
  return (random) => hours[random.pick(sums)]! + Math.floor(random.between(0, hour));
}

const hex = (bits: number) => bits.toString(16).toUpperCase().padStart(8, "0");

/** First millisecond of a month and of the next one, as wall clocks. */
function bounds(month: string): { begin: number; end: number; number: number } {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return { begin: Date.UTC(year, number - 1), end: Date.UTC(year, number), number };
}

/** Makes rides of a month, each with what the month's irregularities give to it. */
export function rideMaker(month: string, on: Irregularities): (random: Random, startedAt: number) => Trip {
  const has = irregularitiesOf(month, on);
  const traits: Traits = {
    dockless: has("docklessTrips"),
    scale: has("cutCoordinates") ? 100 : 1e6,
    missingEnds: has("missingEnds"),
    docked: has("dockedBikes") ? "docked_bike" : "classic_bike",
  };
  return (random, startedAt) => ride(random, startedAt, traits);
}

/** The same ride with another length. */
export const lasting = (trip: Trip, elapsed: number): Trip => ({
  ...trip,
  elapsed,
  endedAt: wallAfter(trip.startedAt, elapsed),
});

/** Rides of the neighbouring months at both edges, and some that lead over. */
function* edgesOf(month: string, on: Irregularities): Generator<Trip> {
  const { begin, end } = bounds(month);
  const random = new Random(begin / hour);
  const make = rideMaker(month, on);
  const within = (from: number, before: number) => make(random, Math.floor(random.between(from, before)));
  for (let i = 0; i < irregularRows; i++) {
    yield within(begin - 10 * minute, begin - minute);
    const last = within(end - 10 * minute, end);
    yield lasting(last, Math.max(last.elapsed, 12 * minute));
    yield within(end, end + 10 * minute);
  }
}

/**
 * The trips of a month, unordered, the same at every call. The regular ones come first and don't depend on the
 * irregularities.
 * @param month such as `2025-03`
 * @param average trips of an average month; the seasons vary it by up to 17 %
 */
export function* tripsOf(month: string, average: number, on = defaultIrregularities): Generator<Trip> {
  const has = irregularitiesOf(month, on);
  const { begin, end, number } = bounds(month);
  const random = new Random(Number(month.replace("-", "")));
  const drawStart = startsOf(begin, end);
  const make = rideMaker(month, on);
  const copies: Trip[] = [];
  for (let left = Math.round(average * seasons[number - 1]!); left > 0; left--) {
    const trip = make(random, drawStart(random));
    if (copies.length < irregularRows) copies.push(trip);
    yield trip;
  }
  if (has("edgeRows")) yield* edgesOf(month, on);
  if (has("duplicateRides")) yield* copies;
}

/** A ride, by as many random numbers whatever its traits are. */
function ride(random: Random, startedAt: number, traits: Traits): Trip {
  const rideId = hex(random.bits()) + hex(random.bits());
  const weekend = new Date(startedAt).getUTCDay() % 6 === 0;
  const docked = random.chance(0.04);
  const electric = !docked && random.chance(0.58);
  // only casual riders have docked bikes in the source
  const member = !docked && random.chance(weekend ? 0.56 : 0.7);
  const origin = random.pick(origins);
  const from = stations[origin]!;
  const to = random.chance(0.03) ? from : stations[random.pick(destinations[origin]!)]!;
  const elapsed = Math.floor(durationOf(from, to, random, electric, member));
  const start = placeOf(from, random, electric, traits);
  const end = placeOf(to, random, electric, traits);
  return {
    rideId,
    rideableType: docked ? traits.docked : electric ? "electric_bike" : "classic_bike",
    startedAt,
    endedAt: wallAfter(startedAt, elapsed),
    elapsed,
    start,
    end: random.chance(0.002) && traits.missingEnds ? nowhere : end,
    memberCasual: member ? "member" : "casual",
  };
}
