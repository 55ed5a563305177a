import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../../local/paths";
import { commandLine, identityOf, worksBelow } from "../../local/services/identity";

/** Where Pulumi's file backend keeps its locks: a folder per stack, a file per process with `{"pid": …}`. */
const folder = join(paths.state, ".pulumi", "locks");

/** Process id in a lock; undefined for a lock that was just released or is still being written. */
function ownerOf(file: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid;
  } catch {
    return undefined;
  }
}

/** True for a running Pulumi process of this checkout: a copied checkout has the locks of the original as well. */
function holds(pid: number): boolean {
  if (!commandLine(pid)?.includes("pulumi")) return false;
  // the folder of another user's process can't be read, and may be this one
  const process = identityOf(pid);
  return process === undefined || worksBelow(process);
}

/** Deletes locks that no running Pulumi holds: a killed one leaves its lock, and the stack would stay locked. */
export function releaseDeadLocks(): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = join(folder, name);
    const pid = ownerOf(file);
    if (pid !== undefined && !holds(pid)) rmSync(file, { force: true });
  }
}
