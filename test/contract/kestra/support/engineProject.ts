import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { findPulumi } from "../../../../local/tools/pulumiOnPath";
import { toolPath } from "../../../../local/tools/tools";

/** A program under the real engine, in a temporary folder with this checkout's packages. */
export class EngineProject {
  readonly folder = mkdtempSync(join(tmpdir(), "engine-project-"));
  private readonly cli = findPulumi() ?? resolve(toolPath("pulumi"));

  /** @param program text of its `index.ts` */
  static async create(program: string): Promise<EngineProject> {
    const project = new EngineProject();
    for (const name of ["node_modules", "dynamic", "infra", "kestra", "local", "tsconfig.json"])
      symlinkSync(resolve(name), join(project.folder, name));
    for (const name of ["state", "home"]) mkdirSync(join(project.folder, name));
    project.write("index.ts", program);
    project.write("package.json", '{"name":"project","main":"index.ts"}');
    const runtime = "{name: nodejs, options: {typescript: false, nodeargs: --import tsx}}";
    project.write("Pulumi.yaml", `name: project\nruntime: ${runtime}\n`);
    await project.succeed("stack", "init", "test");
    return project;
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content);
  }

  /** Runs Pulumi; its exit code and what it printed. */
  async pulumi(...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = spawn(join(this.cli, "pulumi"), [...args, "--non-interactive", "--color", "never"], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: [this.cli, resolve("node_modules/@pulumi/pulumi"), process.env.PATH].join(delimiter),
        PULUMI_HOME: join(this.folder, "home"),
        PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "passphrase-of-the-tests",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const code = await new Promise<number | null>((done) => child.on("close", done));
    return { code, output };
  }

  /** Runs Pulumi, which must succeed; what it printed. */
  async succeed(...args: string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /** Text of the state. */
  state(): string {
    return readFileSync(join(this.folder, "state", ".pulumi", "stacks", "project", "test.json"), "utf8");
  }

  /** The resources in state, by name. */
  resources(): Map<string, { inputs: Record<string, unknown>; outputs: Record<string, unknown> }> {
    const { checkpoint } = JSON.parse(this.state()) as {
      checkpoint: { latest: { resources: { urn: string; inputs: object; outputs: object }[] } };
    };
    const named = checkpoint.latest.resources.map(({ urn, inputs, outputs }) => [
      urn.split("::").at(-1)!,
      { inputs: inputs as Record<string, unknown>, outputs: outputs as Record<string, unknown> },
    ]);
    return new Map(named as [string, never][]);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
