import { isDue } from "../backfill/plan";
import { rangesInWords } from "../backfill/words";
import { bay } from "../support/openStack";
import { plainText } from "../support/plainText";
import { stack as localStack } from "../support/stack";

/** Whether a server or process answers; `detail` says why not. */
export interface ServiceState {
  service: string;
  state: "up" | "down";
  detail?: string;
}

/** The monthly schedule; `backfill` while one runs. Times are ISO 8601. */
export interface Schedule {
  next?: string;
  paused: boolean;
  backfill?: { at: string; until: string };
}

/** A month that couldn't be loaded. */
export interface Load {
  month: string;
  execution: string;
  reason?: string;
}

/** What a stack is like now. A part that couldn't be read is undefined. */
export interface Status {
  stack: string;
  /** When it was read, ISO 8601. */
  at: string;
  services: ServiceState[];
  schedule?: Schedule;
  /** Months whose newest load failed. */
  failedLoads?: Load[];
  lastBuild?: { execution: string; state: string; isRunning: boolean; reason?: string };
  /** Keys of KV entries that aren't what the stack set. */
  drift?: string[];
  hasCounties?: boolean;
  /** Loaded months, oldest first; `isBuilt`: the models hold this load. */
  loads?: { month: string; rows: number; rejected: number; isBuilt: boolean }[];
  /** Published months, oldest first. */
  published?: string[];
}

/** Something that a person has to do. */
export interface Problem {
  problem: string;
  /** The command that solves it. */
  command: string;
}

/** Published months newer than the oldest loaded one that aren't loaded: those that the schedule would load. */
export function missingMonths({ loads = [], published = [] }: Status): string[] {
  const loaded = new Set(loads.map(({ month }) => month));
  const oldest = loads[0]?.month;
  return oldest === undefined ? [] : published.filter((month) => month > oldest && !loaded.has(month));
}

/** What a person has to do, the most basic first; empty if all is well. */
export function problemsOf(status: Status): Problem[] {
  const { stack, schedule, failedLoads = [], drift = [] } = status;
  const start = stack === localStack ? "npm start" : `pulumi up --refresh -s ${stack}`;
  const problems = downs(status, start);
  const add = (problem: string, command: string) => problems.push({ problem, command });
  if (drift.length > 0)
    add(
      `KV entries were changed by hand: ${drift.join(", ")}`,
      stack === localStack ? "npm run pulumi -- up --refresh" : start,
    );
  if (schedule?.paused) add("The schedule is off: new months aren't loaded", bay(stack, "schedule on"));
  for (const { month, reason } of failedLoads)
    add(`Month ${month} wasn't loaded${reason ? `: ${plainText(reason)}` : ""}`, bay(stack, `load ${month}`));
  return [...problems, ...missing(status), ...behind(status)];
}

/** Servers that are down. */
function downs({ stack, services }: Status, start: string): Problem[] {
  return services
    .filter(({ state }) => state === "down")
    .map(({ service, detail }) => ({
      problem: detail === undefined ? `${service} is down` : plainText(detail),
      // only Kestra belongs to the stack of another cloud
      command: stack === localStack || service === "Kestra" ? start : bay(stack, "doctor"),
    }));
}

/** Months that the schedule should have loaded, and what of the pipeline never ran. */
function missing(status: Status): Problem[] {
  const { stack, at, schedule, failedLoads = [], loads, hasCounties, published = [] } = status;
  if (loads === undefined || schedule?.backfill !== undefined) return [];
  const first = stack === localStack ? "npm start" : bay(stack, `load ${published.at(-1) ?? "<month>"}`);
  if (loads.length === 0) return [{ problem: "No month is loaded", command: first }];
  const problems: Problem[] = [];
  if (hasCounties === false)
    problems.push({
      problem: "The counties aren't loaded",
      command: stack === localStack ? "npm start" : bay(stack, "build"),
    });
  const due = missingMonths(status).filter(
    (month) => isDue(month, at) && !failedLoads.some((load) => load.month === month),
  );
  const isAlone = due.length === 1;
  if (due.length > 0)
    problems.push({
      problem: `${isAlone ? "1 published month isn't" : `${due.length} published months aren't`} loaded: ${rangesInWords(due)}`,
      command: bay(stack, isAlone ? `load ${due[0]}` : `backfill --from ${due[0]} --to ${due.at(-1)}`),
    });
  return problems;
}

/** Loads that the models lack, and a build that failed. */
function behind({ stack, schedule, loads = [], lastBuild }: Status): Problem[] {
  if (schedule?.backfill !== undefined || lastBuild?.isRunning) return [];
  const reason =
    lastBuild?.state === "FAILED"
      ? `the last build failed${lastBuild.reason ? `, ${plainText(lastBuild.reason)}` : ""}`
      : "";
  const unbuilt = loads.filter(({ isBuilt }) => !isBuilt).length;
  if (unbuilt === 0)
    return reason === "" ? [] : [{ problem: `Models: ${reason}`, command: bay(stack, "build --full-refresh") }];
  const text = unbuilt === 1 ? "1 loaded month isn't built" : `${unbuilt} loaded months aren't built`;
  return [{ problem: reason === "" ? text : `${text}: ${reason}`, command: bay(stack, "build") }];
}
