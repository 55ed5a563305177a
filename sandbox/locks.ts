import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stack } from "./otherStacks";
import { paths } from "./paths";
import { commandLine } from "./services/processes";

/** Where Pulumi's file backend keeps the stack's locks: one file a process, `{"pid": …}` among its content. */
const folder = join(paths.state, ".pulumi", "locks", "organization", "bay-wheels", stack);

/** Deletes the locks of Pulumi processes that are gone: one that was killed can't, and the stack would stay locked. */
export function releaseDeadLocks(): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const { pid } = JSON.parse(readFileSync(file, "utf8")) as { pid: number };
    if (!commandLine(pid)?.includes("pulumi")) rmSync(file);
  }
}
