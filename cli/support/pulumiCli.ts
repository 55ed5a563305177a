import { spawnSync, type StdioOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { refuseOtherStacks, stack } from "./otherStacks";
import { inForeground } from "../../local/tools/foreground";
import { sayWhenInterrupted } from "./interruption";
import { releaseDeadLocks } from "./locks";
import { paths } from "../../local/paths";
import { findPulumi } from "../../local/tools/pulumiOnPath";
import { setUp } from "../../local/tools/setUp";
import { toolPath } from "../../local/tools/tools";

export { stack };

/** Settings file of the stack; made at the first start, because Pulumi keeps this machine's salt in it. */
const stackFile = `Pulumi.${stack}.yaml`;

/** Folder of the CLI: one that fits on PATH, else the one that set-up built. */
const folder = () => findPulumi() ?? resolve(toolPath("pulumi"));

/** Environment of Pulumi's CLI: the state, the passphrase and the plugins of this folder. */
function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [folder(), resolve("node_modules", "@pulumi", "pulumi"), process.env.PATH].join(delimiter),
    PULUMI_HOME: resolve(paths.pulumiHome),
    PULUMI_BACKEND_URL: `file://${resolve(paths.state)}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: resolve(paths.passphrase),
    PULUMI_CONFIG_PASSPHRASE: undefined,
    // it would win over the selected stack
    PULUMI_STACK: undefined,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

const binary = () => join(folder(), "pulumi");

/** Runs the CLI with this terminal; the exit code. */
export function pulumi(args: string[], stdio: StdioOptions = "inherit"): Promise<number> {
  return inForeground(binary(), args, { env: environment(), stdio });
}

/**
 * Standard output of a CLI call that only reads.
 * @throws Error with Pulumi's own message when the call fails
 */
function read(args: string[]): string {
  const call = spawnSync(binary(), args, { env: environment(), encoding: "utf8", maxBuffer: 1 << 28 });
  if (call.status === 0) return call.stdout;
  const reason = call.error?.message ?? call.stderr.trim();
  throw new Error(`pulumi ${args.join(" ")} failed on the state in ${paths.state}: ${reason}`);
}

/**
 * True when the stack is there.
 * @throws Error when the state cannot be read: that is not the same as no stack
 */
export function stackExists(): boolean {
  if (!existsSync(paths.state)) return false;
  const stacks = JSON.parse(read(["stack", "ls", "--json"])) as { name: string }[];
  return stacks.some(({ name }) => name === stack);
}

/** Outputs of the stack, secrets in plain text: for use in memory only. */
export function stackOutputs(): Record<string, string> {
  if (!stackExists()) throw new Error(`Stack '${stack}' has no outputs. Bring it up with: npm start`);
  return JSON.parse(read(["stack", "output", "--json", "--show-secrets", "-s", stack])) as Record<string, string>;
}

/** Makes state folder, passphrase and settings file where they are missing. */
function prepare(): void {
  mkdirSync(paths.state, { recursive: true });
  const salt = /^encryptionsalt:.*\n?/m;
  const settings = existsSync(stackFile) ? readFileSync(stackFile, "utf8") : undefined;
  if (!existsSync(paths.passphrase)) {
    writeFileSync(paths.passphrase, randomBytes(32).toString("base64url"), { mode: 0o600 });
    // a salt that belongs to a passphrase of the past would lock the stack
    if (settings !== undefined) writeFileSync(stackFile, settings.replace(salt, ""));
  }
  if (settings === undefined) {
    writeFileSync(stackFile, "config:\n  bay-wheels:platform: local\n  bay-wheels:runtime: embedded\n");
  }
}

/** Makes the stack where it is missing. */
export async function ensureStack(): Promise<void> {
  prepare();
  releaseDeadLocks();
  if (stackExists()) return;
  const code = await pulumi(["stack", "init", stack, "--non-interactive"], ["ignore", "ignore", "inherit"]);
  if (code !== 0) throw new Error(`Stack '${stack}' could not be made: see Pulumi's message above.`);
}

/** True for a command line that only shows Pulumi's help. */
function asksForHelp(args: string[]): boolean {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  return args.length === 0 || args[0] === "help" || flags.some((flag) => flag === "--help" || flag === "-h");
}

/**
 * The CLI by hand, on stack `local`. Its help changes nothing: no tool is built, no stack is created.
 * @param prepare sets the tools up
 * @throws UsageError when the arguments name another stack
 */
export async function pulumiByHand(args: string[], prepare = () => setUp()): Promise<number> {
  refuseOtherStacks(args);
  if (asksForHelp(args)) {
    if (existsSync(binary())) return pulumi(args);
    console.log("Pulumi's own help isn't available yet: npm start sets Pulumi up.");
    return 0;
  }
  sayWhenInterrupted("Services that have started keep running. To continue, run the same command again.");
  await prepare();
  await ensureStack();
  read(["stack", "select", stack]);
  return pulumi(args);
}
