import type { Status } from "../status/status";

/** Which months of the range a backfill loads. */
export type Selection = "missing" | "failed" | "all";

/** What a backfill does with a month. */
export type Action =
  | "load"
  | "loaded already"
  | "not published"
  /** It is published, but `--only failed` doesn't select it. */
  | "not selected"
  /** Flow 05 takes a date for one of a backfill only when the schedule's next date has passed, too. */
  | "too new";

export interface Plan {
  months: { month: string; action: Action }[];
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

/** True when the schedule's own date for a month has passed at an ISO time. */
export const isDue = (month: string, time: string) => `${addMonths(month, 1)}-16` <= time;

/** True when a backfill can load a month at an ISO time. */
export const isBackfillable = (month: string, time: string) => `${addMonths(month, 2)}-16` <= time;

/** What a backfill of the months from one to another will do. */
export function planOf(status: Status, from: string, to: string, only: Selection): Plan {
  const published = new Set(status.published);
  const loaded = new Set(status.loads?.map(({ month }) => month));
  const failed = new Set(status.failedLoads?.map(({ month }) => month));
  const actionOf = (month: string): Action => {
    if (!published.has(month)) return "not published";
    if (only === "failed") return failed.has(month) ? "load" : loaded.has(month) ? "loaded already" : "not selected";
    if (only === "missing" && loaded.has(month)) return "loaded already";
    return isBackfillable(month, status.at) ? "load" : "too new";
  };
  return {
    months: monthsBetween(from, to).map((month) => ({ month, action: actionOf(month) })),
    reload: only === "all",
  };
}

/** The months that a plan loads, oldest first. */
export const toLoad = ({ months }: Plan) => months.filter(({ action }) => action === "load").map(({ month }) => month);
