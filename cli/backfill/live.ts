import { plainText } from "../support/plainText";
import { count } from "../support/printTable";
import type { MonthResult, Progress } from "./follow";
import { roughly } from "./words";

const barWidth = 12;

const bar = (share: number) => {
  const full = Math.round(share * barWidth);
  return "█".repeat(full) + "░".repeat(barWidth - full);
};

function resultLine({ month, result, rows = 0, rejected = 0, seconds, reason = "" }: MonthResult): string {
  const head = `  ${result === "failed" ? "✗" : "✓"} ${month}  ${bar(1)}`;
  if (result === "failed") return `${head}  failed: ${plainText(reason)}`;
  if (result !== "loaded") return `${head}  ${result}`;
  const rate = `${count(Math.round(rows / Math.max(seconds, 1)))} rows/s`;
  return `${head}  ${count(rows)} rows, ${count(rejected)} rejected, ${seconds.toFixed(0)} s, ${rate}`;
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

  /**
   * @param left number of months still to load
   * @param secondsPerLoad median of past loads
   * @param screen default: stderr
   */
  constructor(
    private left: number,
    private readonly secondsPerLoad?: number,
    private readonly screen: Screen = process.stderr,
  ) {}

  show({ ended, running }: Progress): void {
    for (const month of ended) {
      this.clear();
      this.screen.write(`${resultLine(month)}\n`);
      if (month.result === "loaded" || month.result === "failed") this.left--;
      if (month.result === "loaded") this.seconds.push(month.seconds);
    }
    if (running && this.screen.isTTY) {
      const line = `  … ${running.month}  ${bar(running.share)}  ${running.task}  ${running.seconds.toFixed(0)} s`;
      this.clear();
      // the width as it is now: a window may be resized
      this.screen.write(`${line}${this.timeLeft()}`.slice(0, (this.screen.columns || 80) - 1));
    }
  }

  /** Removes the live line. */
  clear(): void {
    if (this.screen.isTTY) this.screen.write("\r\x1b[K");
  }

  private timeLeft(): string {
    const sorted = [...this.seconds].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? this.secondsPerLoad;
    return median === undefined || this.left <= 0 ? "" : `  about ${roughly(this.left * median)} left`;
  }
}
