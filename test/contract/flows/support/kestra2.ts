import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { kestra2, toolPath } from "../../../../local/tools/tools";
import { requireToolchain, toolchains } from "../../../../local/tools/toolchains";

/** What Kestra 2.0.0 says of a flow; without `error` it would register the flow. */
export interface Verdict {
  flow?: string;
  error?: string;
  warnings: string[];
  deprecations: string[];
  /** Old names of types and properties, which still work. */
  infos: string[];
}

/** An ended execution, with those that it started. */
export interface Outcome {
  flow: string;
  state: string;
  /** Without those of the system. */
  labels: Record<string, string>;
  outputs?: Record<string, unknown>;
  /** Task runs, each with the states of its attempts. */
  tasks: { id: string; parent?: string; state: string; attempts: string[] }[];
  /** From INFO on. */
  logs: { level: string; task?: string; message: string }[];
  children: Outcome[];
}

/** What is done in the order of these properties: see `Request` of `local/oracles/kestra2`. */
export interface Request {
  kv?: Record<string, unknown>;
  files?: Record<string, string>;
  validate?: string[];
  flows?: string[];
  run?: { flow: string; inputs?: Record<string, string> };
}

/** Kestra's engine 2.0.0 with the fake tasks, in a process of its own. */
export class Kestra2 {
  private readonly answers;
  /** The last 4,000 characters of its log. */
  private log = "";

  private constructor(
    private readonly namespace: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {
    process.stderr!.on("data", (data: Buffer) => (this.log = (this.log + data.toString()).slice(-4000)));
    this.answers = createInterface({ input: process.stdout! })[Symbol.asyncIterator]();
  }

  /** Starts it; the first answer comes after some seconds. */
  static start(namespace: string, env: Record<string, string>): Kestra2 {
    const folder = mkdtempSync(join(tmpdir(), "kestra-2-"));
    const java = join(requireToolchain(toolchains.jdk25), "bin", "java");
    const options = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC"];
    const child = spawn(java, [...options, "-jar", toolPath(kestra2.name, "kestra2.jar"), folder], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    return new Kestra2(namespace, folder, child);
  }

  /** One verdict per flow. */
  validate(sources: string[]): Promise<Verdict[]> {
    return this.ask<Verdict>({ validate: sources });
  }

  /** Runs a registered flow to its end. */
  async run(flow: string, inputs: Record<string, string> = {}): Promise<Outcome> {
    return (await this.ask<Outcome>({ run: { flow, inputs } }))[0]!;
  }

  /** Sends a request; its answers. */
  async ask<T>(request: Request): Promise<T[]> {
    this.process.stdin!.write(`${JSON.stringify({ namespace: this.namespace, ...request })}\n`);
    for (const all: T[] = []; ;) {
      const { value, done } = (await this.answers.next()) as IteratorResult<string, undefined>;
      if (done) throw new Error(`Kestra 2.0.0 has ended: ${this.log}`);
      const answer = JSON.parse(value) as T & { done?: true; error?: string };
      if (!answer.done) all.push(answer);
      else if (answer.error !== undefined) throw new Error(`Kestra 2.0.0: ${answer.error}: ${this.log}`);
      else return all;
    }
  }

  /** Ends the process and deletes its files. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = new Promise((ended) => this.process.once("exit", ended));
      this.process.kill("SIGKILL");
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
