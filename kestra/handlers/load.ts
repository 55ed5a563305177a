import { join } from "node:path";
import * as tsx from "tsx/cjs/api";
import type { Handlers } from "./handlers";

type Work = (...args: unknown[]) => Promise<unknown>;

/**
 * The handlers in a file, for a resource's shim. Their errors are for people and have no stack, which the SDK would print below each.
 * @param module the file from the project's root
 */
export function load(module: string): Handlers<unknown, unknown> {
  const { handlers } = tsx.require(module, join(process.cwd(), "index.ts")) as { handlers: Record<string, Work> };
  const tidy = Object.entries(handlers).map(([name, work]) => [name, withoutStack(work)]);
  return Object.fromEntries(tidy) as Handlers<unknown, unknown>;
}

function withoutStack(work: Work): Work {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      if (error instanceof Error) error.stack = "";
      throw error;
    }
  };
}
