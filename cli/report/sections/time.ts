import { monthsFigure, sparkline } from "../charts/months";
import type { Growth, ReportData, Trips } from "../data";
import { shareOf } from "../header";
import type { Section } from "../page";
import type { Plot } from "../plot";
import { change, decimal, markup, longMonth, most, percent, sum, whole } from "../text";

/** Trips by month. */
export function tripsByMonth(plot: Plot, { months, trips }: ReportData): Section {
  const rows = trips.filter(({ dimension }) => dimension === "all");
  const bars = rows.map(({ month, trips }) => ({ month, series: "trips", value: trips }));
  const series: Record<string, [string, string]> = { trips: ["trips", "var(--c1)"] };
  return {
    ...{ id: "trips", title: "Trips by month", sentence: readTrips(rows) },
    chart: (label) =>
      monthsFigure(plot, label, { unit: "trips per month", months, bars, series, height: 300, values: true }),
    numbers: {
      columns: ["Month", "Trips", "Median minutes", "Median km"],
      rows: rows.map((row) => [row.month, whole(row.trips), row.medianMinutes ?? "–", row.medianKm ?? "–"]),
    },
  };
}

function readTrips(rows: Trips[]): string {
  const [before, latest] = [rows.at(-2), rows.at(-1)];
  if (latest === undefined) return "There are no trips.";
  const now = `${longMonth(latest.month)} had ${whole(latest.trips)} trips`;
  if (before === undefined || before.trips === 0) return `${now}.`;
  const top = most(rows, ({ trips }) => trips)!;
  const percents = (100 * (latest.trips - before.trips)) / before.trips;
  const compared = `${decimal(Math.abs(percents))}% ${percents < 0 ? "fewer" : "more"} than ${longMonth(before.month)}`;
  return top === latest
    ? `${now}, ${compared} and more than any other month here.`
    : `${now}, ${compared}; the busiest month was ${longMonth(top.month)} with ${whole(top.trips)}.`;
}

interface Kind {
  id: string;
  title: string;
  dimension: "rideable_type" | "member_casual";
  /** Values from the axis up: name in the legend and colour. */
  series: Record<string, [name: string, colour: string]>;
  /** The value that the sentence is about. */
  subject: [value: string, phrase: string];
}

const kinds: Kind[] = [
  {
    id: "bikes",
    title: "Types of bike",
    dimension: "rideable_type",
    series: {
      electric_bike: ["electric", "var(--c1)"],
      classic_bike: ["classic", "var(--c2)"],
      docked_bike: ["docked", "var(--c5)"],
      unknown: ["unknown", "var(--c4)"],
    },
    subject: ["electric_bike", "Electric bikes made"],
  },
  {
    id: "riders",
    title: "Members and casual riders",
    dimension: "member_casual",
    series: { member: ["members", "var(--c1)"], casual: ["casual", "var(--c2)"], unknown: ["unknown", "var(--c4)"] },
    subject: ["member", "Members made"],
  },
];

/** Shares of bike types and of kinds of riders by month. */
export function kindsByMonth(plot: Plot, data: ReportData): Section[] {
  const { months } = data;
  return kinds.map(({ id, title, dimension, series: known, subject }) => {
    const rows = data.trips.filter((row) => row.dimension === dimension && row.trips > 0);
    const values = [...new Set([...Object.keys(known), ...rows.map(({ value }) => value)])].filter((value) =>
      rows.some((row) => row.value === value),
    );
    const series = Object.fromEntries(
      values.map((value): [string, [string, string]] => [
        value,
        Object.hasOwn(known, value) ? known[value]! : [value, "var(--c3)"],
      ]),
    );
    const bars = rows.map(({ month, value }) => ({
      ...{ month, series: value },
      value: 100 * shareOf(data, dimension, value, month),
    }));
    const shape = {
      unit: "share of trips",
      months,
      bars,
      series,
      height: 240,
      top: 100,
      format: (v: number) => `${v}%`,
    };
    const trips = (month: string, value: string) =>
      rows.find((row) => row.month === month && row.value === value)?.trips ?? 0;
    return {
      ...{ id, title, sentence: readKind(data, dimension, subject), half: true },
      chart: (label) => monthsFigure(plot, label, shape, true),
      numbers: {
        columns: ["Month", ...values.map((value) => series[value]![0])],
        rows: months.map((month) => [month, ...values.map((value) => whole(trips(month, value)))]),
      },
    };
  });
}

