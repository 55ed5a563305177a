import { setTimeout as sleep } from "node:timers/promises";
import { gather } from "../status/gather";
import { linesOf } from "../status/print";
import { problemsOf } from "../status/status";
import { openStack } from "../support/openStack";

/** Seconds between two looks of `--watch`. */
const interval = 5;

/**
 * `./bay status`: what runs, what is loaded and built, and what a person has to do.
 * @returns 0 when there's nothing to do, 1 when there is, 3 when a server can't be reached
 */
export async function status(flags: { stack?: string; watch?: boolean; json?: boolean }): Promise<number> {
  const stack = openStack(flags.stack);
  for (;;) {
    const seen = await gather(stack);
    const problems = problemsOf(seen);
    if (flags.json) console.log(JSON.stringify({ ...seen, problems }));
    else {
      // a terminal shows the newest look alone
      if (flags.watch && process.stdout.isTTY) process.stdout.write("\x1b[2J\x1b[H");
      console.log(linesOf(seen).join("\n"));
    }
    if (!flags.watch) return seen.services.some(({ state }) => state === "down") ? 3 : problems.length > 0 ? 1 : 0;
    await sleep(interval * 1000);
  }
}
