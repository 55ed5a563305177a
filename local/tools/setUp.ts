import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import { outlive } from "./foreground";
import { paths } from "../paths";
import { Progress } from "./progress";
import { contentHash } from "./contentHash";
import { requireToolchain } from "./toolchains";
import type { Run } from "./run";
import { tools, type Tool } from "./tools";

/** How many tools are built at once: one compiles while another downloads. */
const parallel = 2;

function isBuilt(tool: Tool): boolean {
  const stamp = join(paths.tools, tool.name, ".version");
  return existsSync(stamp) && readFileSync(stamp, "utf8") === contentHash(tool.sources);
}

/** Why the system refused to write, as programs of all kinds tell it, and what a person can do. */
const refusals: [RegExp, string][] = [
  [/ENOSPC|no space left on device/i, "the disk is full. Free some space (set-up takes about 4 GB)"],
  // Node calls it ENOENT when a folder and the one above it cannot be made on a read-only disk
  [/EROFS|read-only file system|ENOENT: .*, mkdir /i, "a folder is read-only. Make it writable"],
  [/EACCES|EPERM|permission denied/i, "a folder may not be written. Make it writable for this user"],
];

/** One line for output that tells of a refusal; undefined for any other. */
function refusalIn(output: string[]): string | undefined {
  for (const [pattern, reason] of refusals) {
    const line = output.findLast((candidate) => pattern.test(candidate));
    if (line !== undefined) return `${reason}, then run the same command again (${line.trim()})`;
  }
  return undefined;
}

/** A {@link Run} that writes to one log file, shows the last line as progress, and fails with the end of the log. */
function logged(title: string, log: string, progress: Progress): Run {
  return (command, args, options = {}) =>
    new Promise((done, failed) => {
      // written at once: whoever reads of a failure finds the whole log
      const file = openSync(log, "a", 0o600);
      const { child, interruption } = outlive(() =>
        spawn(command, args, {
          cwd: options.cwd,
          env: { ...process.env, ...options.env },
          stdio: ["ignore", "pipe", "pipe"],
        }),
      );
      let tail: string[] = [];
      const take = (data: Buffer) => {
        tail = [
          ...tail,
          ...data
            .toString()
            .split("\n")
            .filter((line) => line.trim() !== ""),
        ].slice(-15);
        progress.say(tail.at(-1)?.trim() ?? "");
        try {
          writeSync(file, data);
        } catch {
          // a full disk: what the command says of it is told in the end
        }
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.on("error", (error) => failed(new Error(`${title} could not be built: ${command}: ${error.message}`)));
      child.on("close", (code, signal) => {
        closeSync(file);
        if (code === 0) return done();
        const cause = interruption() ?? signal ?? undefined;
        const line = refusalIn(tail) ?? options.failure;
        const told =
          cause === undefined && line !== undefined
            ? `${line}; all that was printed: ${log}`
            : `${command} ended with ${code ?? signal}. Its last lines (all of them: ${log}):\n  ${tail.join("\n  ")}`;
        failed(new Error(`${title} could not be built: ${told}`, { cause }));
      });
    });
}

/** The version stamp is written last, so that an interrupted build is never taken for a whole one. */
async function build(tool: Tool): Promise<void> {
  const log = join(paths.logs, `setup-${tool.name}.log`);
  const out = resolve(paths.tools, tool.name);
  const progress = new Progress(tool.title);
  try {
    mkdirSync(paths.logs, { recursive: true });
    rmSync(log, { force: true });
    // first, so that a folder of which half is removed is not taken for whole once its sources are as they were
    rmSync(join(out, ".version"), { force: true });
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    await tool.build(out, logged(tool.title, log, progress));
    writeFileSync(join(out, ".version"), contentHash(tool.sources));
    progress.done();
  } catch (error) {
    progress.failed();
    // what Node itself was refused
    const line = error instanceof Error && "code" in error ? refusalIn([error.message]) : undefined;
    throw line === undefined ? error : new Error(`${tool.title} could not be built: ${line}.`);
  }
}

/**
 * Brings built tools up to date with their pinned sources; without a change it does nothing and takes no time.
 * An interruption at any point is patched by the next call, which builds only what is not whole.
 * @param wanted default: what stack `local` runs on
 * @throws Error with one line for a missing or too old toolchain, or with the end of the build's log.
 */
export async function setUp(wanted: Tool[] = tools): Promise<void> {
  const missing = wanted.filter((tool) => !tool.provided?.() && !isBuilt(tool));
  if (missing.length === 0) return;
  for (const toolchain of new Set(missing.flatMap((tool) => tool.toolchains))) requireToolchain(toolchain);
  console.error(`Setting up ${missing.length} tool(s), once: ${missing.map((tool) => tool.title).join(", ")}`);
  const queue = [...missing];
  const worker = async () => {
    try {
      for (let tool = queue.shift(); tool; tool = queue.shift()) await build(tool);
    } catch (error) {
      queue.length = 0;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: parallel }, worker));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
