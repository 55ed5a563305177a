import type { Markish } from "@observablehq/plot";
import { draw, type Plot } from "../plot";
import { atBothSizes, legend } from "../page";
import { calendar, gapsIn, markup, monthName, monthNumber, monthOf, short, whole, type Html } from "../text";

/** A value of a month: part of its bar. */
interface Bar {
  month: string;
  series: string;
  value: number;
}

/** What a chart over months shows. */
export interface MonthsChart {
  /** Unit of the values, shown above the axis. */
  unit: string;
  /** All months of the report, oldest first. */
  months: string[];
  bars: Bar[];
  /** Series from the axis up, with their names and colours. */
  series: Record<string, [name: string, colour: string]>;
  height: number;
  format?: (value: number) => string;
  /** Top of the axis; default: the highest bar. */
  top?: number;
  /** Whether values stand above the bars; only where there's room. */
  values?: boolean;
}

/** A chart over months at both sizes, with a legend where there's something to tell apart. */
export function monthsFigure(plot: Plot, label: string, chart: MonthsChart, half = false): Html {
  const names = Object.values(chart.series);
  const gap: [string, string][] = gapsIn(chart.months).length > 0 ? [["month not loaded", "var(--gap)"]] : [];
  const entries = [...(names.length > 1 ? names : []), ...gap];
  return markup`${entries.length > 0 ? legend(entries) : ""}${atBothSizes((width) => monthsChart(plot, label, chart, width), half)}`;
}

/** The same on all charts over months, so that their axes are aligned. */
const margins = { left: 44, right: 8 };

/** Pixels that a month may take at most: few months make no fat bars. */
const widest = 96;

interface Scale {
  first: number;
  length: number;
  step: number;
}

function scaleOf(months: string[], width: number): Scale {
  const all = calendar(months);
  const step = Math.min(widest, (width - margins.left - margins.right) / all.length);
  return { first: monthNumber(all[0]!), length: all.length, step };
}

/** Every month, or every second, third, sixth or twelfth one, as there's room; years below their first label. */
function axis(plot: Plot, { first, length, step }: Scale): Markish {
  const every = [1, 2, 3, 6].find((number) => number * step >= 30) ?? 12 * Math.ceil(36 / (12 * step));
  const labelled = Array.from({ length }, (_, i) => i).filter((i) => (first + i) % every === 0);
  const style = { label: null, lineHeight: 1.3, fill: "currentColor", stroke: "var(--line)" };
  const year = (i: number) => monthOf(first + i).slice(0, 4);
  if (every >= 12) return plot.axisX(labelled, { ...style, tickFormat: year, textAnchor: "start", dx: -1 });
  const text = (i: number, n: number) =>
    monthName(monthOf(first + i)) + (n > 0 && year(i) === year(labelled[n - 1]!) ? "" : `\n${year(i)}`);
  const centres = labelled.map((i) => i + 0.5);
  return plot.axisX(centres, { ...style, tickSize: 0, tickFormat: (x: number, n: number) => text(Math.floor(x), n) });
}

/** Rectangles of a series: stacked on the series below it. */
function stacked({ bars, series: all }: MonthsChart): { series: string; bar: Bar; from: number; to: number }[] {
  const tops = new Map<string, number>();
  return Object.keys(all).flatMap((series) =>
    bars
      .filter((bar) => bar.series === series && bar.value > 0)
      .map((bar) => {
        const from = tops.get(bar.month) ?? 0;
        tops.set(bar.month, from + bar.value);
        return { series, bar, from, to: from + bar.value };
      }),
  );
}

/** Stacked bars over months, with a pale band where a month isn't loaded. */
function monthsChart(plot: Plot, label: string, chart: MonthsChart, width: number): Html {
  const { months, height, unit, format = short } = chart;
  const scale = scaleOf(months, width);
  const x = (month: string) => monthNumber(month) - scale.first;
  const inset = scale.step > 12 ? scale.step * 0.08 : scale.step > 6 ? 0.6 : -0.1;
  const parts = stacked(chart);
  // a line between neighbours whose colours somebody might not tell apart
  const insetTop = Object.keys(chart.series).length > 1 ? 0.75 : 0;
  const hasValues = chart.values === true && scale.step >= 56;
  // room for the values above the bars
  const top = chart.top ?? (hasValues ? 1.08 : 1) * Math.max(...parts.map(({ to }) => to), 0);
  const totals = months.map((month) => ({
    month,
    to: Math.max(0, ...parts.filter((part) => part.bar.month === month).map(({ to }) => to)),
  }));
  return draw(plot, label, {
    ...{ width, height, marginLeft: margins.left, marginTop: 28, marginBottom: 40 },
    marginRight: width - margins.left - scale.step * scale.length,
    x: { domain: [0, scale.length], axis: null },
    y: { domain: [0, top || 1], axis: null, nice: chart.top === undefined ? 4 : false },
    marks: [
      plot.gridY({ ticks: 4, stroke: "var(--line)", strokeOpacity: 1 }),
      plot.axisY({ ticks: 4, tickSize: 0, tickFormat: format, label: unit, labelArrow: "none", labelAnchor: "top" }),
      plot.rectX(gapsIn(months), { x1: x, x2: (month: string) => x(month) + 1, fill: "var(--gap)" }),
      ...Object.entries(chart.series).map(([series, [, fill]]) =>
        plot.rect(
          parts.filter((part) => part.series === series),
          {
            x1: ({ bar }: { bar: Bar }) => x(bar.month),
            x2: ({ bar }: { bar: Bar }) => x(bar.month) + 1,
            ...{ y1: "from", y2: "to", fill, insetTop, insetLeft: inset, insetRight: inset },
          },
        ),
      ),
      plot.ruleY([0], { stroke: "var(--ink)" }),
      ...(hasValues
        ? [
            plot.text(totals, {
              x: ({ month }: Bar) => x(month) + 0.5,
              y: "to",
              dy: -8,
              text: ({ to }: { to: number }) => whole(to),
            }),
          ]
        : []),
      axis(plot, scale),
    ],
  });
}

/** Bars without axes, for a table's cell. */
export function sparkline(plot: Plot, label: string, months: string[], valueOf: (month: string) => number): Html {
  const { first, length } = scaleOf(months, 0);
  const [x1, x2] = [(month: string) => monthNumber(month) - first, (month: string) => monthNumber(month) - first + 1];
  return draw(plot, label, {
    ...{ width: 180, height: 30, margin: 0, marginBottom: 1, marginRight: Math.max(0, 180 - 16 * length) },
    x: { domain: [0, length], axis: null },
    y: { domain: [0, Math.max(1, ...months.map(valueOf))], axis: null },
    marks: [
      plot.rectX(gapsIn(months), { x1, x2, fill: "var(--gap)" }),
      plot.rect(months, { x1, x2, y1: 0, y2: valueOf, fill: "var(--c1)", insetRight: length > 36 ? -0.2 : 1 }),
      plot.ruleY([0], { stroke: "var(--ink)" }),
    ],
  });
}
