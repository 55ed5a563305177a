import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionDropped, KestraError } from "./errors";

/** Milliseconds before each further try, before jitter: a pod that is replaced takes its time. */
const usualWaits = [500, 2_000, 5_000, 10_000];

/** Longest `Retry-After` that is waited for, in milliseconds. */
const longestWait = 60_000;

/** Answers of a server, or of what stands before it, that is busy for the moment. */
const busy = new Set([429, 502, 503, 504]);

/** Two writers created the same thing at once: one of them is told that its key exists. */
const uniqueKey = /unique (?:index|constraint|key)|duplicate (?:key|entry)|primary key violation/i;

/** Errors of work that was tried often enough: an outer retry must not start all over. */
const exhausted = new WeakSet<Error>();

function isTransient(error: unknown): error is Error {
  if (!(error instanceof Error) || exhausted.has(error)) return false;
  if (error instanceof ConnectionDropped) return true;
  if (!(error instanceof KestraError)) return false;
  return busy.has(error.status) || (error.status === 500 && uniqueKey.test(error.reason));
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
      const asked = error instanceof KestraError ? Math.min(error.retryAfter ?? 0, longestWait) : 0;
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
