import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { findPulumi } from "../../../local/tools/pulumiOnPath";
import { toolPath } from "../../../local/tools/tools";
import type { Call } from "./recording";

const project = "model";
const stack = "model";
const settings =
  "name: model\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: --import tsx\n";

/** A line of the record of calls. */
export type Note = { pid: number } & ({ event: "kill" } | ({ event: "begin" | "end" } & Call));

/** A resource as Pulumi's state holds it. */
export interface StateEntry {
  urn: string;
  type: string;
  outputs?: Record<string, unknown>;
}

/** A Pulumi project in a temporary folder, with this checkout's resources, whose handlers note how they are called. */
export class PulumiProject {
  readonly folder = mkdtempSync(join(tmpdir(), "model-pulumi-"));
  private readonly cli = findPulumi() ?? resolve(toolPath("pulumi"));
  private engine?: ChildProcess;
  private emptyState = "";

  private constructor() {}

  static async create(): Promise<PulumiProject> {
    const made = new PulumiProject();
    for (const name of ["node_modules", "infra", "kestra", "local", "tsconfig.json"])
      symlinkSync(resolve(name), made.path(name));
    for (const name of ["state", "home", "dynamic"]) mkdirSync(made.path(name));
    writeFileSync(made.path("Pulumi.yaml"), settings);
    writeFileSync(made.path("package.json"), '{"name":"model","main":"index.ts"}');
    symlinkSync(resolve("test/model/support/project/index.ts"), made.path("index.ts"));
    made.linkDynamic();
    const { code, output } = await made.run("stack", "init", stack, "--non-interactive");
    if (code !== 0) throw new Error(`pulumi stack init ended with ${code}: ${output}`);
    made.emptyState = readFileSync(made.stateFile, "utf8");
    return made;
  }

  /** The folder dynamic of the checkout, with another load.ts. */
  private linkDynamic(): void {
    for (const name of readdirSync("dynamic")) {
      const source = name === "load.ts" ? "test/model/support/project/load.ts" : join("dynamic", name);
      symlinkSync(resolve(source), this.path("dynamic", name));
    }
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  private get stateFile(): string {
    return this.path("state", ".pulumi", "stacks", project, `${stack}.json`);
  }

  /** Starts anew with an empty stack. */
  reset(): void {
    writeFileSync(this.stateFile, this.emptyState);
  }

  /** The resources in state. */
  state(): StateEntry[] {
    const { checkpoint } = JSON.parse(readFileSync(this.stateFile, "utf8")) as {
      checkpoint: { latest?: { resources?: StateEntry[] } };
    };
    return checkpoint.latest?.resources?.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/kestra:")) ?? [];
  }

  /** `pulumi up`; the calls of handlers go to {@link notes}. */
  async up(...args: string[]): Promise<{ code: number | null; output: string }> {
    rmSync(this.path("calls.jsonl"), { force: true });
    const ended = await this.run("up", "--yes", "--skip-preview", "--non-interactive", "-s", stack, ...args);
    // a lock of an engine that was killed
    rmSync(this.path("state", ".pulumi", "locks"), { recursive: true, force: true });
    return ended;
  }

  /** What the last run's handlers noted. */
  notes(): Note[] {
    const file = this.path("calls.jsonl");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Note);
  }

  /** Kills the engine of the run and the processes that serve it, all at once. */
  kill(): void {
    this.engine?.kill("SIGKILL");
    for (const pid of new Set(this.notes().map((note) => note.pid))) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it has ended already
      }
    }
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = spawn(join(this.cli, "pulumi"), args, {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: [this.cli, resolve("node_modules/@pulumi/pulumi"), process.env.PATH].join(delimiter),
        PULUMI_HOME: this.path("home"),
        PULUMI_BACKEND_URL: `file://${this.path("state")}`,
        PULUMI_CONFIG_PASSPHRASE: "passphrase-of-the-tests",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    });
    this.engine = child;
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    // 'exit', not 'close': processes that a killed engine leaves behind keep its streams
    const code = await new Promise<number | null>((done) => child.on("exit", done));
    return { code, output };
  }
}
