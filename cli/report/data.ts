/** What the report shows, as read from the marts. Months are texts like `2026-09`; units stand in the names. */
export interface ReportData {
  stack: string;
  /** Project and dataset. */
  dataset: string;
  /** Whether the months are generated and not real trips. */
  generated: boolean;
  made: Date;
  /** When the newest load was committed that is in the report. */
  lastLoad: Date;
  /** Months in the range that are loaded and built, oldest first; at least one. */
  months: string[];
  /** Loaded months that the models don't have yet, or not as they were loaded last. */
  unbuilt: string[];
  trips: Trips[];
  hours: Hour[];
  lengths: Length[];
  stations: Station[];
  routes: Route[];
  growth: Growth[];
  quality: Quality[];
  counties: County[];
  /** Bytes that the queries read; undefined where nobody counts them. */
  bytes?: number;
}

export interface Trips {
  month: string;
  dimension: "all" | "rideable_type" | "member_casual";
  value: string;
  trips: number;
  medianMinutes: number | null;
  medianKm: number | null;
}

/** Trips of all months that started in an hour of a weekday, from 1 for Monday. */
export interface Hour {
  weekday: number;
  hour: number;
  trips: number;
}

/** A step of a histogram; the last one is open and has no upper bound. */
export interface Length {
  measure: "duration_minutes" | "distance_km";
  from: number;
  before: number | null;
  trips: number;
}

/** A station over all months of the report. Net flows are ends minus starts: positive where bikes pile up. */
export interface Station {
  name: string;
  lat: number | null;
  lng: number | null;
  county: string | null;
  starts: number;
  ends: number;
  morningNet: number;
  eveningNet: number;
}

export interface Route {
  from: string;
  to: string;
  trips: number;
}

/** A county in a month; the county `all` is every trip. */
export interface Growth {
  month: string;
  county: string;
  trips: number;
  toMonthBefore: number | null;
  toYearBefore: number | null;
}

/** What became of a file's rows: `loaded`, or the reason why they were rejected. */
export interface Quality {
  month: string;
  outcome: string;
  rows: number;
  sharePercent: number | null;
  daysToPublication: number | null;
}

export interface County {
  name: string;
  /** Longitude and latitude of its outlines. */
  rings: [number, number][][];
}
