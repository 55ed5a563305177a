import { destroy } from "./destroy";
import { docs } from "./docs";
import { pulumiByHand } from "./pulumiCli";
import { setUp } from "./setup/setup";
import { start } from "./start";
import { lint } from "./linters";
import { test } from "./test";
import { truth } from "./truth";
import { ui } from "./ui";

/** The npm scripts behind bootstrap.mjs; each returns the exit code. */
const commands: Record<string, (args: string[]) => Promise<number>> = {
  start: () => start(),
  destroy: () => destroy(),
  test: (args) => test(args),
  lint: () => lint(),
  truth: () => truth(),
  docs: () => docs(),
  ui: (args) => ui(args),
  bench: async (args) => (await import("../bench/bench")).bench(args),
  pulumi: async (args) => {
    await setUp();
    return pulumiByHand(args);
  },
};

async function main(): Promise<void> {
  const [name = "", ...args] = process.argv.slice(2);
  const command = commands[name];
  if (command === undefined) throw new Error(`Command '${name}' is unknown: use ${Object.keys(commands).join(", ")}.`);
  process.exitCode = await command(args);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
