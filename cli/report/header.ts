import type { ReportData, Trips } from "./data";
import type { Page, Tile } from "./page";
import {
  change,
  count,
  decimal,
  gapsIn,
  longMonth,
  monthNumber,
  monthOf,
  percent,
  shortMonth,
  sum,
  whole,
} from "./text";

/** `January 2018 – September 2026`, or one month. */
const rangeOf = (months: string[]) =>
  months.length === 1 ? longMonth(months[0]!) : `${longMonth(months[0]!)} – ${longMonth(months.at(-1)!)}`;

/** Months as spans: `Sep 2018, Aug 2019 – Oct 2019`. */
export function spans(months: string[]): string {
  const runs: string[][] = [];
  for (const month of months) {
    const run = runs.at(-1);
    if (run && monthNumber(month) === monthNumber(run.at(-1)!) + 1) run.push(month);
    else runs.push([month]);
  }
  return runs
    .map((run) => (run.length === 1 ? shortMonth(run[0]!) : `${shortMonth(run[0]!)} – ${shortMonth(run.at(-1)!)}`))
    .join(", ");
}

const rowsOf = ({ trips }: ReportData, dimension: Trips["dimension"], value: string) =>
  trips.filter((row) => row.dimension === dimension && row.value === value);

/** Trips of all months together. */
const totalTrips = (data: ReportData) => sum(rowsOf(data, "all", "all"), ({ trips }) => trips);

/** Trips of a value as a share of a month's; of all months if none is named. */
export function shareOf(data: ReportData, dimension: Trips["dimension"], value: string, month?: string): number {
  const of = (rows: Trips[]) =>
    sum(
      rows.filter((row) => month === undefined || row.month === month),
      ({ trips }) => trips,
    );
  return of(rowsOf(data, dimension, value)) / (of(rowsOf(data, "all", "all")) || 1);
}

/** The newest month in figures, each with what it compares to. */
function tilesOf(data: ReportData): Tile[] {
  const { months, growth } = data;
  const latest = months.at(-1)!;
  const all = rowsOf(data, "all", "all");
  const present = all.find(({ month }) => month === latest);
  const before = months.length > 1 ? months.at(-2)! : undefined;
  const earlier = all.find(({ month }) => month === before);
  const compared = (value: number | null | undefined, format: (value: number) => string) =>
    before === undefined ? "the only month" : `${value == null ? "unknown" : format(value)} in ${longMonth(before)}`;
  const total = count(months.length, "month");
  const overAll = (share: number) => (months.length === 1 ? "the only month" : `${percent(share)} over all ${total}`);
  const share = (label: string, dimension: Trips["dimension"], value: string): Tile => ({
    label,
    value: percent(shareOf(data, dimension, value, latest)),
    context: overAll(shareOf(data, dimension, value)),
  });
  const yearly = growth.find(({ month, county }) => month === latest && county === "all")?.toYearBefore ?? null;
  const yearBefore = longMonth(monthOf(monthNumber(latest) - 12));
  const measured = (label: string, unit: string, of: (row: Trips) => number | null): Tile => {
    const value = present && of(present);
    return {
      label,
      value: value == null ? "–" : decimal(value),
      unit,
      context: compared(earlier && of(earlier), decimal),
    };
  };
  return [
    {
      label: "Trips",
      value: whole(present?.trips ?? 0),
      context: months.length === 1 ? "the only month" : `${whole(totalTrips(data))} in all ${total}`,
    },
    {
      label: "Change in a year",
      value: yearly === null ? "–" : change(yearly),
      context: yearly === null ? `${yearBefore} isn't loaded` : `from ${yearBefore}`,
    },
    share("On electric bikes", "rideable_type", "electric_bike"),
    share("By members", "member_casual", "member"),
    measured("Median duration", "min", ({ medianMinutes }) => medianMinutes),
    measured("Median distance", "km", ({ medianKm }) => medianKm),
  ];
}

const day = (date: Date) => date.toLocaleDateString("en-US", { dateStyle: "medium", timeZone: "UTC" });

/** A size in the units of Google's price list. */
const megabytes = (bytes: number) => `${decimal(bytes / 2 ** 20)} MiB from BigQuery`;

/** What the report is, which months it has, when it was built, and what it lacks. */
export function headOf(data: ReportData): Omit<Page, "sections"> {
  const { stack, dataset, months, unbuilt, generated, made, lastLoad, bytes } = data;
  const gaps = gapsIn(months).filter((month) => !unbuilt.includes(month));
  return {
    title: "Bike-share trips in the San Francisco Bay Area",
    summary: `${rangeOf(months)}: ${whole(totalTrips(data))} Bay Wheels trips in ${count(months.length, "month")}.`,
    banner: generated
      ? "The months of stack 'local' are generated: nobody rode these trips, and the stations are fictional."
      : undefined,
    facts: [
      ["Built", `${day(made)}, ${made.toISOString().slice(11, 16)} UTC; newest load of ${day(lastLoad)}`],
      ["Source", `dataset ${dataset}, stack ${stack}`],
      ["Months not loaded", gaps.length === 0 ? "none in this range" : spans(gaps)],
      ["Loaded, but not built yet", unbuilt.length === 0 ? "none" : spans(unbuilt)],
      ...(bytes === undefined ? [] : [["Read for this report", megabytes(bytes)] as [string, string]]),
    ],
    footer:
      "Trips: Bay Wheels system data by Lyft. Counties: DataSF. Only whole loaded months; times are San Francisco's." +
      (generated ? " On this stack the trips are generated and the counties are the Census Bureau's." : ""),
    tilesTitle: longMonth(months.at(-1)!),
    tiles: tilesOf(data),
  };
}
