/** Seconds between two lines of a step that goes on, where the output is no terminal. */
const quietInterval = 15;

/** Whether a line can be rewritten. */
const isTerminal = () => process.stderr.isTTY && process.env.TERM !== "dumb";

const running = new Set<Progress>();

/**
 * Live progress of one long step on stderr, as stdout is for data: on a terminal a line that is rewritten every second,
 * elsewhere a line every 15 seconds. Steps may run side by side; the terminal's line then shows the oldest of them.
 */
export class Progress {
  private readonly started = Date.now();
  private readonly timer: NodeJS.Timeout;
  private detail = "";

  constructor(private readonly title: string) {
    running.add(this);
    if (!isTerminal()) console.error(`  ${title} ...`);
    this.timer = setInterval(() => this.show(), isTerminal() ? 1000 : quietInterval * 1000);
  }

  /** Shows what the step is doing now. */
  say(detail: string): void {
    this.detail = detail;
  }

  /** Ends the step with its time; returns the seconds that it took. */
  done(result = ""): number {
    return this.end("✓", result);
  }

  /** Ends the step as failed; the caller says why. */
  failed(): number {
    return this.end("✗", "");
  }

  private get seconds(): number {
    return (Date.now() - this.started) / 1000;
  }

  private show(): void {
    const [oldest] = running;
    const line = `  … ${this.title} ${this.seconds.toFixed(0)} s  ${this.detail}`;
    if (!isTerminal()) console.error(line.slice(0, 160));
    else if (oldest === this) process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
  }

  private end(mark: string, result: string): number {
    clearInterval(this.timer);
    running.delete(this);
    const seconds = this.seconds;
    console.error(
      `${isTerminal() ? "\r\x1b[K" : ""}  ${mark} ${this.title} ${seconds.toFixed(1)} s${result ? `  ${result}` : ""}`,
    );
    return seconds;
  }
}
