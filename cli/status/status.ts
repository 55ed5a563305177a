import { bay } from "../support/openStack";

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
  const { stack, services, schedule, failedLoads = [], drift = [], loads, lastBuild } = status;
  const up = stack === "local" ? "npm start" : `pulumi up -s ${stack}`;
  const down = services.filter(({ state }) => state === "down");
  const problems: Problem[] = down.map(({ service, detail }) => ({
    problem: detail ?? `${service} is down`,
    command: up,
  }));
  if (drift.length > 0)
    problems.push({
      problem: `KV entries were changed by hand: ${drift.join(", ")}`,
      command: stack === "local" ? "npm run pulumi -- up --refresh" : `pulumi up --refresh -s ${stack}`,
    });
  if (schedule?.paused)
    problems.push({
      problem: "The schedule is paused: new months aren't loaded",
      command: bay(stack, "schedule on"),
    });
  for (const { month, reason } of failedLoads)
    problems.push({
      problem: `Month ${month} wasn't loaded${reason ? `: ${reason}` : ""}`,
      command: bay(stack, `logs --month ${month}`),
    });
  if (loads?.length === 0)
    problems.push({ problem: "No month is loaded", command: stack === "local" ? up : bay(stack, "load") });
  const missing = missingMonths(status).filter((month) => !failedLoads.some((load) => load.month === month));
  if (missing.length > 0 && schedule?.backfill === undefined)
    problems.push({
      problem: `${missing.length} published month${missing.length === 1 ? " isn't" : "s aren't"} loaded: ${rangeOf(missing)}`,
      command: bay(stack, `backfill --from ${missing[0]} --to ${missing.at(-1)}`),
    });
  const behind = (loads ?? []).filter(({ isBuilt }) => !isBuilt);
  const isBusy = schedule?.backfill !== undefined || lastBuild?.isRunning === true;
  if (behind.length > 0 && !isBusy)
    problems.push({
      problem:
        `The models lack ${behind.length} loaded month${behind.length === 1 ? "" : "s"}` +
        (lastBuild?.state === "FAILED"
          ? `: the last build failed${lastBuild.reason ? `, ${lastBuild.reason}` : ""}`
          : ""),
      command: bay(stack, "build"),
    });
  return problems;
}

/** `2024-01 to 2024-06`, or the only month. */
export const rangeOf = (months: string[]) => (months.length === 1 ? months[0]! : `${months[0]} to ${months.at(-1)}`);
