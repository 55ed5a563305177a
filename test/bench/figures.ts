/** One measured figure; `MB` is 2^20 bytes, `kB` 1,000 bytes, `x` a ratio. */
export interface Figure {
  what: string;
  value: number;
  unit: "s" | "MB" | "kB" | "x";
  /** Largest acceptable value on 2 cores; absent: none is set. */
  target?: number;
  /** What a reader needs to know to interpret the figure. */
  note?: string;
}

/** A table of the report, its cells as they are printed. */
export interface Listing {
  title: string;
  head: string[];
  rows: string[][];
  note?: string;
}

/** All results of a run of the benchmark. */
export interface Findings {
  machine: Record<string, string | number | boolean>;
  figures: Figure[];
  listings: Listing[];
  /** One sentence per fault; any fault fails the run. */
  faults: string[];
}

/** Seconds since a time of `performance.now()`. */
export const secondsSince = (start: number) => (performance.now() - start) / 1000;
