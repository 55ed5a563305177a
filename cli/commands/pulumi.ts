import { existsSync } from "node:fs";
import { setUp } from "../../local/tools/setUp";
import { sayWhenInterrupted } from "../support/interruption";
import { binary, ensureStack, pulumi } from "../support/stack";

/** True for a command line that only shows Pulumi's help. */
const asksForHelp = (args: string[]) =>
  args.length === 0 || args[0] === "help" || args.includes("--help") || args.includes("-h");

/**
 * `npm run pulumi`: Pulumi's CLI on stack `local`. Its help changes nothing: no tool is built, no stack is created.
 * @param prepare sets the tools up
 */
export async function pulumiByHand(args: string[], prepare = () => setUp()): Promise<number> {
  if (asksForHelp(args)) {
    if (existsSync(binary())) return pulumi(args);
    console.log("Pulumi's own help isn't available yet: npm start sets Pulumi up.");
    return 0;
  }
  sayWhenInterrupted("Services that have started keep running. To continue, run the same command again.");
  await prepare();
  await ensureStack();
  return pulumi(args);
}
