/**
 * Does work on every item, at most `width` at a time, started in order. All are tried, also behind one that failed.
 * @returns the results, in the order of the items
 * @throws the first item's error, when all have ended
 */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>, width = 8): Promise<R[]> {
  const outcomes: PromiseSettledResult<R>[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      [outcomes[index]] = await Promise.allSettled([work(items[index]!)]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
