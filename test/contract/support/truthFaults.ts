/** A value of a right table made wrong, and the lines that must tell it. */
export interface Fault {
  title: string;
  /** Default: the facts. */
  table?: string;
  row: string;
  /** Column, and what makes its value wrong. */
  set: Record<string, string>;
  /** The lines that tell it, and no others. */
  told: RegExp[];
}

const fact = (ride: string, column: string, value: string, told: string): Fault => ({
  title: column,
  row: `ride_id = '${ride}'`,
  set: { [column]: value },
  told: [new RegExp(`^${column}[^:]*: ride ${ride}: ${told}$`)],
});

/** Each compared value once. */
export const faults: Fault[] = [
  fact("TWICE", "distance_km", "round(distance_km + 0.001, 3)", "expected 1.418, found 1.419"),
  fact("FREE", "distance_km", "0.0", "expected null, found 0.0"),
  fact("BACK", "duration_seconds", "duration_seconds - 1", "expected 1200, found 1199"),
  fact("FORWARD", "duration_seconds", "duration_seconds + 3600", "expected 1200, found 4800"),
  fact("BACK", "dst_ambiguous", "false", "expected True, found False"),
  fact("FORWARD", "started_on", "date '2025-03-08'", "expected 2025-03-09, found 2025-03-08"),
  fact("SHORT", "start_hour", "11", "expected 12, found 11"),
  fact("ROUND", "start_weekday", "'Sunday'", "expected Saturday, found Sunday"),
  fact("FREE", "time_of_day", "'afternoon'", "expected morning, found afternoon"),
  fact("FREE", "start_county", "null", "expected Alameda, found null"),
  fact("ROUND", "end_county", "'Alameda'", "expected San Francisco, found Alameda"),
  {
    title: "a centimetre of an end",
    row: "ride_id = 'TWICE'",
    set: { end_lat: "end_lat + 0.0000001" },
    told: [/^st_distance[^:]*: ride TWICE: expected 1\.4\d+, found 1\.4\d+$/],
  },
  {
    title: "a trip in the older of two months",
    table: "baywheels_tripdata",
    row: "ride_id = 'TWICE'",
    set: { source_month: "date '2024-11-01'" },
    told: [
      /^trips of 2024-11 in baywheels_tripdata: ride TWICE: expected 0 rows, found 1 rows$/,
      /^trips of 2024-12 in baywheels_tripdata: ride TWICE: expected 1 rows, found 0 rows$/,
    ],
  },
  {
    title: "another trip in the place of one",
    row: "ride_id = 'ROUND'",
    set: { ride_id: "'SQUARE'" },
    told: [
      /^trips of 2024-12 in facts_baywheels_trips: ride ROUND: expected 1 rows, found 0 rows$/,
      /^trips of 2024-12 in facts_baywheels_trips: ride SQUARE: expected 0 rows, found 1 rows$/,
    ],
  },
  {
    title: "a station's county",
    table: "dim_stations",
    row: "station_id = 'OK-C'",
    set: { county: "'San Francisco'" },
    told: [/^stations of Alameda: station OK-C: expected Alameda, found San Francisco$/],
  },
  {
    title: "a station's place",
    table: "dim_stations",
    row: "station_id = 'SF-B'",
    set: { lat: "lat + 0.00001" },
    told: [/^places of stations: station SF-B: expected \(37\.76, -122\.44\), found \(37\.76001, -122\.44\)$/],
  },
];
