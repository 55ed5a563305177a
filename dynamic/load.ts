import { join } from "node:path";
import * as tsx from "tsx/cjs/api";
import type { Handlers } from "./handlers";
import { reportingOnce } from "./outage";
import { retryTransient } from "./retry";

type Work = (...args: unknown[]) => Promise<unknown>;

/**
 * The handlers in a file, for a resource's shim.
 * @param module file relative to the program's folder, or in a package: see shim.ts
 */
export function load(module: string): Handlers<unknown, unknown> {
  const { handlers } = tsx.require(module, join(process.cwd(), "index.ts")) as { handlers: Handlers<unknown, unknown> };
  return withRetries({ ...handlers, read: reportingOnce((id, state) => handlers.read(id, state)) });
}

/**
 * Handlers as a resource calls them. One that failed for a reason that may pass is called again: they look before they
 * write. Their errors are for people and have no stack, which the SDK would print below each.
 */
export function withRetries<Inputs, State>(handlers: Handlers<Inputs, State>): Handlers<Inputs, State> {
  const works = Object.entries(handlers) as [string, Work][];
  return Object.fromEntries(works.map(([name, work]) => [name, retried(work)])) as unknown as Handlers<Inputs, State>;
}

function retried(work: Work): Work {
  return async (...args) => {
    try {
      return await retryTransient(() => work(...args));
    } catch (error) {
      if (error instanceof Error) error.stack = "";
      throw error;
    }
  };
}
