/**
 * Locations that BigQuery and Cloud Storage have in common: https://cloud.google.com/bigquery/docs/locations, read in November 2026. A region
 * that Google adds is added here.
 */
export const locations = [
  "US",
  "EU",
  ...regions("us", ["central1", "east1", "east4", "east5", "south1", "west1", "west2", "west3", "west4"]),
  ...regions("northamerica", ["northeast1", "northeast2", "south1"]),
  ...regions("southamerica", ["east1", "west1"]),
  ...regions("europe", ["central2", "north1", "north2", "southwest1", "west1", "west2", "west3", "west4"]),
  ...regions("europe", ["west6", "west8", "west9", "west10", "west12"]),
  ...regions("asia", ["east1", "east2", "northeast1", "northeast2", "northeast3", "south1", "south2"]),
  ...regions("asia", ["southeast1", "southeast2", "southeast3"]),
  ...regions("australia", ["southeast1", "southeast2"]),
  ...regions("me", ["central1", "central2", "west1"]),
  ...regions("africa", ["south1"]),
];

function regions(continent: string, ends: string[]): string[] {
  return ends.map((end) => `${continent}-${end}`);
}
