import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, release, totalmem, type, version } from "node:os";
import { toolchains } from "../../local/tools/toolchains";

const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();

/** What the figures depend on: the machine, its toolchains and the measured commit. */
export function machineFacts(): Record<string, string | number | boolean> {
  const found = (name: keyof typeof toolchains) => toolchains[name].find()?.version ?? "none";
  return {
    date: new Date().toISOString(),
    commit: git("rev-parse", "HEAD"),
    uncommittedChanges: git("status", "--porcelain") !== "",
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    // well above 0 before the run: other programs distort the figures
    loadAverage: Number(loadavg()[0]!.toFixed(2)),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${process.arch} ${version()}`,
    node: process.versions.node,
    java: found("jdk"),
    go: found("go"),
    python: found("python"),
  };
}
