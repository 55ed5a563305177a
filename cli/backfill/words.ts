import type { Action, Plan } from "./plan";

const count = (n: number) => n.toLocaleString("en-US");
const months = (n: number) => `${count(n)} month${n === 1 ? "" : "s"}`;

/** Ranges of neighbouring months: `2024-01 to 2024-03, 2024-05`. */
export function rangesInWords(list: string[], isNext: (a: string, b: string) => boolean): string {
  const ranges: [string, string][] = [];
  for (const month of list) {
    const last = ranges.at(-1);
    if (last && isNext(last[1], month)) last[1] = month;
    else ranges.push([month, month]);
  }
  return ranges.map(([from, to]) => (from === to ? from : `${from} to ${to}`)).join(", ");
}

/** Minutes or seconds, roughly. */
export function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const sentences: Record<Action, string> = {
  load: "to load",
  unchanged: "loaded already, skipped unless the file has changed",
  "never published": "never published",
  "left out": "not loaded, but not selected",
  "too new": "too new for a backfill: use ./bay load",
};

/**
 * The plan in words.
 * @param secondsPerLoad median of past loads; undefined before the first
 */
export function planInWords(plan: Plan, stack: string, secondsPerLoad?: number): string[] {
  const order = plan.months.map(({ month }) => month);
  const isNext = (a: string, b: string) => order.indexOf(b) === order.indexOf(a) + 1;
  const lines = (Object.keys(sentences) as Action[]).flatMap((action) => {
    const list = plan.months.filter((month) => month.action === action).map(({ month }) => month);
    return list.length === 0 ? [] : [`  ${months(list.length)} ${sentences[action]}: ${rangesInWords(list, isNext)}`];
  });
  const toLoad = plan.months.filter(({ action }) => action === "load").length;
  const estimate =
    toLoad === 0
      ? "Nothing to load."
      : secondsPerLoad === undefined
        ? "No estimate: nothing was loaded before."
        : `About ${roughly(toLoad * secondsPerLoad)}, at ${roughly(secondsPerLoad)} per month as in past loads; then one build.`;
  return [`Backfill of stack ${stack}:`, ...lines, estimate];
}
