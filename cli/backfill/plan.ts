import { UsageError } from "../commandLine";
import type { Status } from "../status/status";

/** Which months of the range a backfill loads. */
export const selections = ["missing", "failed", "all"] as const;
export type Selection = (typeof selections)[number];

/** What a backfill does with a month. */
export type Action =
  | "load"
  /** It is loaded: the flow skips it unless its file has changed. */
  | "unchanged"
  | "never published"
  /** It isn't selected. */
  | "left out"
  /** The schedule's date for it hasn't come yet, and a backfill runs past dates only. */
  | "too new";

export interface Plan {
  months: { month: string; action: Action }[];
  /** Ranges of months, oldest first: each is one backfill of the trigger. */
  ranges: [from: string, to: string][];
  /** True: files are loaded even if they haven't changed. */
  reload: boolean;
}

/** The month `n` months later. */
export function addMonths(month: string, n: number): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, number - 1 + n, 1)).toISOString().slice(0, 7);
}

/** All months from one to another. */
export function monthsBetween(from: string, to: string): string[] {
  const months: string[] = [];
  for (let month = from; month <= to; month = addMonths(month, 1)) months.push(month);
  return months;
}

/**
 * First and last date of a backfill of months. The schedule loads, on the 15th, the month before; so the dates
 * begin and end beside the 15th, in whatever time zone.
 */
export const datesOf = (from: string, to: string) => ({
  start: `${addMonths(from, 1)}-14T00:00:00Z`,
  end: `${addMonths(to, 1)}-17T00:00:00Z`,
});

/** The month that the schedule's date belongs to. */
export const monthOf = (date: string) => addMonths(date.slice(0, 7), -1);

/**
 * What a backfill will do.
 * @param today ISO date
 * @throws UsageError when no month of the range can be loaded
 */
export function planOf(status: Status, from: string, to: string, only: Selection, today: string): Plan {
  if (from > to) throw new UsageError(`--from ${from} is after --to ${to}`);
  const published = new Set(status.published);
  const loaded = new Set(status.loads?.map(({ month }) => month));
  const failed = new Set(status.failedLoads?.map(({ month }) => month));
  const actionOf = (month: string): Action => {
    if (!published.has(month)) return "never published";
    if (datesOf(month, month).end > today) return "too new";
    if (only === "all") return "load";
    if (only === "failed") return failed.has(month) ? "load" : loaded.has(month) ? "unchanged" : "left out";
    return loaded.has(month) ? "unchanged" : "load";
  };
  const months = monthsBetween(from, to).map((month) => ({ month, action: actionOf(month) }));
  return { months, ranges: rangesOf(months), reload: only === "all" };
}

/** One range for months to load, and for those between them that the flow skips by itself. */
function rangesOf(months: Plan["months"]): [string, string][] {
  const ranges: [string, string][] = [];
  let isOpen = false;
  for (const { month, action } of months) {
    if (action === "left out" || action === "too new") isOpen = false;
    if (action !== "load") continue;
    if (isOpen) ranges.at(-1)![1] = month;
    else ranges.push([month, month]);
    isOpen = true;
  }
  return ranges;
}
