import { readFileSync } from "node:fs";
import type { MultiPolygon, Polygon, Position } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";

/** The nine counties of the Bay Area by their FIPS numbers. */
const bayAreaCounties = ["06001", "06013", "06041", "06055", "06075", "06081", "06085", "06095", "06097"];

type Counties = Topology<{ counties: GeometryCollection<{ name: string }> }>;

const ring = (positions: Position[]) => `(${positions.map(([lon, lat]) => `${lon} ${lat}`).join(", ")})`;
const polygon = (rings: Position[][]) => `(${rings.map(ring).join(", ")})`;

/**
 * An outline as well-known text, longitude first. The orientation of a ring doesn't matter: ST_GEOGFROMTEXT takes the
 * smaller of the two areas that it bounds.
 */
function wktOf(geometry: Polygon | MultiPolygon): string {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return `MULTIPOLYGON (${polygons.map(polygon).join(", ")})`;
}

/** The counties file with the columns of data.sfgov.org, wamw-vt4s; Census outlines from the package us-atlas. */
export function countiesCsv(): string {
  const atlas = JSON.parse(readFileSync(require.resolve("us-atlas/counties-10m.json"), "utf8")) as Counties;
  const features = feature(atlas, atlas.objects.counties).features.filter(({ id }) =>
    bayAreaCounties.includes(String(id)),
  );
  const rows = features
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map(({ id, properties, geometry }, index) => [
      wktOf(geometry as Polygon | MultiPolygon),
      String(index + 1),
      String(id),
      properties.name,
    ]);
  const lines = [["the_geom", "objectid", "fipsstco", "county"], ...rows];
  return lines.map((values) => `"${values.join('","')}"\n`).join("");
}
