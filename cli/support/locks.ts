import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stack } from "./otherStacks";
import { paths } from "../../local/paths";
import { commandLine, identityOf, worksBelow } from "../../local/services/identity";

/** Where Pulumi's file backend keeps the stack's locks: one file a process, `{"pid": …}` among its content. */
const folder = join(paths.state, ".pulumi", "locks", "organization", "bay-wheels", stack);

/** The process that a lock names; undefined for a lock that was released meanwhile, or is being written. */
function ownerOf(file: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid;
  } catch {
    return undefined;
  }
}

/** True when the process is a Pulumi at work in this checkout: a copied checkout has the locks of the original, too. */
function holds(pid: number): boolean {
  if (!commandLine(pid)?.includes("pulumi")) return false;
  // the folder of another user's process is hidden: it may be this one
  const process = identityOf(pid);
  return process === undefined || worksBelow(process);
}

/** Deletes the locks that no Pulumi holds: one that was killed can't, and the stack would stay locked. */
export function releaseDeadLocks(): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const pid = ownerOf(file);
    if (pid !== undefined && !holds(pid)) rmSync(file, { force: true });
  }
}
