/**
 * Regions that both BigQuery and Cloud Storage have, as of November 2026; add new ones here:
 * https://cloud.google.com/bigquery/docs/locations
 */
export const regions = [
  ...inContinent("us", ["central1", "east1", "east4", "east5", "south1", "west1", "west2", "west3", "west4"]),
  ...inContinent("northamerica", ["northeast1", "northeast2", "south1"]),
  ...inContinent("southamerica", ["east1", "west1"]),
  ...inContinent("europe", ["central2", "north1", "north2", "southwest1", "west1", "west2", "west3", "west4"]),
  ...inContinent("europe", ["west6", "west8", "west9", "west10", "west12"]),
  ...inContinent("asia", ["east1", "east2", "northeast1", "northeast2", "northeast3", "south1", "south2"]),
  ...inContinent("asia", ["southeast1", "southeast2", "southeast3"]),
  ...inContinent("australia", ["southeast1", "southeast2"]),
  ...inContinent("me", ["central1", "central2", "west1"]),
  ...inContinent("africa", ["south1"]),
];

/** Locations of bucket and dataset: a region, or one of the two multi-regions. */
export const locations = ["US", "EU", ...regions];

function inContinent(continent: string, ends: string[]): string[] {
  return ends.map((end) => `${continent}-${end}`);
}
