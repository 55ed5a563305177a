import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A temporary working directory with an environment of its own; both are put back in the end. */
export class TemporaryFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "bay-wheels-")));
  private readonly cwd = process.cwd();
  private readonly env = { ...process.env };

  /**
   * Changes into the folder. PATH is its `bin`, HOME itself; nothing else of the environment that finds tools remains.
   */
  constructor() {
    mkdirSync(this.bin);
    process.chdir(this.path);
    for (const name of ["JAVA_HOME", "XDG_CACHE_HOME", "PULUMI_STACK", "PULUMI_CONFIG_PASSPHRASE"])
      delete process.env[name];
    Object.assign(process.env, { PATH: this.bin, HOME: this.path });
  }

  get bin(): string {
    return join(this.path, "bin");
  }

  /** Writes a file below the folder, with the folders above it. */
  write(file: string, content: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), content);
  }

  /** Writes an executable shell script below the folder. */
  script(file: string, ...lines: string[]): void {
    this.write(file, ["#!/bin/sh", ...lines, ""].join("\n"));
    chmodSync(join(this.path, file), 0o755);
  }

  /** An executable in `bin` that prints a line. */
  prints(command: string, line: string): void {
    this.script(join("bin", command), `echo '${line}'`);
  }

  /** A JDK below the folder that tells this version; its home. */
  jdk(home: string, version: string): string {
    this.script(join(home, "bin", "javac"), `echo 'javac ${version}'`);
    return join(this.path, home);
  }

  dispose(): void {
    process.chdir(this.cwd);
    for (const name of Object.keys(process.env)) if (!(name in this.env)) delete process.env[name];
    Object.assign(process.env, this.env);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What `work` prints with console.log and console.error. */
export async function printedBy(work: () => Promise<unknown>): Promise<string[]> {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = console.error = (line: string) => void lines.push(line);
  try {
    await work();
  } finally {
    Object.assign(console, { log, error });
  }
  return lines;
}
