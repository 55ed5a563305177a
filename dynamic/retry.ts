import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds before each further try, before jitter: a pod that is replaced takes its time. */
const usualWaits = [500, 2_000, 5_000, 10_000];

/** Longest `Retry-After` that is waited for, in milliseconds. */
const longestWait = 60_000;

/** An error that says itself whether the same work may succeed a moment later. */
export interface Retryable {
  isTransient: boolean;
  /** Milliseconds that the server asks to wait before the next try. */
  retryAfter?: number;
}

/** Errors of work that was tried often enough: an outer retry must not start all over. */
const exhausted = new WeakSet<Error>();

function isTransient(error: unknown): error is Error & Retryable {
  return error instanceof Error && !exhausted.has(error) && (error as Partial<Retryable>).isTransient === true;
}

/**
 * Does work again that failed for a reason that may pass: a broken connection, a busy server, two writers at once. The
 * work must look at the server before it writes, because what it sent may have arrived although the answer didn't.
 * @param waits milliseconds before each further try; each is varied by up to a half, and `Retry-After` makes it longer
 * @throws the last error when it doesn't pass, or at once any other one
 */
export async function retryTransient<T>(work: () => Promise<T>, waits: number[] = usualWaits): Promise<T> {
  for (const wait of waits) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error)) throw error;
      const asked = Math.min(error.retryAfter ?? 0, longestWait);
      await sleep(Math.max(wait * (0.5 + Math.random()), asked));
    }
  }
  try {
    return await work();
  } catch (error) {
    if (isTransient(error)) exhausted.add(error);
    throw error;
  }
}
