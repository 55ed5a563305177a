import type { County, Station } from "../data";
import { draw, widths, type Plot } from "../plot";
import { most, signed, whole, type Html } from "../text";

/** An inset of the map: west, south, east and north in degrees. */
interface Inset {
  name: string;
  box: [number, number, number, number];
}

/** The three areas with stations. */
export const insets: Inset[] = [
  { name: "San Francisco", box: [-122.53, 37.69, -122.36, 37.83] },
  { name: "East Bay", box: [-122.35, 37.73, -122.17, 37.91] },
  { name: "San José", box: [-122, 37.26, -121.79, 37.42] },
];

type Placed = Station & { lat: number; lng: number };

/** The stations in an inset, the busiest first, so that small circles lie over big ones. */
export const within = ({ box: [west, south, east, north] }: Inset, stations: Station[]) =>
  stations.filter(
    (at): at is Placed =>
      at.lat !== null && at.lng !== null && west <= at.lng && at.lng <= east && south <= at.lat && at.lat <= north,
  );

/**
 * Bounds of net flow per day from which a colour begins, mirrored for negative flows: round numbers. About one station
 * in twenty reaches the highest one.
 */
export function flowStepsOf(perDay: number[]): [number, number, number] {
  const sizes = perDay.map(Math.abs).sort((a, b) => a - b);
  const high = Math.max(0.5, sizes[Math.floor(sizes.length * 0.95)] || 1);
  const power = 10 ** Math.floor(Math.log10(high));
  const off = (factor: number) => -Math.abs(Math.log(high / (factor * power)));
  const round = most([1, 2, 5, 10], off)! * power;
  return [round / 5, round / 2, round];
}

/** Colour of a net flow per day: three of each sign and one for balance. */
export function flowColour(perDay: number, steps: number[]): string {
  const step = steps.filter((bound) => Math.abs(perDay) >= bound).length;
  return step === 0 ? "var(--f0)" : `var(--${perDay > 0 ? "in" : "out"}${step})`;
}

const latitude = 37.6;
/** A flat map: degrees of longitude are shorter by the cosine of the latitude. */
const flat = ([lng, lat]: [number, number]): [number, number] => [lng * Math.cos((latitude * Math.PI) / 180), lat];
const kilometresPerDegree = 111.2;

const size = { width: widths.panel, height: 340 };

/** West, south, east and north of a panel in flat degrees: around the stations with some shore, or all of the inset. */
function frame({ box }: Inset, stations: Placed[]): [number, number, number, number] {
  const around = (points: [number, number][], room: number, least: number) => {
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [west, south, east, north] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const height = Math.max(room * (north - south), (room * (east - west) * size.height) / size.width, least);
    return { x: (west + east) / 2, y: (south + north) / 2, height };
  };
  const [west, south, east, north] = box;
  const all = around([flat([west, south]), flat([east, north])], 1, 0);
  const near = around(
    stations.map(({ lng, lat }) => flat([lng, lat])),
    1.5,
    6 / kilometresPerDegree,
  );
  const { x, y, height } = stations.length > 0 && near.height < all.height ? near : all;
  const width = (height * size.width) / size.height;
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

/** What the insets of the map share. */
interface MapChart {
  stations: Station[];
  counties: County[];
  days: number;
  steps: number[];
}

const visits = ({ starts, ends }: Station) => starts + ends;

/** Stations of an inset over the outlines of the counties: size is trips, colour net flow. */
export function mapChart(plot: Plot, label: string, inset: Inset, { stations, counties, days, steps }: MapChart): Html {
  const shown = within(inset, stations);
  const [west, south, east, north] = frame(inset, shown);
  const land = counties.map(({ rings }) => ({
    type: "MultiPolygon" as const,
    coordinates: rings.map((ring) => [ring.map(flat)]),
  }));
  const net = ({ starts, ends }: Station) => (ends - starts) / days;
  const x = west + (east - west) * 0.05;
  const ruler = { x1: x, x2: x + 2 / kilometresPerDegree, y: south + (north - south) * 0.05 };
  return draw(plot, label, {
    ...{ ...size, margin: 0 },
    projection: {
      type: "reflect-y",
      domain: {
        type: "MultiPoint",
        coordinates: [
          [west, south],
          [east, north],
        ],
      },
    },
    r: { range: [0, 11], domain: [0, Math.max(1, ...stations.map(visits))] },
    marks: [
      plot.geo(land, { fill: "var(--land)", stroke: "var(--shore)", strokeWidth: 0.8 }),
      plot.dot(shown, {
        x: ({ lng, lat }: Placed) => flat([lng, lat])[0],
        ...{ y: "lat", r: visits, sort: null, stroke: "var(--rim)", strokeWidth: 0.6 },
        fill: (at: Station) => flowColour(net(at), steps),
        title: (at: Station) => `${at.name}: ${whole(visits(at))} starts and ends, net ${signed(net(at))} a day`,
      }),
      plot.link([ruler], { x1: "x1", x2: "x2", y1: "y", y2: "y", stroke: "var(--ink)" }),
      plot.text([ruler], { x: "x1", y: "y", text: () => "2 km", textAnchor: "start", dy: -9, fill: "var(--ink)" }),
    ],
  });
}
