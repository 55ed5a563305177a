import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** What a command printed, both streams, and how it ended. */
export interface Ended {
  code: number | null;
  output: string;
}

/** Neighbouring ports that a stack takes. */
export const portsOfStack = 6;

const tracked = () =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { encoding: "utf8" })
    .split("\0")
    .filter((file) => file !== "");

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(true)));
  });
}

/**
 * The first of six neighbouring ports that nobody listens on: below those that systems give to outgoing connections
 * (from 32768 on Linux, 49152 on macOS), one of which could take a port while its service is down.
 */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = randomInt(20_000, 32_768 - portsOfStack);
    const all = await Promise.all(Array.from({ length: portsOfStack }, (_, i) => isFree(first + i)));
    if (all.every(Boolean)) return first;
  }
}

/**
 * A checkout of the project of its own, committed and clean, that shares npm packages and built tools with this one.
 */
export class Workspace {
  /** All that its commands printed so far. */
  transcript = "";

  private constructor(
    readonly folder: string,
    readonly firstPort: number,
  ) {}

  static async create(): Promise<Workspace> {
    const folder = mkdtempSync(join(tmpdir(), "bay-wheels-e2e-"));
    for (const file of tracked()) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(file, join(folder, file));
    }
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, ".local"));
    symlinkSync(resolve(".local", "tools"), join(folder, ".local", "tools"));
    const workspace = new Workspace(folder, await freePorts());
    workspace.git("init", "--quiet", "--initial-branch", "main");
    writeFileSync(join(folder, ".git", "info", "exclude"), "/node_modules\n");
    workspace.git("add", "--all");
    workspace.git(
      "-c",
      "user.name=test",
      "-c",
      "user.email=test@localhost",
      "commit",
      "--quiet",
      "--message",
      "A checkout",
    );
    return workspace;
  }

  /** A copy beside the checkout with all that it has, state and data of its services too. */
  copy(): Workspace {
    const folder = `${this.folder}-copy`;
    execFileSync("cp", ["-R", this.folder, folder]);
    return new Workspace(folder, this.firstPort);
  }

  /** Runs git here; what it prints. */
  git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.folder, encoding: "utf8" });
  }

  /** Runs an npm script to its end. */
  npm(script: string, ...args: string[]): Promise<Ended> {
    const child = spawn("npm", ["run", "--silent", script, "--", ...args], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    return new Promise((done) =>
      child.on("close", (code) => {
        this.transcript += output;
        done({ code, output });
      }),
    );
  }

  /** Runs an npm script on a terminal, where somebody types once it asks. */
  onTerminal(script: string, typed: string): Promise<Ended> {
    const child = spawn("script", ["-qec", `npm run --silent ${script}`, "/dev/null"], { cwd: this.folder });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.endsWith("[y/N] ")) child.stdin.end(typed);
    });
    return new Promise((done) => child.on("close", (code) => done({ code, output: output.replaceAll("\r", "") })));
  }

  /** Runs an npm script that must succeed; what it printed. */
  async succeed(script: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.npm(script, ...args);
    if (code !== 0) throw new Error(`npm run ${script} ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /** Runs Pulumi on stack `local`; what it printed. */
  pulumi(...args: string[]): Promise<string> {
    return this.succeed("pulumi", ...args, "-s", "local");
  }

  /** Ends its services and deletes its stack; what it printed. */
  destroy(): Promise<string> {
    return this.succeed("destroy", "--yes");
  }

  /** A path below the checkout. */
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Processes that were started from this checkout, as `pid command line`. */
  processes(): string[] {
    const all = execFileSync("ps", ["-ww", "-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
    return all.filter((line) => {
      const pid = Number(line.trim().split(" ")[0]);
      return pid !== process.pid && folderOfProcess(pid) === this.folder;
    });
  }

  /** True when nobody listens on the stack's ports. */
  async portsAreFree(): Promise<boolean> {
    const all = await Promise.all(Array.from({ length: portsOfStack }, (_, i) => isFree(this.firstPort + i)));
    return all.every(Boolean);
  }

  /** Deletes the checkout. */
  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Working directory of a process; undefined when it is gone or not ours. */
function folderOfProcess(pid: number): string | undefined {
  try {
    if (process.platform === "linux")
      return execFileSync("readlink", [`/proc/${pid}/cwd`], { encoding: "utf8" }).trim();
    return /^n(.*)$/m.exec(
      execFileSync("lsof", ["-a", "-d", "cwd", "-Fn", "-p", String(pid)], { encoding: "utf8" }),
    )?.[1];
  } catch {
    return undefined;
  }
}