function readKind(data: ReportData, dimension: Kind["dimension"], [value, phrase]: Kind["subject"]): string {
  const shares = data.months.map((month) => ({ month, share: shareOf(data, dimension, value, month) }));
  const [first, latest] = [shares.find(({ share }) => share > 0), shares.at(-1)!];
  const now = `${phrase} ${percent(latest.share)} of the trips in ${longMonth(latest.month)}`;
  if (first === undefined || first.month === latest.month) return `${now}.`;
  const [before, after] = [percent(first.share), percent(latest.share)];
  const moved = before === after ? "as in" : `${latest.share > first.share ? "up" : "down"} from ${before} in`;
  return `${now}, ${moved} ${longMonth(first.month)}.`;
}

/** Values of the mart that aren't counties: all trips first, what has no county last. */
const notCounties = new Map([
  ["all", { name: "All trips", rank: -1 }],
  ["outside", { name: "In no county", rank: 1 }],
  ["unknown", { name: "Place unknown", rank: 2 }],
]);

/** Trips and their growth, county by county, the biggest first. */
export function growthByCounty(plot: Plot, { months, growth }: ReportData): Section {
  const latest = months.at(-1)!;
  const counties = [...new Set(growth.map(({ county }) => county))]
    .map((county) => ({
      ...(notCounties.get(county) ?? { name: county, rank: 0 }),
      byMonth: new Map(growth.filter((row) => row.county === county).map((row) => [row.month, row])),
    }))
    .map((county) => ({ ...county, trips: sum([...county.byMonth.values()], ({ trips }) => trips) }))
    .filter(({ trips }) => trips > 0)
    .sort((a, b) => a.rank - b.rank || b.trips - a.trips);
  const cell = (value: number | null | undefined) => (value == null ? "–" : change(value));
  const rows = counties.map(({ name, byMonth }) => {
    const now = byMonth.get(latest);
    const line = sparkline(plot, `Trips by month: ${name}`, months, (month) => byMonth.get(month)?.trips ?? 0);
    return markup`<tr><th scope="row">${name}</th><td class="spark">${line}</td><td>${whole(now?.trips ?? 0)}</td>
<td class="wide">${cell(now?.toMonthBefore)}</td><td>${cell(now?.toYearBefore)}</td></tr>`;
  });
  return {
    ...{ id: "growth", title: "Growth by county of the start", sentence: readGrowth(growth, latest) },
    chart: () => markup`<table class="growth"><thead><tr><th scope="col">County</th>
<th scope="col" class="spark">Trips by month<span class="wide">, each on its own scale</span></th>
<th scope="col">Trips in ${longMonth(latest)}</th><th scope="col" class="wide">Change to the month before</th>
<th scope="col">Change to a year before</th></tr></thead><tbody>${rows}</tbody></table>`,
    note: "A change is – where the earlier month isn't loaded or had no trips there.",
    numbers: {
      columns: ["Month", ...counties.map(({ name }) => name)],
      rows: months.map((month) => [month, ...counties.map(({ byMonth }) => whole(byMonth.get(month)?.trips ?? 0))]),
    },
  };
}

function readGrowth(growth: Growth[], latest: string): string {
  const now = growth.filter(({ month, county }) => month === latest && !notCounties.has(county));
  const comparisons = [
    ["toYearBefore", "a year before"],
    ["toMonthBefore", "the month before"],
  ] as const;
  for (const [key, than] of comparisons) {
    const known = now.filter((row) => row[key] !== null);
    const [best, worst] = [most(known, (row) => row[key]!), most(known, (row) => -row[key]!)];
    if (!best || !worst) continue;
    const named = ({ county, [key]: value }: Growth) => `${county} (${change(value!)})`;
    const start = `Compared with ${than}, trips in ${longMonth(latest)}`;
    return best === worst
      ? `${start} changed by ${change(best[key]!)} in ${best.county}.`
      : `${start} did best in ${named(best)} and worst in ${named(worst)}.`;
  }
  const top = most(now, ({ trips }) => trips);
  const none = "there's no earlier month to compare with";
  return top
    ? `${top.county} had the most trips in ${longMonth(latest)}, ${whole(top.trips)}; ${none}.`
    : "No trip started in a county.";
}
