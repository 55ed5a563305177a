import fc from "fast-check";
import type { History } from "./histories/history";

/** The value of `MODEL_REPLAY`, which plays a failed history again: its seed and path. */
function replayed(): { seed: number; path?: string } | undefined {
  const [seed, path] = process.env.MODEL_REPLAY?.split(" ") ?? [];
  return seed ? { seed: Number(seed), ...(path ? { path } : {}) } : undefined;
}

/** Seconds that shrinking a failed history may take. */
const shrinkFor = 120;

/**
 * Plays random histories, and prints how many with which seed.
 * @throws Error with the value of `MODEL_REPLAY` that plays it again, and the smallest failing history in words
 */
export async function checkHistories(
  histories: fc.Arbitrary<History>,
  numRuns: number,
  play: (history: History) => Promise<void>,
): Promise<void> {
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
  const details = await fc.check(property, { numRuns, ...replayed() });
  const { failed, seed, counterexamplePath, counterexample, errorInstance } = details;
  console.log(`      ${played} histories in ${Math.round((Date.now() - started) / 1000)} s, seed ${seed}`);
  if (!failed) return;
  throw new Error(
    `One of ${numRuns} histories failed; play it again with MODEL_REPLAY='${seed} ${counterexamplePath}'.\n` +
      `${(errorInstance as Error).message}\nas data: ${JSON.stringify(counterexample?.[0])}`,
  );
}
