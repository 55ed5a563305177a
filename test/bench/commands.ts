import { spawn } from "node:child_process";
import type { Workspace } from "../support/workspace";
import { secondsSince } from "./figures";

/** A line that a command printed, and when, in seconds since its start. */
interface Line {
  text: string;
  at: number;
}

/** A command that succeeded. */
export interface Timed {
  seconds: number;
  output: string;
  lines: Line[];
}

/** How many of a failed command's last lines are shown. */
const shownLines = 25;

/**
 * Runs an npm script of the checkout to its end and times it. It gets its own process group: an interruption sends
 * SIGINT to the whole group, and this waits until the last of its processes has ended.
 * @param signal the interruption
 * @throws the signal's reason; Error with the command's last lines when it fails
 */
export async function run(
  workspace: Workspace,
  signal: AbortSignal,
  script: string,
  args: string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Timed> {
  signal.throwIfAborted();
  const started = performance.now();
  const child = spawn("npm", ["run", "--silent", script, "--", ...args], {
    cwd: workspace.folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
  const interrupt = () => void (child.pid !== undefined && process.kill(-child.pid, "SIGINT"));
  signal.addEventListener("abort", interrupt);
  const lines: Line[] = [];
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const pieces = (rest + text).split("\n");
      rest = pieces.pop()!;
      const at = secondsSince(started);
      lines.push(...pieces.map((piece) => ({ text: piece, at })));
    });
  }
  const code = await new Promise<number | null>((done, failed) => child.once("error", failed).once("close", done));
  const seconds = secondsSince(started);
  signal.removeEventListener("abort", interrupt);
  signal.throwIfAborted();
  if (code === 0) return { seconds, output, lines };
  const last = output.trimEnd().split("\n").slice(-shownLines).join("\n  ");
  throw new Error(`npm run ${[script, ...args].join(" ")} ended with ${code}:\n  ${last}`);
}

/** Seconds between a step's first line and its last one (`  ✓ <title> …`), as `npm start` and set-up print them. */
export function stepsOf({ lines }: Timed): { title: string; seconds: number }[] {
  const begun = new Map<string, number>();
  return lines.flatMap(({ text, at }) => {
    const title = /^ {2}(\S.*) \.\.\.$/.exec(text)?.[1];
    if (title !== undefined) begun.set(title, at);
    const ended = /^ {2}✓ (.+) \d+\.\d s( |$)/.exec(text)?.[1];
    const from = ended === undefined ? undefined : begun.get(ended);
    return from === undefined ? [] : [{ title: ended!, seconds: at - from }];
  });
}
