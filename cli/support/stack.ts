import { spawnSync, type StdioOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { paths } from "../../local/paths";
import { inForeground } from "../../local/tools/foreground";
import { findPulumi } from "../../local/tools/pulumiOnPath";
import { toolPath } from "../../local/tools/tools";
import { releaseDeadLocks } from "./locks";

/** The stack whose state lives in this folder. */
export const stack = "local";

/** Settings file of the stack; created at the first start, because Pulumi keeps this machine's salt in it. */
export const stackFile = `Pulumi.${stack}.yaml`;

/** Folder of the CLI: a suitable one on PATH, else the one that set-up built. */
const folder = () => findPulumi() ?? resolve(toolPath("pulumi"));

/** Environment of Pulumi's CLI: this folder's stack, state, passphrase and plugins. */
function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [folder(), resolve("node_modules", "@pulumi", "pulumi"), process.env.PATH].join(delimiter),
    PULUMI_HOME: resolve(paths.pulumiHome),
    PULUMI_BACKEND_URL: `file://${resolve(paths.state)}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: resolve(paths.passphrase),
    PULUMI_CONFIG_PASSPHRASE: undefined,
    PULUMI_STACK: stack,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

export const binary = () => join(folder(), "pulumi");

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
 * Names of the stacks in this folder's state.
 * @throws Error when the state can't be read, which doesn't mean that there's no stack
 */
export function listStacks(): string[] {
  if (!existsSync(paths.state)) return [];
  return (JSON.parse(read(["stack", "ls", "--json"])) as { name: string }[]).map(({ name }) => name);
}

/** Outputs of the stack, secrets in plain text: for use in memory only. */
export function stackOutputs(): Record<string, string> {
  if (!listStacks().includes(stack)) throw new Error(`Stack '${stack}' has no outputs. Bring it up with: npm start`);
  return JSON.parse(read(["stack", "output", "--json", "--show-secrets"])) as Record<string, string>;
}

/** Creates the state folder, passphrase and settings file if they are missing. */
function prepare(): void {
  mkdirSync(paths.state, { recursive: true });
  const salt = /^encryptionsalt:.*\n?/m;
  const settings = existsSync(stackFile) ? readFileSync(stackFile, "utf8") : undefined;
  if (!existsSync(paths.passphrase)) {
    writeFileSync(paths.passphrase, randomBytes(32).toString("base64url"), { mode: 0o600 });
    // the salt of an earlier passphrase would lock the stack
    if (settings !== undefined) writeFileSync(stackFile, settings.replace(salt, ""));
  }
  if (settings === undefined) {
    writeFileSync(stackFile, "config:\n  bay-wheels:platform: local\n  bay-wheels:runtime: embedded\n");
  }
}

/** Creates the stack if it is missing. */
export async function ensureStack(): Promise<void> {
  prepare();
  releaseDeadLocks();
  if (listStacks().includes(stack)) return;
  const code = await pulumi(["stack", "init", stack, "--non-interactive"], ["ignore", "ignore", "inherit"]);
  if (code !== 0) throw new Error(`Stack '${stack}' could not be created: see Pulumi's message above.`);
}
