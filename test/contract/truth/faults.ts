import { createHash } from "node:crypto";
import { files } from "./files";
import { oldRides } from "./tables";

/** A row of a right table made wrong, and the lines that must report it. */
export interface Fault {
  title: string;
  /** Default: the facts. */
  table?: string;
  row: string;
  /** Column, and what makes its value wrong. */
  set: Record<string, string>;
  /** The lines that report it, and no others. */
  reported: RegExp[];
}

/** unique_row_id as hex digits. */
export const key = (hashed: string) => createHash("md5").update(hashed).digest("hex");

const escaped = (text: string) => text.replace(/[.()[\]|]/g, "\\$&");

const fact = (ride: string, column: string, value: string, message: string): Fault => ({
  title: column,
  row: `ride_id = '${ride}'`,
  set: { [column]: value },
  reported: [new RegExp(`^${column}[^:]*: ride ${ride}: ${message}$`)],
});

/** Several columns of one row: what each is made, and what is reported. */
function several(
  title: string,
  table: string,
  row: string,
  which: string,
  columns: Record<string, [string, string, string?]>,
): Fault {
  return {
    title,
    table,
    row,
    set: Object.fromEntries(Object.entries(columns).map(([column, [value]]) => [column, value])),
    reported: Object.entries(columns).map(
      ([column, [, message, kind]]) =>
        new RegExp(`^${kind ?? `${column} in ${table}`}: ${which}: ${escaped(message)}$`),
    ),
  };
}

/** Rows of November that are rejected, by the start of their text: what a column is made, and what is reported. */
const rejection = (raw: string, set: Record<string, string>, messages: string[]): Fault => ({
  title: `${Object.keys(set).join()} of a rejected row`,
  table: "baywheels_tripdata_rejected",
  row: `source_month = date '2024-11-01' and starts_with(raw, '${raw}')`,
  set,
  reported: messages.map((text) => new RegExp(`^rejected rows of 2024-11: ${text}$`)),
});

const march = files.find(({ month }) => month === "2025-03-01")!;

/** A trip with the key of another: apart from the others, which change the same row. */
export const replacedTrip: Fault = {
  title: "another trip in the place of one",
  row: "ride_id = 'ROUND'",
  set: { unique_row_id: "md5('SQUARE')" },
  reported: ["ROUND", "SQUARE"]
    .map((ride) => ({ ride: key(ride), rows: ride === "ROUND" ? ["1", "0"] : ["0", "1"] }))
    .sort((a, b) => (a.ride < b.ride ? -1 : 1))
    .map(
      ({ ride, rows: [wanted, found] }) =>
        new RegExp(
          `^trips of 2024-12 in facts_baywheels_trips: ride ${ride}: expected ${wanted} rows, found ${found} rows$`,
        ),
    ),
};

