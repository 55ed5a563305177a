import type { MonthResult, Progress } from "./follow";
import { roughly } from "./words";

const barWidth = 12;

const count = (n: number) => n.toLocaleString("en-US");

const bar = (share: number) => {
  const full = Math.round(share * barWidth);
  return "█".repeat(full) + "░".repeat(barWidth - full);
};

function resultLine({ month, result, rows, rejected, seconds, reason }: MonthResult): string {
  const head = `  ${result === "failed" ? "✗" : "✓"} ${month}  ${bar(1)}`;
  if (result === "failed") return `${head}  failed: ${reason}`;
  if (result !== "loaded") return `${head}  ${result}`;
  const rate = `${count(Math.round((rows ?? 0) / Math.max(seconds, 1)))} rows/s`;
  return `${head}  ${count(rows ?? 0)} rows, ${count(rejected ?? 0)} rejected, ${seconds.toFixed(0)} s, ${rate}`;
}

/** What {@link Live} needs of stderr. */
export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Shows a backfill on stderr: a line per ended month and, on a terminal, a live line for the running one. */
export class Live {
  private readonly seconds: number[] = [];
  private done = 0;

  /**
   * @param toLoad number of months that the backfill loads
   * @param secondsPerLoad median of past loads
   * @param screen default: stderr
   */
  constructor(
    private readonly toLoad: number,
    private readonly secondsPerLoad?: number,
    private readonly screen: Screen = process.stderr,
  ) {}

  show({ ended, running }: Progress): void {
    for (const month of ended) {
      this.clear();
      this.screen.write(`${resultLine(month)}\n`);
      this.done++;
      if (month.result === "loaded") this.seconds.push(month.seconds);
    }
    if (running && this.screen.isTTY) {
      const line = `  … ${running.month}  ${bar(running.share)}  ${running.task}  ${running.seconds.toFixed(0)} s`;
      this.clear();
      // the width as it is now: a window may be resized
      this.screen.write(`${line}${this.left()}`.slice(0, (this.screen.columns || 80) - 1));
    }
  }

  /** Removes the live line. */
  clear(): void {
    if (this.screen.isTTY) this.screen.write("\r\x1b[K");
  }

  private left(): string {
    const sorted = [...this.seconds].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? this.secondsPerLoad;
    const months = this.toLoad - this.done;
    return median === undefined || months <= 0 ? "" : `  about ${roughly(months * median)} left`;
  }
}
