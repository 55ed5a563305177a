/**
 * Queries that use every geography function of flows and models, which ZetaSQL analyzes and does not execute: see
 * geography.test.ts.
 */
export const geographyCases = [
  "select st_distance(st_geogpoint(-122.4, 37.7), st_geogpoint(-122.3, 37.8))",
  "select st_within(st_geogpoint(-122.4, 37.7), st_geogfromtext('POLYGON((0 0, 1 0, 1 1, 0 0))'))",
  "select st_geogfromtext('POLYGON((0 0, 1 0, 1 1, 0 0))', make_valid => true) is null",
];
