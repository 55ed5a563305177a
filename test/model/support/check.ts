import fc from "fast-check";
import type { History } from "./histories/history";

/** What runs histories. */
export type Runner = "handlers" | "engine";

/** What `MODEL_REPLAY` says, to play again what failed: runner, seed and path. */
function replayed(): { runner: string; seed: number; path?: string } | undefined {
  const [runner, seed, path] = process.env.MODEL_REPLAY?.split(" ") ?? [];
  return runner && seed ? { runner, seed: Number(seed), ...(path ? { path } : {}) } : undefined;
}

/** Seconds that making a failing history smaller may take. */
const shrinkFor = 120;

/**
 * Plays random histories, and prints how many with which seed. With `MODEL_REPLAY` it plays the one that
 * failed, or none of another runner.
 * @throws Error with what to set to play it again, and the smallest failing history in words
 */
export async function checkHistories(
  runner: Runner,
  histories: fc.Arbitrary<History>,
  numRuns: number,
  play: (history: History) => Promise<void>,
): Promise<void> {
  const replay = replayed();
  if (replay && replay.runner !== runner) return;
  const { seed = Date.now() % 2 ** 31, path } = replay ?? {};
  const started = Date.now();
  let played = 0;
  let failedAt: number | undefined;
  const property = fc.asyncProperty(histories, async (history) => {
    if (failedAt !== undefined && Date.now() - failedAt > shrinkFor * 1000) return;
    played++;
    try {
      await play(history);
    } catch (error) {
      failedAt ??= Date.now();
      throw error;
    }
  });
  const details = await fc.check(property, { numRuns, seed, ...(path ? { path } : {}) });
  const { failed, counterexamplePath, counterexample, errorInstance } = details;
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`      ${runner}: ${played} histories in ${seconds} s, seed ${seed}`);
  if (!failed) return;
  throw new Error(
    `One of ${numRuns} histories failed; play it again with MODEL_REPLAY='${runner} ${seed} ${counterexamplePath}'.\n` +
      `${(errorInstance as Error).message}\nas data: ${JSON.stringify(counterexample?.[0])}`,
  );
}
