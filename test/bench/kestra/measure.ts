import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { password, username, type KestraHost } from "../../../local/lab/kestraHost";
import { PulumiProject } from "../../support/pulumiProject";
import { changeFlow, writeFlows } from "./flows";
import type { Declared } from "./program";

export type Mode = "singles" | "bulk";

/** Seconds of the commands, and bytes of state per flow. */
export interface Measured {
  create: number;
  /** `up --refresh` with nothing to do. */
  noop: number;
  change: number;
  /** The flows are deleted with the data of their server. */
  destroy: number;
  bytesPerFlow: number;
}

/** Seconds of the commands on a program without flows. */
export interface Start {
  up: number;
  refresh: number;
  destroy: number;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The benchmark's program, in its own folder inside the checkout, so that it finds the packages. */
export class BenchProgram {
  private readonly folder = resolve(".local", "bench-kestra");
  private readonly flows = join(this.folder, "flows");
  private project!: PulumiProject;

  private constructor() {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    const options = "runtime: {name: nodejs, options: {typescript: false, nodeargs: --import tsx}}";
    writeFileSync(join(this.folder, "Pulumi.yaml"), `name: bench-kestra\n${options}\n`);
    // not an index.ts that imports it: Pulumi stores each resource's call stack in state
    const main = relative(this.folder, resolve("test", "bench", "kestra", "program.ts"));
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name: "bench-kestra", main }));
  }

  static async create(host: KestraHost, signal: AbortSignal): Promise<BenchProgram> {
    const program = new BenchProgram();
    const env = { KESTRA_URL: host.url, KESTRA_USERNAME: username, KESTRA_PASSWORD: password };
    program.project = await PulumiProject.create(program.folder, "bench", env, signal);
    return program;
  }

  /** Seconds of each command on a program that declares no flows: the median of three. */
  async start(content: "none" | "data"): Promise<Start> {
    const rounds: Start[] = [];
    for (let round = 0; round < 3; round++) {
      this.declare({ content });
      rounds.push({ up: await this.up(), refresh: await this.up("--refresh"), destroy: await this.destroy() });
    }
    const of = (command: keyof Start) => median(rounds.map((round) => round[command]));
    return { up: of("up"), refresh: of("refresh"), destroy: of("destroy") };
  }

  /** Measures the lifecycle of `count` flows; the server still has them afterwards. */
  async measure(mode: Mode, count: number): Promise<Measured> {
    const namespace = `bench.${mode}${count}`;
    writeFlows(this.flows, namespace, count);
    this.declare({ content: "data" });
    await this.up();
    const before = this.stateBytes();
    this.declare({ content: mode });
    const create = await this.up();
    const bytesPerFlow = (this.stateBytes() - before) / count;
    const noop = await this.up("--refresh", "--expect-no-changes");
    changeFlow(this.flows, namespace, 1, "changed");
    const change = await this.up();
    const destroy = await this.destroy();
    return { create, noop, change, destroy, bytesPerFlow };
  }

  dispose(): void {
    this.project.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private declare(declared: Declared): void {
    writeFileSync(join(this.folder, "declared.json"), JSON.stringify(declared));
  }

  private stateBytes(): number {
    return Buffer.byteLength(this.project.state());
  }

  private async up(...args: string[]): Promise<number> {
    return (await this.project.succeed("up", "--yes", "--skip-preview", ...args)).seconds;
  }

  private async destroy(): Promise<number> {
    return (await this.project.succeed("destroy", "--yes", "--skip-preview")).seconds;
  }
}
