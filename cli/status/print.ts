import { monthOf } from "../backfill/plan";
import { monthsInWords } from "../backfill/words";
import { count } from "../support/printTable";
import { missingMonths, problemsOf, type Status } from "./status";

/** A time as a person in San Francisco, where the schedule is set, reads it. */
export const whenOf = (iso: string) =>
  new Intl.DateTimeFormat("en-CA", {
    timeZone: "America/Los_Angeles",
    dateStyle: "short",
    timeStyle: "short",
    hourCycle: "h23",
  }).format(new Date(iso)) + " (San Francisco)";

const unknown = "unknown";

function scheduleLine({ schedule }: Status): string {
  if (schedule === undefined) return unknown;
  const { next, paused, backfill } = schedule;
  if (backfill) return `backfill running: next ${monthOf(backfill.at)}, last ${monthOf(backfill.until)}`;
  if (paused) return "off";
  return next === undefined ? "not scheduled yet" : `next run ${whenOf(next)}`;
}

function monthsLine(status: Status): string {
  const { loads, failedLoads = [], published } = status;
  if (loads === undefined) return unknown;
  const missing = missingMonths(status);
  const newest = (list: string[]) => (list.length === 0 ? "" : ` (newest ${list.at(-1)})`);
  return [
    `${count(loads.length)} loaded${newest(loads.map(({ month }) => month))}`,
    `${count(failedLoads.length)} failed${newest(failedLoads.map(({ month }) => month))}`,
    published === undefined
      ? "published months unknown"
      : `${count(missing.length)} published but not loaded${newest(missing)}`,
  ].join(", ");
}

function modelsLine({ loads, lastBuild }: Status): string {
  if (loads === undefined) return unknown;
  const built = loads.filter(({ isBuilt }) => isBuilt);
  const behind = loads.length - built.length;
  const state = lastBuild ? `, last build ${lastBuild.state.toLowerCase()}` : "";
  return `${monthsInWords(built.length)} built${behind > 0 ? `, ${monthsInWords(behind)} behind` : ""}${state}`;
}

function rejectedLine({ loads }: Status): string {
  if (loads === undefined) return unknown;
  const rejected = loads.reduce((sum, load) => sum + load.rejected, 0);
  const rows = loads.reduce((sum, load) => sum + load.rows, rejected);
  if (rows === 0) return "no rows loaded";
  return `${count(rejected)} of ${count(rows)} rows (${((100 * rejected) / rows).toFixed(2)}%)`;
}

function driftLine({ drift }: Status): string {
  if (drift === undefined) return unknown;
  return drift.length === 0 ? "as the stack set them" : `changed: ${drift.join(", ")}`;
}

/** The lines of `status`. */
export function linesOf(status: Status): string[] {
  const up = status.services.filter(({ state }) => state === "up").map(({ service }) => service);
  const down = status.services.filter(({ state }) => state === "down").map(({ service }) => `${service} is down`);
  const rows: [string, string][] = [
    ["Services", [...(up.length > 0 ? [`${up.join(", ")} up`] : []), ...down].join("; ")],
    ["Schedule", scheduleLine(status)],
    ["Months", monthsLine(status)],
    ["Models", modelsLine(status)],
    ["Rejected", rejectedLine(status)],
    ["KV entries", driftLine(status)],
  ];
  const problems = problemsOf(status);
  const list = problems.flatMap(({ problem, command }) => [`  ✗ ${problem}`, `    ${command}`]);
  return [
    `Stack ${status.stack}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(10)}  ${text}`),
    "",
    ...(problems.length === 0 ? ["Nothing to do."] : ["To do:", ...list]),
  ];
}
