import type { Figure, MonthOfHistory } from "./figures";

/** A month late in the history may take this many times what an early one took. */
const mostGrowth = 1.2;

/** The middle one of some numbers, or the mean of both middle ones; NaN of none. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}

/** First and last third of months, rounded up. */
export function thirds<T>(months: T[]): { first: T[]; last: T[] } {
  const size = Math.ceil(months.length / 3);
  return { first: months.slice(0, size), last: months.slice(-size) };
}

function ratio(what: string, late: number, early: number, note?: string): Figure {
  return { what, value: late / early, unit: "x", target: mostGrowth, ...(note === undefined ? {} : { note }) };
}

/**
 * Whether a month costs the same however long the history is: the last one beside the second, medians and peaks of memory of the last third
 * beside the first. The first month is left out but for memory: its build makes all tables anew.
 */
export function verdictsOf(history: MonthOfHistory[]): Figure[] {
  const grown = history.slice(1);
  const early = grown[0]!;
  const late = grown.at(-1)!;
  const { first, last } = thirds(grown);
  const seconds = (["loadSeconds", "buildSeconds"] as const).flatMap((key) => {
    const what = key === "loadSeconds" ? "Load" : "Build";
    const perTrip = (each: MonthOfHistory) => each[key] / each.trips;
    return [
      ratio(`${what}: month ${history.length} to month 2`, late[key], early[key]),
      ratio(`${what} per trip: month ${history.length} to month 2`, perTrip(late), perTrip(early)),
      ratio(
        `${what}: median of the last third to that of the first`,
        median(last.map((each) => each[key])),
        median(first.map((each) => each[key])),
        "without month 1",
      ),
    ];
  });
  const memory = thirds(history);
  const services = Object.keys(late.peaks);
  const peak = (months: MonthOfHistory[], service: string) =>
    Math.max(...months.map(({ peaks }) => peaks[service] ?? 0));
  return [
    ...seconds,
    ...services.map((service) =>
      ratio(
        `Peak RSS of ${service}: last third to first third`,
        peak(memory.last, service),
        peak(memory.first, service),
      ),
    ),
  ];
}
