import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { serviceNames, type ServiceName } from "../../local/services/definitions";
import type { Workspace } from "../support/workspace";
import type { Figure } from "./figures";

/** Milliseconds between two samples. */
const interval = 1000;

/** Peak memory of all services together, in MB. */
const target = 2048;

interface Process {
  pid: number;
  parent: number;
  /** Resident memory in MB. */
  resident: number;
}

async function processes(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,rss="], { encoding: "utf8" });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [pid, parent, kilobytes] = line.trim().split(/\s+/).map(Number);
      return { pid: pid!, parent: parent!, resident: kilobytes! / 1024 };
    });
}

/** Resident memory of a process and all its descendants in MB. */
function residentTree(all: Process[], pid: number): number {
  const own = all.find((each) => each.pid === pid)?.resident ?? 0;
  const children = all.filter(({ parent }) => parent === pid);
  return children.reduce((sum, child) => sum + residentTree(all, child.pid), own);
}

/**
 * Samples the resident memory of a checkout's services, each with its child processes: dbt is one of Kestra's. Memory
 * that processes share counts in each of them.
 */
export class MemoryWatch {
  private peaks = new Map<ServiceName, number>();
  private lapPeaks = new Map<ServiceName, number>();
  private largestSum = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly workspace: Workspace) {
    // the next sample makes up for one that fails
    this.timer = setInterval(() => void this.sample().catch(() => {}), interval);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The peak of each service, and of their sum. */
  async figures(): Promise<Figure[]> {
    await this.sample();
    const each = [...this.peaks].map(([name, value]): Figure => ({ what: `Peak memory: ${name}`, value, unit: "MB" }));
    return [...each, { what: "Peak memory: all services", value: this.largestSum, unit: "MB", target }];
  }

  /** The peak of each service in MB since the previous lap. */
  async lap(): Promise<ReadonlyMap<ServiceName, number>> {
    await this.sample();
    const peaks = this.lapPeaks;
    this.lapPeaks = new Map();
    return peaks;
  }

  private async sample(): Promise<void> {
    const all = await processes();
    let sum = 0;
    for (const service of serviceNames) {
      const pid = this.pidOf(service);
      if (pid === undefined) continue;
      const resident = residentTree(all, pid);
      sum += resident;
      for (const peaks of [this.peaks, this.lapPeaks]) peaks.set(service, Math.max(resident, peaks.get(service) ?? 0));
    }
    this.largestSum = Math.max(this.largestSum, sum);
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
