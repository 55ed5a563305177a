import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two looks, and between two progress messages. */
const interval = 1000;
const reportEvery = 15_000;

export interface Wait<Reason> {
  /** What is waited for: `Kestra at http://127.0.0.1:8080 to start`. */
  what: string;
  /** Maximum number of seconds. */
  timeout: number;
  /** Why it isn't there yet; undefined when it is. What it throws ends the wait. */
  look: () => Promise<Reason | undefined>;
  /** The reason in a few words, without a remedy: there's nothing to do but wait. Default: the reason itself. */
  words?: (reason: Reason) => string;
  /** Called before each progress message; what it throws ends the wait. */
  onReport?: () => void;
}

/**
 * Looks until it's there, and says on stderr, which the engine shows, what it waits for, for how long, and why.
 * @returns the last reason if it isn't there in time
 */
export async function waitFor<Reason>(wait: Wait<Reason>): Promise<Reason | undefined> {
  const { what, timeout, look, words = String, onReport } = wait;
  const started = Date.now();
  let reported = started;
  for (;;) {
    const reason = await look();
    const now = Date.now();
    if (reason === undefined || now - started > timeout * 1000) return reason;
    if (now - reported >= reportEvery) {
      reported = now;
      onReport?.();
      const seconds = Math.round((now - started) / 1000);
      console.error(`Waiting for ${what} (${seconds} of at most ${timeout} s): ${words(reason)}`);
    }
    await sleep(interval);
  }
}
