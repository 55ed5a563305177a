import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { findPulumi } from "../../local/tools/pulumiOnPath";
import { toolPath } from "../../local/tools/tools";

/** A finished command of the Pulumi CLI. */
export interface Ran {
  code: number | null;
  /** stdout and stderr. */
  output: string;
  /** Measured by this process. */
  seconds: number;
}

/** A resource in state. */
export interface StoredResource {
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** Number of last lines shown of a failed command. */
const shownLines = 25;

/**
 * A stack of a program in a folder of this checkout, with the Pulumi CLI and its file backend. State and plugins are in
 * a temporary folder; the stack's settings are next to the program, as usual.
 */
export class PulumiProject {
  private readonly folder = mkdtempSync(join(tmpdir(), "pulumi-project-"));
  private readonly cli = findPulumi() ?? resolve(toolPath("pulumi"));

  /** Whether the program's folder was created for the project. */
  private isOwn = false;

  private constructor(
    private readonly program: string,
    private readonly stack: string,
    private readonly env: Record<string, string>,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Creates the stack.
   * @param program folder with its `Pulumi.yaml`
   * @param env environment variables of its commands
   * @param signal interrupts a command with SIGINT, which Pulumi handles between two resources
   */
  static async create(
    program: string,
    stack: string,
    env: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<PulumiProject> {
    const project = new PulumiProject(program, stack, env, signal);
    for (const name of ["state", "home"]) mkdirSync(join(project.folder, name));
    await project.succeed("stack", "init");
    return project;
  }

  /**
   * Creates a one-file program in its own folder inside the checkout, so that it finds the packages; {@link dispose}
   * deletes it.
   * @param program source of its `index.ts`
   */
  static async ofProgram(
    name: string,
    program: string,
    env: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<PulumiProject> {
    mkdirSync(".local", { recursive: true });
    const folder = mkdtempSync(resolve(".local", `${name}-`));
    const options = "{typescript: false, nodeargs: --import tsx}";
    writeFileSync(join(folder, "Pulumi.yaml"), `name: ${name}\nruntime: {name: nodejs, options: ${options}}\n`);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, main: "index.ts" }));
    writeFileSync(join(folder, "index.ts"), program);
    const project = await PulumiProject.create(folder, "test", env, signal);
    project.isOwn = true;
    return project;
  }

  /** Writes a file of the program. */
  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.program, path)), { recursive: true });
    writeFileSync(join(this.program, path), content);
  }

  /** Deletes a file of the program. */
  remove(path: string): void {
    rmSync(join(this.program, path));
  }

  /** Runs a CLI command on the stack and waits for its end. */
  async run(...args: string[]): Promise<Ran> {
    this.signal?.throwIfAborted();
    const started = performance.now();
    const child = spawn(join(this.cli, "pulumi"), [...args, "-s", this.stack, "--non-interactive"], {
      cwd: this.program,
      // its own process group, so that an interrupt reaches the program and its providers, too
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: this.environment(),
    });
    const interrupt = () => void (child.pid !== undefined && process.kill(-child.pid, "SIGINT"));
    this.signal?.addEventListener("abort", interrupt);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const code = await new Promise<number | null>((done, failed) => child.once("error", failed).once("close", done));
    this.signal?.removeEventListener("abort", interrupt);
    this.signal?.throwIfAborted();
    return { code, output, seconds: (performance.now() - started) / 1000 };
  }

  /** Runs a command that must succeed. */
  async succeed(...args: string[]): Promise<Ran> {
    const ran = await this.run(...args);
    if (ran.code === 0) return ran;
    const last = ran.output.trimEnd().split("\n").slice(-shownLines).join("\n  ");
    throw new Error(`pulumi ${args.join(" ")} ended with ${ran.code}:\n  ${last}`);
  }

  /** The state file in the backend. */
  state(): string {
    const project = /^name: (\S+)$/m.exec(readFileSync(join(this.program, "Pulumi.yaml"), "utf8"))![1]!;
    return readFileSync(join(this.folder, "state", ".pulumi", "stacks", project, `${this.stack}.json`), "utf8");
  }

  /** The resources in state, by name. */
  resources(): Map<string, StoredResource> {
    const { checkpoint } = JSON.parse(this.state()) as {
      checkpoint: { latest: { resources: (StoredResource & { urn: string })[] } };
    };
    return new Map(checkpoint.latest.resources.map((stored) => [stored.urn.split("::").at(-1)!, stored]));
  }

  /** Deletes the state, and the stack's settings or the program that was created for it. */
  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
    if (this.isOwn) rmSync(this.program, { recursive: true, force: true });
    else rmSync(join(this.program, `Pulumi.${this.stack}.yaml`), { force: true });
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: [this.cli, resolve("node_modules/@pulumi/pulumi"), process.env.PATH].join(delimiter),
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "passphrase-of-the-tests",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...this.env,
    };
  }
}
