import { heatMap, histogram, shades } from "../charts/distributions";
import type { Length, ReportData } from "../data";
import { atBothSizes, legend, type Section } from "../page";
import type { Plot } from "../plot";
import { decimal, hourSpan, markup, most, percent, sum, weekdays, weekdaysIn, whole } from "../text";

/** Hour by weekday, as trips per hour on average over the days of the report. */
export function hoursOfTheWeek(plot: Plot, { months, hours }: ReportData): Section {
  const days = weekdaysIn(months);
  const trips = (weekday: number, hour: number) =>
    hours.find((row) => row.weekday === weekday && row.hour === hour)?.trips ?? 0;
  const allHours = Array.from({ length: 24 }, (_, hour) => hour);
  const cells = days.flatMap((number, day) =>
    allHours.map((hour) => ({ weekday: day + 1, hour, perHour: trips(day + 1, hour) / number })),
  );
  const [top, least] = [most(cells, ({ perHour }) => perHour)!, most(cells, ({ perHour }) => -perHour)!];
  const at = ({ weekday, hour, perHour }: typeof top) =>
    `${weekdays[weekday - 1]}, ${hourSpan(hour)}, with ${decimal(perHour)}`;
  const steps = Array.from({ length: shades }, (_, i): [string, string] => {
    const from = (top.perHour * i) / shades;
    return [`${i === 0 ? "from " : ""}${top.perHour < 20 ? decimal(from) : whole(from)}`, `var(--s${i})`];
  });
  return {
    ...{ id: "hours", title: "Trips by hour and weekday" },
    sentence: `The busiest hour is ${at(top)} trips on average; the quietest is ${at(least)}.`,
    chart: (label) => markup`${legend(steps)}${atBothSizes((width) => heatMap(plot, label, cells, width))}`,
    note: "Trips per hour, averaged over the days of these months. The table has their sums.",
    numbers: {
      columns: ["Hour", ...weekdays],
      rows: allHours.map((hour) => [hourSpan(hour), ...weekdays.map((_, day) => whole(trips(day + 1, hour)))]),
    },
  };
}

interface Measure {
  measure: Length["measure"];
  title: string;
  unit: string;
  /** Bound of the short trips that the sentence counts. */
  short: number;
  note?: string;
}

const measures: Measure[] = [
  { measure: "duration_minutes", title: "Duration of trips", unit: "minutes", short: 15 },
  {
    ...{ measure: "distance_km", title: "Distance of trips", unit: "km", short: 2 },
    note: "Straight from start to end; trips with an unknown end aren't counted.",
  },
];

/** Histograms of duration, and of distance as the crow flies. */
export function lengthsOfTrips(plot: Plot, { lengths }: ReportData): Section[] {
  return measures.map(({ measure, title, unit, short, note }) => {
    const steps = lengths.filter((row) => row.measure === measure);
    const total = sum(steps, ({ trips }) => trips);
    const share = (rows: Length[]) => percent(sum(rows, ({ trips }) => trips) / total);
    const span = ({ from, before }: Length) => `${from}${before === null ? " or more" : `–${before}`}`;
    const open = steps.find(({ before }) => before === null);
    const brief = steps.filter(({ before }) => before !== null && before <= short);
    const long = open ? `, ${share([open])} take ${open.from} ${unit} or more` : "";
    return {
      ...{ id: measure.split("_")[0]!, title, half: true },
      sentence:
        total > 0
          ? `${share(brief)} of the trips are shorter than ${short} ${unit}${long}.`
          : "No trip has a known length.",
      chart: (label) =>
        markup`${total > 0 ? atBothSizes((width) => histogram(plot, label, unit, steps, width), true) : ""}`,
      note:
        [open && `The last bar is open: ${open.from} ${unit} or more.`, note].filter(Boolean).join(" ") || undefined,
      numbers: {
        columns: [unit, "Trips", "Share"],
        rows: steps.map((row) => [span(row), whole(row.trips), share([row])]),
      },
    };
  });
}
