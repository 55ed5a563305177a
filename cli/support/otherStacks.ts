import { UsageError } from "../commandLine";
import { paths } from "../../local/paths";

/** The only stack whose state lives in this folder. */
export const stack = "local";

/**
 * Pulumi's flags whose next argument is their value, as far as a name of a stack could be mistaken for it, or it for
 * one.
 */
const flagsWithValue = new Set([
  "color",
  "config",
  "copy-config-from",
  "cwd",
  "memprofilerate",
  "message",
  "otel-traces",
  "profiling",
  "secrets-provider",
  "target",
  "teams",
  "tracing",
  "verbose",
]);
const lettersWithValue = "Cmtv";

/** Commands whose first argument names a stack. */
const naming = new Set(["init", "select", "rm", "rename"]);

/**
 * The stacks that a command line of Pulumi's CLI names, read as the CLI reads it (`-sdev`, `-ys dev`, `--` ends the
 * flags).
 */
function namedStacks(args: string[]): string[] {
  const named: (string | undefined)[] = [];
  const words: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      words.push(...rest);
      break;
    }
    const [, flag, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const [, letters = ""] = /^-([^-].*)$/s.exec(arg) ?? [];
    const at = [...letters].findIndex((letter) => letter === "s" || lettersWithValue.includes(letter));
    if (flag === "stack") named.push(value ?? rest.shift());
    else if (flag !== undefined && flagsWithValue.has(flag) && value === undefined) rest.shift();
    else if (at >= 0) {
      const attached = letters.slice(at + 1).replace(/^=/, "") || rest.shift();
      if (letters[at] === "s") named.push(attached);
    } else if (!arg.startsWith("-")) words.push(arg);
  }
  if (words[0] === "stack" && naming.has(words[1] ?? "")) named.push(words[2]);
  return named.filter((name) => name !== undefined);
}

/**
 * Refuses a command line that names another stack than `local`: its state would be lost with this folder.
 * @throws UsageError with one line
 */
export function refuseOtherStacks(args: string[]): void {
  const other = namedStacks(args).find((name) => name !== stack);
  if (other === undefined) return;
  throw new UsageError(
    `Stack '${other}' is refused: 'npm run pulumi' keeps its state and passphrase in ${paths.state}, for stack '${stack}' alone. ` +
      `Use your own Pulumi for stack '${other}': pulumi login, then pulumi stack select ${other}.`,
  );
}
