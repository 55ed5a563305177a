import fc from "fast-check";
import type { History } from "./history";

/** What `MODEL_SEED` and `MODEL_PATH` say, to play histories again that failed. */
function replayed(): { seed?: number; path?: string } {
  const { MODEL_SEED: seed, MODEL_PATH: path } = process.env;
  return { ...(seed ? { seed: Number(seed) } : {}), ...(path ? { path } : {}) };
}

/** Seconds that making a failing history smaller may take. */
const shrinkFor = 120;

/**
 * Plays random histories, and prints how many with which seed.
 * @throws Error with seed, path and the smallest failing history in words
 */
export async function checkHistories(
  what: string,
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
  const seed = replayed().seed ?? Date.now() % 2 ** 31;
  const { failed, counterexamplePath, counterexample, errorInstance } = await fc.check(property, {
    numRuns,
    ...replayed(),
    seed,
  });
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`      ${what}: ${played} histories in ${seconds} s, seed ${seed}`);
  if (!failed) return;
  const again = `MODEL_SEED=${seed} MODEL_PATH=${counterexamplePath}`;
  throw new Error(
    `${what}: a history of ${numRuns} failed; play it again with ${again}\n${(errorInstance as Error).message}\n` +
      `as data: ${JSON.stringify(counterexample?.[0])}`,
  );
}
