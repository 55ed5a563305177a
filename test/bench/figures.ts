/** Units of figures: `MB` is 2^20 bytes, `x` a ratio. */
export type Unit = "s" | "MB" | "x";

/** One measured figure. */
export interface Figure {
  what: string;
  value: number;
  unit: Unit;
  /** Largest value that is good, on 2 cores; absent: none is set. */
  target?: number;
  /** What a reader must know to take the figure right. */
  note?: string;
}

/** A part of a step. */
export interface Part {
  part: string;
  seconds: number;
}

/** Where the seconds of a step go. */
export interface Breakdown {
  what: string;
  /** What lies around the tasks; with tasks that follow one another, all adds up to the step. */
  around: Part[];
  /** Every task, the longest first. */
  tasks: Part[];
  /** Tasks run side by side: they do not add up. */
  sideBySide: boolean;
}

/** The same work by the pipeline and by DuckDB alone. */
export interface Comparison {
  what: string;
  pipelineSeconds: number;
  floorSeconds: number;
}

/** A table of a section, its cells as they are printed. */
export interface Listing {
  title: string;
  head: string[];
  rows: string[][];
  note?: string;
}

/** All that a run of the benchmark found. */
export interface Findings {
  machine: Record<string, string | number | boolean>;
  figures: Figure[];
  comparisons: Comparison[];
  breakdowns: Breakdown[];
  listings: Listing[];
  /** Trips of each loaded month, as counted in the main table. */
  trips: Record<string, number>;
  /** Rows of each table of the pipeline, which the floor has as well. */
  rows: Record<string, number>;
  /** What was measured of each month of a history. */
  history?: MonthOfHistory[];
  /** What must not be, one sentence each: the run fails. */
  faults: string[];
}

/** True when the figure reaches its target; undefined: it has none. */
export function isMet({ value, target }: Figure): boolean | undefined {
  return target === undefined ? undefined : value <= target;
}

/** Seconds since a time of `performance.now()`. */
export const secondsSince = (start: number) => (performance.now() - start) / 1000;

/** Seconds of all parts. */
export const sumOf = (parts: Part[]) => parts.reduce((sum, { seconds }) => sum + seconds, 0);

/** Parts, the longest first. */
export const longestFirst = (parts: Part[]) => parts.toSorted((a, b) => b.seconds - a.seconds);

/** Parts of the same name as one, in the order in which the names appear. */
export function merged(parts: Part[]): Part[] {
  const sums = new Map<string, number>();
  for (const { part, seconds } of parts) sums.set(part, (sums.get(part) ?? 0) + seconds);
  return [...sums].map(([part, seconds]) => ({ part, seconds }));
}

/** Breakdowns of the same kind of step, added up. */
export function summed(what: string, breakdowns: Breakdown[]): Breakdown {
  return {
    what,
    around: merged(breakdowns.flatMap(({ around }) => around)),
    tasks: longestFirst(merged(breakdowns.flatMap(({ tasks }) => tasks))),
    sideBySide: breakdowns.some(({ sideBySide }) => sideBySide),
  };
}

/** What was measured of one month of a history. */
export interface MonthOfHistory {
  month: string;
  trips: number;
  loadSeconds: number;
  buildSeconds: number;
  /** Largest resident memory in MB while it was loaded and built, by service. */
  peaks: Record<string, number>;
}
