import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { serviceNames, type ServiceName } from "../../local/services/definitions";
import type { Workspace } from "../support/workspace";
import type { Figure } from "./figures";

/** Milliseconds between two looks. */
const interval = 1000;

/** Peak memory of all services together, in MB. */
const target = 2048;

interface Process {
  parent: number;
  /** Resident memory in MB. */
  resident: number;
}

/** Every process of this machine by its id. */
async function processes(): Promise<Map<number, Process>> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,rss="], { encoding: "utf8" });
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return new Map(rows.map(([pid, parent, kilobytes]) => [pid!, { parent: parent!, resident: kilobytes! / 1024 }]));
}

/** The most that a process ever held in MB, as Linux remembers it; elsewhere undefined. */
function highWaterMark(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}

/**
 * Watches the resident memory of a checkout's services. A service's own process counts with its high-water mark on Linux and with the largest
 * sample elsewhere; its children (dbt is one of Kestra's) with their largest sample. What processes share counts in each of them.
 */
export class MemoryWatch {
  private readonly own = new Map<ServiceName, number>();
  private readonly children = new Map<ServiceName, number>();
  /** Largest samples of each service, its children left out, since the last lap. */
  private lapPeaks = new Map<ServiceName, number>();
  private readonly timer: NodeJS.Timeout;
  private look: Promise<void> | undefined;

  constructor(private readonly workspace: Workspace) {
    this.timer = setInterval(() => {
      this.look ??= this.sample().finally(() => (this.look = undefined));
      // a look that failed is made up for by the next one
      this.look.catch(() => {});
    }, interval);
  }

  /** Stops watching. */
  stop(): void {
    clearInterval(this.timer);
  }

  /** Looks a last time; the peak of each service, of its children where it has any, and the sum of all these peaks. */
  async figures(): Promise<Figure[]> {
    this.stop();
    await this.look?.catch(() => {});
    await this.sample();
    const rows = serviceNames.flatMap((service) => {
      const own = { what: `Peak RSS: ${service}`, value: this.own.get(service) ?? NaN, unit: "MB" as const };
      const children = this.children.get(service);
      const what = `Peak RSS: child processes of ${service}${service === "kestra" ? " (dbt)" : ""}`;
      return children ? [own, { what, value: children, unit: "MB" as const }] : own;
    });
    if (rows.some(({ value }) => Number.isNaN(value)))
      throw new Error("A service's process was not found by its pid file");
    const sum = rows.reduce((total, { value }) => total + value, 0);
    return [...rows, { what: "Peak RSS: sum", value: sum, unit: "MB", target, note: "of peaks at different times" }];
  }

  /** Largest samples of each service in MB since the lap before, its children left out: what a service held once counts no more. */
  async lap(): Promise<Partial<Record<ServiceName, number>>> {
    await this.sample();
    const peaks = Object.fromEntries(this.lapPeaks);
    this.lapPeaks = new Map();
    return peaks;
  }

  private async sample(): Promise<void> {
    const all = await processes();
    for (const service of serviceNames) {
      const pid = this.pidOf(service);
      const process = pid === undefined ? undefined : all.get(pid);
      if (process === undefined) continue;
      raise(this.own, service, highWaterMark(pid!) ?? process.resident);
      raise(this.lapPeaks, service, process.resident);
      raise(this.children, service, below(all, pid!));
    }
  }

  private pidOf(service: ServiceName): number | undefined {
    try {
      const text = readFileSync(this.workspace.path(".local/services", service, "pid"), "utf8");
      return (JSON.parse(text) as { pid: number }).pid;
    } catch {
      return undefined;
    }
  }
}

function raise(peaks: Map<ServiceName, number>, service: ServiceName, value: number): void {
  peaks.set(service, Math.max(value, peaks.get(service) ?? 0));
}

/** Resident memory in MB of all processes that stem from one. */
function below(all: Map<number, Process>, ancestor: number): number {
  let sum = 0;
  for (const [pid, { parent, resident }] of all) if (parent === ancestor) sum += resident + below(all, pid);
  return sum;
}
