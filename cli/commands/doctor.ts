import { checksOf } from "../support/checks";
import { stack as localStack } from "../support/stack";

/** `./bay doctor`: all preconditions of a stack at once. Exit code 1: one isn't met. */
export async function doctor(flags: { stack?: string; json?: boolean }): Promise<number> {
  const checks = await checksOf(flags.stack ?? localStack);
  if (flags.json) console.log(JSON.stringify(checks));
  else {
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const { name, ok, detail } of checks) console.log(`${ok ? "✓" : "✗"} ${name.padEnd(width)}  ${detail}`);
  }
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

/**
 * What `start` looks at first.
 * @throws Error that names every precondition that isn't met
 */
export async function requireHealthyMachine(): Promise<void> {
  const faults = (await checksOf(localStack, true)).filter(({ ok }) => !ok);
  if (faults.length === 0) return;
  const lines = faults.map(({ name, detail }) => `  ✗ ${name}: ${detail}`);
  throw new Error(`Stack '${localStack}' can't start on this machine yet:\n${lines.join("\n")}`);
}
