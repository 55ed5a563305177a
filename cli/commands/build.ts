import type { LogLine } from "../../kestra/client/executions";
import { flows } from "../support/flows";
import { openStack, type OpenStack } from "../support/openStack";
import { hasSucceeded, printOutcome, runWhenAllowed, type Outcome, type RunOptions } from "../support/runFlow";

/** Models and tests that dbt has finished, as it counts them: `12 of 22 OK created sql table model …`. */
const finished = /\b(\d+) of (\d+) (?!START\b)[A-Z]/;

/** How far dbt is by its log. */
export function progressOf(log: LogLine[]): string | undefined {
  const ended = log.flatMap(({ message }) => finished.exec(message)?.slice(1, 3) ?? []);
  const [count, total] = [ended.length / 2, ended.at(-1)];
  return total === undefined ? undefined : `${count} of ${total} models and tests`;
}

type Stack = Pick<OpenStack, "name" | "kestra">;

/** Loads the counties, which the models need, unless that has succeeded before: then undefined. */
export async function loadCounties(stack: Stack): Promise<Outcome | undefined> {
  const isLoaded = await hasSucceeded(stack, flows.counties);
  return isLoaded ? undefined : runWhenAllowed(stack, "Counties", flows.counties);
}

/** Builds the models with progress, on a new stack after the counties; the outcome of what failed, or of the build. */
export async function buildModels(
  stack: Stack,
  { isFull = false, ...options }: RunOptions & { isFull?: boolean } = {},
): Promise<Outcome> {
  const counties = await loadCounties(stack);
  if (counties && counties.state !== "SUCCESS") return counties;
  const inputs = { dbt_command: isFull ? "dbt build --full-refresh" : "dbt build" };
  return runWhenAllowed(stack, "dbt build", flows.build, { inputs, progressOf, ...options });
}

/** `./bay build`: builds and tests the models. Returns 1 when some weren't built. */
export async function build(flags: { "full-refresh"?: boolean; stack?: string; json?: boolean }): Promise<number> {
  const stack = openStack(flags.stack);
  const built = await buildModels(stack, { isFull: flags["full-refresh"] });
  if (flags.json) console.log(JSON.stringify(built));
  const isBuilt = printOutcome(stack.name, built, flags.json ? console.error : console.log);
  return isBuilt ? 0 : 1;
}
