import type { Growth, Quality, ReportData, Station, Trips } from "../../cli/report/data";
import { calendar } from "../../cli/report/text";

/** How much of everything the data has. */
export interface Size {
  /** First and last month. */
  from?: string;
  to?: string;
  /** Months between that aren't loaded. */
  without?: string[];
  stations?: number;
}

/** A number from 0 to 1 that looks random but depends on the seed alone. */
const noise = (seed: number) => {
  const value = Math.sin(seed * 12.9898 + 78.233) * 43758.5453;
  return value - Math.floor(value);
};

/** Trips of a month: it grows, and has seasons. */
const tripsOf = (i: number) => Math.round(120_000 + 1500 * i + 25_000 * Math.sin((i / 12) * 2 * Math.PI));

const counties = ["San Francisco", "Alameda", "Santa Clara"];
const centres: [number, number][] = [
  [-122.43, 37.77],
  [-122.26, 37.83],
  [-121.89, 37.335],
];

function trips(month: string, i: number): Trips[] {
  const all = tripsOf(i);
  const electric = Math.round(all * Math.min(0.6, i / 150));
  const members = Math.round(all * (0.7 - i / 400));
  const row = (dimension: Trips["dimension"], value: string, count: number): Trips => ({
    ...{ month, dimension, value, trips: count, medianMinutes: 11 + (i % 5) / 10, medianKm: 1.8 + (i % 7) / 100 },
  });
  return [
    row("all", "all", all),
    row("rideable_type", "classic_bike", all - electric - 100),
    row("rideable_type", "docked_bike", 100),
    row("rideable_type", "electric_bike", electric),
    row("member_casual", "casual", all - members),
    row("member_casual", "member", members),
  ];
}

function station(i: number): Station {
  const area = i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2;
  const [lng, lat] = centres[area]!;
  const [starts, ends] = [Math.round(40_000 * noise(i) ** 2) + 20, Math.round(40_000 * noise(i) ** 2) + 20];
  const net = Math.round((noise(i + 0.5) - 0.5) * 900);
  return {
    ...{ name: `${i}th Street at Mission Avenue`, county: counties[area]! },
    ...{ lng: lng + (noise(i + 0.1) - 0.5) * 0.08, lat: lat + (noise(i + 0.2) - 0.5) * 0.07 },
    ...{ starts, ends: ends + net, morningNet: net * 3, eveningNet: -net * 2 },
  };
}

function quality(month: string, i: number): Quality[] {
  const reasons = ["bad timestamp", "duplicate", "end before start", "malformed", "no coordinates", "over a day"];
  const row = (outcome: string, rows: number): Quality => ({
    ...{ month, outcome, rows, sharePercent: (100 * rows) / tripsOf(i), daysToPublication: 4 + (i % 6) },
  });
  return [row("loaded", tripsOf(i)), ...reasons.map((reason, n) => row(reason, 20 * (n + 1) + i))];
}

function growth(months: string[], all: string[]): Growth[] {
  const shares: Record<string, (i: number) => number> = {
    all: () => 1,
    "San Francisco": (i) => 0.68 - i / 1000,
    Alameda: (i) => 0.2 + i / 1000,
    "Santa Clara": () => 0.12,
  };
  const change = (now: number, before: number | undefined) =>
    before === undefined ? null : Math.round((1000 * (now - before)) / before) / 10;
  return months.flatMap((month) =>
    Object.entries(shares).map(([county, share]) => {
      const of = (i: number) => (months.includes(all[i]!) ? Math.round(tripsOf(i) * share(i)) : undefined);
      const [i, now] = [all.indexOf(month), of(all.indexOf(month))!];
      return {
        month,
        county,
        trips: now,
        toMonthBefore: change(now, of(i - 1)),
        toYearBefore: change(now, of(i - 12)),
      };
    }),
  );
}

/** The data of a report, the same at every call. */
export function reportData({ from = "2026-07", to = "2026-09", without = [], stations = 40 }: Size = {}): ReportData {
  const all = calendar([from, to]);
  const months = all.filter((month) => !without.includes(month));
  const rows = <T>(of: (month: string, i: number) => T[]) => months.flatMap((month) => of(month, all.indexOf(month)));
  return {
    ...{ stack: "local", dataset: "a-project.bay_wheels", generated: true, months, unbuilt: [] },
    made: new Date("2026-10-20T12:34:56Z"),
    lastLoad: new Date("2026-10-15T09:00:00Z"),
    trips: rows(trips),
    hours: Array.from({ length: 168 }, (_, n) => ({
      ...{ weekday: Math.floor(n / 24) + 1, hour: n % 24 },
      trips: Math.round(1000 * Math.exp(-(((n % 24) - 17) ** 2) / 30) * (n < 120 ? 1 : 0.7)) * months.length,
    })),
    lengths: [
      ...Array.from({ length: 13 }, (_, n) => ({
        ...{ measure: "duration_minutes" as const, from: n * 5, before: n < 12 ? n * 5 + 5 : null },
        trips: Math.round(9000 * Math.exp(-((n - 2) ** 2) / 8)) + 50,
      })),
      ...Array.from({ length: 21 }, (_, n) => ({
        ...{ measure: "distance_km" as const, from: n / 2, before: n < 20 ? n / 2 + 0.5 : null },
        trips: Math.round(7000 * Math.exp(-((n - 3) ** 2) / 18)) + 30,
      })),
    ],
    stations: Array.from({ length: stations }, (_, i) => station(i)).sort(
      (a, b) => b.starts + b.ends - a.starts - a.ends,
    ),
    routes: Array.from({ length: 25 }, (_, i) => ({
      ...{ from: `${i}th Street at Mission Avenue`, to: `${i % 4 ? i + 1 : i}th Street at Mission Avenue` },
      trips: 900 - 20 * i,
    })),
    growth: growth(months, all),
    quality: rows(quality),
    counties: counties.map((name, n) => {
      const [lng, lat] = centres[n]!;
      const at = (x: number, y: number): [number, number] => [lng + x / 10, lat + y / 10];
      return { name, rings: [[at(-1, -1), at(1, -1), at(1, 0.4), at(-1, 0.4), at(-1, -1)]] };
    }),
  };
}
