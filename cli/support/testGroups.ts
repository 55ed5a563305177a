import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { outlive } from "../../local/tools/foreground";

/**
 * Test files by suite, in groups. Those of a group run one after the other in one process, because they share a stack
 * or are quick; groups share nothing. Each file is in one group.
 */
export const groups: Record<string, string[][]> = {
  unit: [["test/unit/**/*.test.ts", "local/test/unit/**/*.test.ts"]],
  contract: [
    ["test/contract/flows/**/*.test.ts", "test/contract/truth/*.test.ts"],
    ["local/test/contract/**/*.test.ts"],
    ["test/contract/{dbt,infra,kestra,report,tunnel}/**/*.test.ts"],
  ],
  e2e: [
    ["test/e2e/[1-57]-*.test.ts", "test/e2e/8-kills.test.ts"],
    ["test/e2e/dev/1-*.test.ts"],
    ["test/e2e/dev/2-*.test.ts"],
    ["test/e2e/dev/3-*.test.ts"],
    ["test/e2e/gke/1-*.test.ts"],
    ["test/e2e/gke/2-*.test.ts"],
    ["test/e2e/8-setup.test.ts"],
    ["test/e2e/9-folder.test.ts"],
    ["test/e2e/9-status.test.ts"],
    ["test/e2e/6-*.test.ts"],
  ],
  model: [["test/model/histories.test.ts"]],
};

/** How many groups run at once: one per core of two; with more, tests come close to their time limits. */
const atATime = 2;

/** How a group ended. */
interface Ended {
  files: string[];
  seconds: number;
  code: number;
  passed: number;
  failed: number;
  skipped: number;
}

/** Command line of mocha for files, without its launcher, which doesn't forward SIGTERM to the tests. */
export function mocha(files: string[]): string[] {
  return ["--import", "tsx", join("node_modules", "mocha", "bin", "_mocha"), ...files];
}

const lastLineOf = (text: string) => text.trimEnd().split("\n").at(-1)!;

/** Runs a group, and prints its output in one piece at the end. */
function run(files: string[]): Promise<Ended> {
  console.log(`Running ${files.join(" ")} ...`);
  const started = Date.now();
  return new Promise((done) => {
    const { child, interruption } = outlive(() =>
      // a failed test may leave handles open, which must not keep the group running
      spawn(process.execPath, mocha(["--exit", ...files]), { stdio: ["ignore", "pipe", "pipe"] }),
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("close", (code, signal) => {
      const by = interruption() ?? signal;
      const totals = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\n?$/.exec(lastLineOf(output));
      const report = totals ? output.trimEnd().split("\n").slice(0, -1).join("\n") : output;
      console.log(`\n${files.join(" ")}\n${report.trimEnd()}`);
      // without totals mocha itself has failed
      const [passed = 0, failed = 0, skipped = 0] = (totals?.slice(1) ?? ["0", "1"]).map((count) => Number(count ?? 0));
      const ended = { files, seconds: (Date.now() - started) / 1000, passed, failed, skipped };
      done({ ...ended, code: by ? 128 + constants.signals[by] : totals ? code! : code || 1 });
    });
  });
}

/**
 * Runs groups side by side in this order. Prints the seconds of each, and the totals alone on the last line: `N passed,
 * N failed`.
 * @returns exit code: that of the first group that failed, or 0
 */
export async function runSideBySide(all: string[][]): Promise<number> {
  const waiting = [...all];
  const ended: Ended[] = [];
  const worker = async () => {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
      const group = await run(files);
      ended.push(group);
      // interrupted: skip the rest
      if (group.code > 128) waiting.length = 0;
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  console.log("\nSeconds per group, the slowest first:");
  for (const { files, seconds } of [...ended].sort((a, b) => b.seconds - a.seconds))
    console.log(`${seconds.toFixed(0).padStart(6)}  ${files.join(" ")}`);
  const sum = (count: (group: Ended) => number) => ended.map(count).reduce((a, b) => a + b, 0);
  const skipped = sum((group) => group.skipped);
  const totals = `${sum((group) => group.passed)} passed, ${sum((group) => group.failed)} failed`;
  console.log(`\n${totals}${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return ended.find(({ code }) => code !== 0)?.code ?? 0;
}
