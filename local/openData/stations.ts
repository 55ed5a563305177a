import { Random } from "./random";

/** A docking station. */
export interface Station {
  /** Such as `SF-E29-1` or `BK-D5`. */
  id: string;
  name: string;
  /** Degrees, six decimals. */
  lat: number;
  lng: number;
  /** Trips start and end in the same region: there's no way across the bay. */
  region: string;
  /** Weight among all stations. */
  popularity: number;
}

interface City {
  prefix: string;
  region: string;
  /** Share of all trips, in percent. */
  share: number;
  /** Corners of the area that holds stations, in degrees: south, west, north, east. */
  area: [number, number, number, number];
  /** Streets from west to east that run north and south. */
  columns: string[];
  /** Streets from south to north that run east and west. */
  rows: string[];
  /** Number of the westernmost cell of the grid that the ids come from. */
  firstCell: number;
  /** Stations per cell; with more than one, their ids get a suffix. */
  perCell: number;
}

const cities: City[] = [
  {
    prefix: "SF",
    region: "San Francisco",
    share: 68,
    area: [37.738, -122.472, 37.798, -122.402],
    columns: [
      ...["19th Ave", "9th Ave", "Arguello Blvd", "Stanyan St", "Masonic Ave", "Divisadero St", "Fillmore St"],
      ...["Gough St", "Polk St", "Leavenworth St", "Mason St", "Kearny St", "Battery St"],
    ],
    rows: [
      ...["Monterey Blvd", "30th St", "Cesar Chavez St", "24th St", "18th St", "14th St", "Haight St", "Fulton St"],
      ...["Geary Blvd", "California St", "Union St"],
    ],
    firstCell: 24,
    perCell: 2,
  },
  {
    prefix: "OK",
    region: "East Bay",
    share: 9,
    area: [37.806, -122.279, 37.838, -122.25],
    columns: ["Adeline St", "Market St", "Martin Luther King Jr Way", "Telegraph Ave", "Broadway", "Piedmont Ave"],
    rows: ["14th St", "Grand Ave", "27th St", "MacArthur Blvd", "45th St", "51st St"],
    firstCell: 2,
    perCell: 1,
  },
  {
    prefix: "BK",
    region: "East Bay",
    share: 7,
    area: [37.853, -122.297, 37.882, -122.258],
    columns: ["6th St", "San Pablo Ave", "Sacramento St", "Milvia St", "Telegraph Ave"],
    rows: ["Ashby Ave", "Dwight Way", "University Ave", "Cedar St", "Hopkins St"],
    firstCell: 3,
    perCell: 1,
  },
  {
    prefix: "EM",
    region: "East Bay",
    share: 2,
    area: [37.832, -122.294, 37.841, -122.286],
    columns: ["Hollis St", "San Pablo Ave"],
    rows: ["40th St", "Powell St"],
    firstCell: 4,
    perCell: 1,
  },
  {
    prefix: "SJ",
    region: "San Jose",
    share: 14,
    area: [37.318, -121.912, 37.35, -121.872],
    columns: ["Lincoln Ave", "Race St", "Bird Ave", "Almaden Blvd", "1st St", "7th St"],
    rows: ["Willow St", "Virginia St", "San Carlos St", "Santa Clara St", "Julian St", "Taylor St"],
    firstCell: 5,
    perCell: 1,
  },
];

const degrees = (value: number) => Math.round(value * 1e6) / 1e6;

/** One station near each crossing of a city's streets, taken as an even grid over its area. */
function stationsOf(city: City, random: Random): Station[] {
  const { prefix, region, area, columns, rows, firstCell, perCell } = city;
  const [south, west, north, east] = area;
  const latStep = (north - south) / rows.length;
  const lngStep = (east - west) / columns.length;
  const stations = rows.flatMap((row, i) =>
    columns.map((column, j): Station => {
      // A is the northernmost row
      const cell = `${prefix}-${String.fromCharCode(65 + rows.length - 1 - i)}${firstCell + Math.floor(j / perCell)}`;
      return {
        id: perCell > 1 ? `${cell}-${(j % perCell) + 1}` : cell,
        name: `${column} at ${row}`,
        lat: degrees(south + latStep * (i + random.between(0.3, 0.7))),
        lng: degrees(west + lngStep * (j + random.between(0.3, 0.7))),
        region,
        popularity: random.between(0.3, 1) * random.between(0.3, 1),
      };
    }),
  );
  const sum = stations.reduce((total, { popularity }) => total + popularity, 0);
  return stations.map((station) => ({ ...station, popularity: (station.popularity / sum) * city.share }));
}

/** The fictional stations of all months, on land in San Francisco, Oakland, Berkeley, Emeryville and San Jose. */
export const stations: readonly Station[] = cities.flatMap((city, index) => stationsOf(city, new Random(index + 1)));

/** Kilometres between two points on a flat bay, with degrees as long as at 37.7° north. */
export function kilometres(a: { lat: number; lng: number }, b: { lat: number; lng: number }): number {
  const y = (a.lat - b.lat) * 111.2;
  const x = (a.lng - b.lng) * 88;
  return Math.sqrt(x * x + y * y);
}
