import type { Length } from "../data";
import { draw, type Plot } from "../plot";
import { cut, decimal, sum, weekdays, whole, type Html } from "../text";

/** Trips per hour of the week, on average. */
interface HourOfWeek {
  weekday: number;
  hour: number;
  perHour: number;
}

/** How many shades the heat map has. */
export const shades = 7;

/** Colour of a value between 0 and the greatest one. */
const shade = (value: number, top: number) =>
  `var(--s${Math.min(shades - 1, Math.floor((value / (top || 1)) * shades))})`;

const hourLabel = (hour: number) => (hour % 3 === 0 ? `${hour}:00` : "");

/** Hours by weekday: hours run to the right where it's wide, and down on a phone. */
export function heatMap(plot: Plot, label: string, cells: HourOfWeek[], width: number): Html {
  const top = Math.max(...cells.map(({ perHour }) => perHour));
  const wide = width > 600;
  const day = ({ weekday }: HourOfWeek) => weekday;
  const days = {
    domain: [1, 2, 3, 4, 5, 6, 7],
    tickSize: 0,
    label: null,
    padding: 0.06,
    tickFormat: (n: number) => weekdays[n - 1]!.slice(0, 3),
  };
  const hours = {
    domain: Array.from({ length: 24 }, (_, i) => i),
    tickSize: 0,
    label: null,
    padding: 0.06,
    tickFormat: hourLabel,
  };
  return draw(plot, label, {
    ...{
      width,
      height: wide ? 250 : 430,
      marginLeft: 44,
      marginRight: 8,
      marginBottom: wide ? 28 : 8,
      marginTop: wide ? 8 : 24,
    },
    x: wide ? hours : { ...days, axis: "top" },
    y: wide ? days : hours,
    marks: [
      plot.cell(cells, {
        ...(wide ? { x: "hour", y: day } : { x: day, y: "hour" }),
        fill: ({ perHour }: HourOfWeek) => shade(perHour, top),
        title: ({ weekday, hour, perHour }: HourOfWeek) => `${weekdays[weekday - 1]} ${hour}:00: ${decimal(perHour)}`,
      }),
    ],
  });
}

/** A histogram in shares of all trips; the open last step is paler. */
export function histogram(plot: Plot, label: string, unit: string, steps: Length[], width: number): Html {
  const total = sum(steps, ({ trips }) => trips);
  const step = steps[0]?.before ? steps[0].before - steps[0].from : 1;
  const end = Math.max(...steps.map(({ from }) => from)) + step;
  const share = ({ trips }: Length) => (100 * trips) / total;
  return draw(plot, label, {
    ...{ width, height: 250, marginLeft: 44, marginRight: 8, marginTop: 28, marginBottom: 36 },
    x: { domain: [0, end], label: unit, labelArrow: "none", labelAnchor: "center", ticks: 6, tickSize: 4 },
    y: { domain: [0, Math.max(...steps.map(share))], nice: 4, axis: null },
    marks: [
      plot.gridY({ ticks: 4, stroke: "var(--line)", strokeOpacity: 1 }),
      plot.axisY({
        ticks: 4,
        tickSize: 0,
        tickFormat: (v: number) => `${v}%`,
        label: "share of trips",
        labelArrow: "none",
        labelAnchor: "top",
      }),
      plot.rect(steps, {
        ...{
          x1: "from",
          x2: ({ from }: Length) => from + step,
          y1: 0,
          y2: share,
          inset: 0.75,
          insetTop: 0,
          insetBottom: 0,
        },
        fill: ({ before }: Length) => (before === null ? "var(--c4)" : "var(--c1)"),
        title: ({ from, before, trips }: Length) =>
          `${from}${before === null ? " or more" : `–${before}`}: ${whole(trips)}`,
      }),
      plot.ruleY([0], { stroke: "var(--ink)" }),
    ],
  });
}

/** A row of a ranking. */
export interface Ranked {
  name: string;
  value: number;
  /** The value as text. */
  text: string;
}

const rowHeight = 38;

/** Horizontal bars, each below its name; negative values to the left, in the other colour. */
export function ranking(plot: Plot, label: string, rows: Ranked[], width: number): Html {
  const values = rows.map(({ value }) => value);
  const least = Math.min(0, ...values);
  const y = (_: unknown, i: number) => i;
  const names = Math.floor((width - 60) / 6.6);
  return draw(plot, label, {
    ...{ width, height: rows.length * rowHeight + 4, margin: 0, marginRight: 2 },
    x: { domain: [least, Math.max(0, ...values) || 1], axis: null },
    y: { domain: [0, rows.length], axis: null },
    marks: [
      plot.rect(rows, {
        ...{ x1: 0, x2: "value", y1: (_, i) => rows.length - i - 0.88, y2: (_, i) => rows.length - i - 0.58 },
        fill: ({ value }: Ranked) => (value < 0 ? "var(--out)" : least < 0 ? "var(--in)" : "var(--c1)"),
      }),
      plot.ruleX(least < 0 ? rows : [], {
        ...{ x: 0, y1: (_, i) => rows.length - i - 0.92, y2: (_, i) => rows.length - i - 0.54, stroke: "var(--ink)" },
      }),
      ...[
        { text: ({ name }: Ranked) => cut(name, names), frameAnchor: "left" as const, textAnchor: "start" as const },
        { text: ({ text }: Ranked) => text, frameAnchor: "right" as const, textAnchor: "end" as const },
      ].map((options) =>
        plot.text(rows, { ...options, y: (r, i) => rows.length - y(r, i) - 0.34, lineAnchor: "middle" }),
      ),
    ],
  });
}