/** Each compared value once. */
export const faults: Fault[] = [
  fact("TWICE", "distance_km", "round(distance_km + 0.001, 3)", "expected 1.418, found 1.419"),
  fact("FREE", "distance_km", "0.0", "expected null, found 0.0"),
  fact("BACK", "duration_seconds", "duration_seconds - 1", "expected 1200, found 1199"),
  fact("FORWARD", "duration_seconds", "duration_seconds + 3600", "expected 1200, found 4800"),
  fact("BACK", "dst_ambiguous", "false", "expected True, found False"),
  fact("FORWARD", "started_on", "date '2025-03-08'", "expected 2025-03-09, found 2025-03-08"),
  fact("DAY", "start_hour", "11", "expected 12, found 11"),
  fact("ROUND", "start_weekday", "'Sunday'", "expected Saturday, found Sunday"),
  fact("FREE", "time_of_day", "'afternoon'", "expected morning, found afternoon"),
  fact("FREE", "end_time_of_day", "'morning'", "expected afternoon, found morning"),
  fact("TWICE", "month", "date '2024-12-01'", "expected 2024-11-01, found 2024-12-01"),
  fact("FREE", "start_county", "null", "expected Alameda, found null"),
  fact("ROUND", "end_county", "'Alameda'", "expected San Francisco, found Alameda"),
  {
    title: "a centimetre of an end",
    row: "ride_id = 'TWICE'",
    set: { end_lat: "end_lat + 0.0000001" },
    reported: [/^st_distance[^:]*: ride TWICE: expected 1\.4\d+, found 1\.4\d+$/],
  },
  {
    title: "a trip in the older of two months",
    table: "baywheels_tripdata",
    row: "ride_id = 'TWICE'",
    set: { source_month: "date '2024-11-01'" },
    reported: [
      new RegExp(`^trips of 2024-11 in baywheels_tripdata: ride ${key("TWICE")}: expected 0 rows, found 1 rows$`),
      new RegExp(`^trips of 2024-12 in baywheels_tripdata: ride ${key("TWICE")}: expected 1 rows, found 0 rows$`),
    ],
  },
  several("every column of a trip as loaded", "baywheels_tripdata", "ride_id = 'ROUND'", "ride ROUND", {
    ride_id: ["'SQUARE'", "expected ROUND, found SQUARE"],
    rideable_type: ["'classic_bike'", "expected electric_bike, found classic_bike"],
    started_at: ["datetime '2024-12-07 18:00:00'", "expected 2024-12-07 18:00:00.500000, found 2024-12-07 18:00:00"],
    ended_at: ["datetime '2024-12-07 18:30:00'", "expected 2024-12-07 18:30:00.499000, found 2024-12-07 18:30:00"],
    start_station_name: ["'B, new'", 'expected B, "new", found B, new'],
    start_station_id: ["null", "expected SF-B, found null"],
    end_station_name: ["'B'", 'expected B "newest", found B'],
    end_station_id: ["'SF-A'", "expected SF-B, found SF-A"],
    start_lat: ["37.7600001", "expected 37.76, found 37.7600001"],
    start_lng: ["null", "expected -122.44, found null"],
    end_lat: ["37.76", "expected 37.762, found 37.76"],
    end_lng: ["0.0", "expected -122.44, found 0.0"],
    member_casual: ["'member'", "expected casual, found member"],
  }),
  several(
    "a trip of the old schema",
    "baywheels_tripdata",
    "start_station_id = '120'",
    `ride ${key(oldRides.station)}`,
    {
      ride_id: ["'OLD'", "expected null, found OLD"],
      rideable_type: ["'docked_bike'", "expected null, found docked_bike"],
      member_casual: ["'Subscriber'", "expected member, found Subscriber"],
    },
  ),
  several("every column of a load", "baywheels_loads", "source_month = date '2025-03-01'", "2025-03", {
    object_name: ["'202503-tripdata.zip'", `expected ${march.object}, found 202503-tripdata.zip`],
    size_bytes: ["size_bytes + 1", `expected ${march.content.length}, found ${march.content.length + 1}`],
    etag: ["to_hex(md5('march'))", `expected ${march.etag}, found ${key("march")}`],
    rows_in_file: ["2", "expected 1, found 2"],
    rows_loaded: ["0", "expected 1, found 0"],
    rows_rejected: ["2", "expected 0, found 2"],
  }),
  rejection("OVER", { reason: "'duplicate'" }, [
    "duplicate, 'OVER,.*': expected 0 rows, found 1 rows",
    "over 24 h, 'OVER,.*': expected 1 rows, found 0 rows",
  ]),
  rejection("SHORT", { raw: "concat(raw, '\\r')" }, [
    "malformed, 'SHORT,.*SF-A': expected 1 rows, found 0 rows",
    "malformed, 'SHORT,.*SF-A\\\\r': expected 0 rows, found 1 rows",
  ]),
  several("every column of a station", "dim_stations", "station_id = 'SF-B'", "station SF-B", {
    station_name: ["'B'", 'expected B "newest", found B', "names of stations"],
    aliases: [
      "['B', 'B \"newest\"']",
      `expected ['B', 'B "newest"', 'B, "new"'], found ['B', 'B "newest"']`,
      "aliases of stations",
    ],
    lat: ["37.76101", "expected (37.761, -122.44), found (37.76101, -122.44)", "places of stations"],
    is_outside_counties: ["true", "expected False, found True", "is_outside_counties"],
    first_seen_at: [
      "datetime '2024-11-03 01:50:00'",
      "expected 2024-11-03 01:10:00, found 2024-11-03 01:50:00",
      "first_seen_at of stations",
    ],
    last_seen_at: [
      "datetime '2024-12-07 18:00:00'",
      "expected 2024-12-07 18:30:00.499000, found 2024-12-07 18:00:00",
      "last_seen_at of stations",
    ],
  }),
  {
    title: "a station's county",
    table: "dim_stations",
    row: "station_id = 'OK-C'",
    set: { county: "'San Francisco'" },
    reported: [/^stations of Alameda: station OK-C: expected Alameda, found San Francisco$/],
  },
  several(
    "every figure of a month's trips",
    "mart_trips_by_month",
    "month = date '2024-11-01' and value = 'all'",
    "2024-11 all all",
    {
      trips: ["6", "expected 5, found 6"],
      // 1200, 86400, 600, 300 and 1229 seconds; 1.418, 320.454, 0 and 1.418 km
      average_duration_minutes: ["299.09", "expected 299.1, found 299.09"],
      median_duration_minutes: ["median_duration_minutes + 0.01", "expected 20.0, found 20.01"],
      average_distance_km: ["null", "expected 80.822 or 80.823, found null"],
      median_distance_km: ["1.417", "expected 1.418, found 1.417"],
    },
  ),
  {
    title: "a county's trips reported for another",
    table: "mart_trips_by_month",
    row: "month = date '2024-11-01' and value = 'outside'",
    set: { value: "'unknown'" },
    reported: [
      /^rows of mart_trips_by_month: 2024-11 start_county outside: expected 1 rows, found 0 rows$/,
      /^rows of mart_trips_by_month: 2024-11 start_county unknown: expected 0 rows, found 1 rows$/,
    ],
  },
  several("every figure of a month's station", "mart_stations_by_month", "station_id = 'OK-C'", "2025-03 OK-C night", {
    starts: ["2", "expected 1, found 2"],
    ends: ["1", "expected 0, found 1"],
  }),
  several("every figure of an hour", "mart_hours_by_month", "start_hour = 22", "2018-01 3 22 member", {
    weekday: ["'Thursday'", "expected Wednesday, found Thursday"],
    trips: ["2", "expected 1, found 2"],
  }),
  several("every figure of a step", "mart_trip_lengths_by_month", "step_from = 15", "2018-01 duration_minutes 15.0", {
    step_before: ["null", "expected 20.0, found null"],
    trips: ["2", "expected 1, found 2"],
  }),
  several("every figure of a reason", "mart_quality_by_month", "file_rows = 8", "2024-11 malformed", {
    file_rows: ["9", "expected 8, found 9"],
    share_percent: ["29.631", "expected 29.63, found 29.631"],
    days_to_publication: ["0", "expected 1, found 0"],
  }),
  several("every figure of a month's route", "mart_routes_by_month", "trips = 2", "2024-11 SF-A SF-B", {
    trips: ["3", "expected 2, found 3"],
    median_duration_minutes: ["20.25", "expected 20.24, found 20.25"],
    popularity_rank: ["2", "expected 1, found 2"],
  }),
];
