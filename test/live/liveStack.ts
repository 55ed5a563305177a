import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Outputs } from "../../cli/support/openStack";
import { findPulumi } from "../../local/tools/pulumiOnPath";
import { Workspace } from "../support/workspace";
import { removalByHand } from "./leftovers";
import { stackName, type Names } from "./names";

/** Minutes that a command gets to stop: it first finishes what it's creating, which may be a cluster or a database. */
const grace = 25;

/** The folder of Pulumi's CLI. */
export function pulumiFolder(): string {
  const folder = findPulumi();
  if (folder !== undefined) return folder;
  throw new Error(
    "Pulumi 3.230 or newer, with its pulumi-language-nodejs, isn't on the PATH: install it, https://www.pulumi.com/docs/install",
  );
}

/**
 * Stack `live` in its own checkout, with this machine's Pulumi CLI and the vendors' plugins. State, plugins and
 * passphrase are in the checkout's folder and are deleted with it; bucket and dataset have unique names.
 */
export class LiveStack {
  /** All that Pulumi has printed. */
  transcript = "";
  /** True while something of it may exist. */
  exists = false;
  private readonly folder: string;
  private readonly cli = join(pulumiFolder(), "pulumi");
  /** Stops the command that runs. */
  private stop = () => {};

  private constructor(
    private readonly workspace: Workspace,
    readonly names: Names,
  ) {
    this.folder = workspace.path(".local", "live");
    for (const folder of ["state", "home"]) mkdirSync(join(this.folder, folder), { recursive: true });
    // a file, so that whoever finds an unfinished stack can destroy it
    writeFileSync(join(this.folder, "passphrase"), randomBytes(32).toString("base64url"), { mode: 0o600 });
  }

  static async create(names: Names): Promise<LiveStack> {
    return new LiveStack(await Workspace.create(), names);
  }

  /** Creates the stack and brings it up. */
  async up(): Promise<void> {
    const { runtime, project, bucket, dataset } = this.names;
    await this.pulumi(1, "stack", "init");
    const kestraPort = this.workspace.firstPort;
    const settings = { "gcp:project": project, runtime, bucketName: bucket, dataset, kestraPort };
    for (const [key, value] of Object.entries(settings)) await this.pulumi(1, "config", "set", key, String(value));
    this.exists = true;
    await this.pulumi(75, "up", "--yes");
  }

  /**
   * @param flags such as `--refresh`, to read every resource first
   * @throws Error when the program would change something
   */
  async changesNothing(...flags: string[]): Promise<void> {
    await this.pulumi(20, "preview", "--expect-no-changes", ...flags);
  }

  async destroy(): Promise<void> {
    await this.pulumi(60, "destroy", "--yes");
    this.exists = false;
  }

  /** Destroys what exists, after a command that may have been stopped half-way. */
  async rescue(): Promise<void> {
    await this.pulumi(1, "cancel", "--yes").catch(() => {});
    await this.destroy();
  }

  /** Makes the running command, if any, finish its current steps and write its state. */
  interrupt(): void {
    this.stop();
  }

  /** Outputs of the stack, secrets in plain text: for use in memory only. */
  async outputs(): Promise<Outputs> {
    const printed = await this.run(1, ["stack", "output", "--json", "--show-secrets"], () => {});
    return JSON.parse(printed) as Outputs;
  }

  /** Passes on a file with a secret, readable by this user only, and deletes it afterwards. */
  async withSecretFile<T>(content: string, use: (file: string) => Promise<T>): Promise<T> {
    const file = join(this.folder, "secret");
    writeFileSync(file, content, { mode: 0o600, flag: "wx" });
    try {
      return await use(file);
    } finally {
      rmSync(file);
    }
  }

  /** How a person removes it, with Pulumi or by hand. */
  removal(): string {
    const variables = Object.entries(this.own()).map(([name, value]) =>
      value === undefined ? `  unset ${name}` : `  export ${name}='${value}'`,
    );
    return `Its state, and the passphrase that decrypts it, are in ${this.folder}
To destroy stack '${stackName}':
  cd '${this.workspace.folder}'
${variables.join("\n")}
  pulumi cancel --yes -s ${stackName}; pulumi destroy --yes -s ${stackName}
  cd - && rm -rf '${this.workspace.folder}'
If Pulumi can't, remove it by hand:
${removalByHand(this.names)}`;
  }

  /** Deletes the checkout with the state. */
  dispose(): void {
    this.workspace.dispose();
  }

  /** Variables that keep Pulumi away from this user's own stacks. */
  private own(): Record<string, string | undefined> {
    return {
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(this.folder, "passphrase"),
      PULUMI_CONFIG_PASSPHRASE: undefined,
      PULUMI_STACK: undefined,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  /** Runs Pulumi on the stack, which must succeed, and shows what it prints. */
  private async pulumi(minutes: number, ...args: string[]): Promise<void> {
    await this.run(minutes, args, (text) => {
      this.transcript += text;
      process.stdout.write(text);
    });
  }

  /** @returns the standard output */
  private async run(minutes: number, args: string[], show: (text: string) => void): Promise<string> {
    const child = spawn(this.cli, [...args, "-s", stackName, "--non-interactive"], {
      cwd: this.workspace.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.own() },
      // so that Ctrl-C at the terminal doesn't reach it: a second one would end it half-way
      detached: true,
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", show);
    let stopped = "";
    let end: NodeJS.Timeout | undefined;
    const stop = (why: string) => {
      if (stopped !== "") return;
      stopped = `, ${why}`;
      child.kill("SIGINT");
      end = setTimeout(() => child.kill("SIGKILL"), grace * 60_000);
    };
    this.stop = () => stop("interrupted");
    const patience = setTimeout(() => stop(`stopped after ${minutes} minutes`), minutes * 60_000);
    const code = await new Promise<number | null>((done, failed) => child.on("error", failed).on("close", done));
    this.stop = () => {};
    clearTimeout(patience);
    clearTimeout(end);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}${stopped}: see what it printed above`);
    return output;
  }
}
