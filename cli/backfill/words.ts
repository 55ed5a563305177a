import { count } from "../support/printTable";
import { monthsBetween, toLoad, type Action, type Plan } from "./plan";

/** `1 month`, `2 months`. */
export const monthsInWords = (n: number) => `${count(n)} month${n === 1 ? "" : "s"}`;

/** Ranges of neighbouring months: `2024-01 to 2024-03, 2024-05`. */
export function rangesInWords(months: string[]): string {
  const ranges: [string, string][] = [];
  for (const month of months) {
    const last = ranges.at(-1);
    if (last && monthsBetween(last[1], month).length === 2) last[1] = month;
    else ranges.push([month, month]);
  }
  return ranges.map(([from, to]) => (from === to ? from : `${from} to ${to}`)).join(", ");
}

/** Seconds, minutes or hours, roughly. */
export function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const sentences: Record<Action, string> = {
  load: "to load",
  "loaded already": "loaded already",
  "not published": "not published",
  "not selected": "not loaded and not selected",
  "too new": "too new for a backfill, use ./bay load",
};

/**
 * The plan in words.
 * @param secondsPerLoad median of past loads; undefined before the first
 */
export function planInWords(plan: Plan, stack: string, secondsPerLoad?: number): string[] {
  const lines = (Object.keys(sentences) as Action[]).flatMap((action) => {
    const months = plan.months.filter((month) => month.action === action).map(({ month }) => month);
    return months.length === 0
      ? []
      : [`  ${monthsInWords(months.length)} ${sentences[action]}: ${rangesInWords(months)}`];
  });
  return [`Backfill of stack ${stack}:`, ...lines, estimate(toLoad(plan).length, secondsPerLoad)];
}

function estimate(months: number, secondsPerLoad?: number): string {
  if (months === 0) return "Nothing to load.";
  if (secondsPerLoad === undefined) return "No estimate: no past loads.";
  const total = roughly(months * secondsPerLoad);
  return `About ${total}, at ${roughly(secondsPerLoad)} per month as in past loads; then one build.`;
}
