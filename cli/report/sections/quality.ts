import { monthsFigure } from "../charts/months";
import type { ReportData } from "../data";
import type { Section } from "../page";
import type { Plot } from "../plot";
import { count, longMonth, most, percent, sum, whole } from "../text";

/** Colours of the most frequent reasons; the others share one. */
const colours = ["var(--c2)", "var(--c1)", "var(--c5)", "var(--c3)"];
const others = "other reasons";

/** Rejected rows by reason and month, as a share of the published rows. */
export function rejectedByMonth(plot: Plot, { months, quality }: ReportData): Section {
  const rejected = quality.filter(({ outcome }) => outcome !== "loaded");
  const reasons = [...new Set(rejected.map(({ outcome }) => outcome))]
    .map((reason) => ({
      reason,
      rows: sum(
        rejected.filter((row) => row.outcome === reason),
        ({ rows }) => rows,
      ),
    }))
    .sort((a, b) => b.rows - a.rows);
  const named = reasons.slice(0, colours.length).map(({ reason }) => reason);
  const series: Record<string, [string, string]> = Object.fromEntries(
    named.map((reason, i) => [reason, [reason, colours[i]!]]),
  );
  if (reasons.length > named.length) series[others] = [others, "var(--c4)"];
  const seriesOf = (reason: string) => (named.includes(reason) ? reason : others);
  const bars = months.flatMap((month) =>
    Object.keys(series).map((name) => {
      const rows = rejected.filter((row) => row.month === month && seriesOf(row.outcome) === name);
      return { month, series: name, value: sum(rows, ({ sharePercent }) => sharePercent ?? 0) };
    }),
  );
  const [all, total] = [sum(quality, ({ rows }) => rows), sum(reasons, ({ rows }) => rows)];
  const share = `${whole(total)} of ${whole(all)} published rows (${percent(total / (all || 1))})`;
  const rowsOf = (month: string, reason?: string) =>
    quality.filter((row) => row.month === month && (reason === undefined || row.outcome === reason));
  const numbers = (month: string, reason?: string) => whole(sum(rowsOf(month, reason), ({ rows }) => rows));
  return {
    ...{ id: "rejected", title: "Rejected rows by reason", half: true },
    sentence: reasons[0]
      ? `${share} were rejected, most often as “${reasons[0].reason}” (${whole(reasons[0].rows)}).`
      : `None of the ${whole(all)} published rows was rejected.`,
    chart: (label) => {
      const shape = { unit: "share of the file's rows", months, bars, series, height: 240 };
      return monthsFigure(plot, label, { ...shape, format: (v) => `${v}%` }, true);
    },
    numbers: {
      columns: ["Month", "Published rows", ...reasons.map(({ reason }) => reason)],
      rows: months.map((month) => [month, numbers(month), ...reasons.map(({ reason }) => numbers(month, reason))]),
    },
  };
}

/** Days from a month's end to its publication. */
export function lateness(plot: Plot, { months, quality }: ReportData): Section {
  const bars = months.flatMap((month) => {
    const value = quality.find((row) => row.month === month)?.daysToPublication;
    return value == null ? [] : [{ month, series: "days", value }];
  });
  const sorted = bars.map(({ value }) => value).sort((a, b) => a - b);
  const [late, median] = [most(bars, ({ value }) => value), sorted[Math.ceil(sorted.length / 2) - 1]];
  const shape = { unit: "days from the month's end", months, bars, height: 240, format: String };
  return {
    ...{ id: "lateness", title: "Days until a month was published", half: true },
    sentence:
      late && median !== undefined
        ? `Half of the months were published within ${count(median, "day")} of their end; the latest, ${longMonth(late.month)}, took ${count(late.value, "day")}.`
        : "No month says when it was published.",
    chart: (label) => monthsFigure(plot, label, { ...shape, series: { days: ["days", "var(--c1)"] } }, true),
    numbers: { columns: ["Month", "Days"], rows: bars.map(({ month, value }) => [month, value]) },
  };
}
