import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two looks, and between two progress messages. */
const interval = 2_000;
const reportEvery = 15_000;

/**
 * Looks until nothing is missing, and says meanwhile what is; the engine shows what a provider writes to stderr.
 * @param what is waited for
 * @param look returns what is missing, in words
 * @param timeout maximum number of seconds
 * @returns what is still missing when the time is over
 */
export async function waitFor(
  what: string,
  look: () => Promise<string | undefined>,
  timeout: number,
): Promise<string | undefined> {
  const started = Date.now();
  let reported = started;
  for (;;) {
    const missing = await look();
    const now = Date.now();
    if (missing === undefined || now - started > timeout * 1000) return missing;
    if (now - reported >= reportEvery) {
      reported = now;
      console.error(`Waiting for ${what} (${Math.round((now - started) / 1000)} s): ${missing}`);
    }
    await sleep(interval);
  }
}
