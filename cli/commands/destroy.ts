import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { UsageError } from "../commandLine";
import { confirms, type Terminal } from "../support/confirm";
import { sayWhenInterrupted } from "../support/interruption";
import { releaseDeadLocks } from "../support/locks";
import { paths } from "../../local/paths";
import { listStacks, pulumi, stack } from "../support/stack";
import { folderOf, serviceNames } from "../../local/services/definitions";
import { isRunning, stop } from "../../local/services/processes";
import { setUp } from "../../local/tools/setUp";
import { tools } from "../../local/tools/tools";

/** What `destroy` deletes, for a person who decides. */
function deletionSummary(): string {
  const services = serviceNames.map(folderOf).filter((folder) => existsSync(folder));
  // files may come and go meanwhile: it counts the others
  const sized = spawnSync("du", ["-sh", ...services, paths.state], { encoding: "utf8", stdio: "pipe" });
  // a system without that command gives the names alone
  const stdout = sized.error ? [...services, paths.state].join("\n") : sized.stdout;
  const running = serviceNames.filter((service) => isRunning(service)).join(", ") || "none";
  return [
    `This deletes stack '${stack}' in ${process.cwd()}: it stops its services (running: ${running}) and deletes`,
    ...stdout
      .trim()
      .split("\n")
      .map((line) => `  ${line.replace("\t", "  ")}`),
    "The built tools and the settings stay.",
  ].join("\n");
}

/**
 * `npm run destroy`: says what goes, asks, stops every service and deletes the stack with all its data. The built tools
 * and the settings stay. It works when services are dead, and continues where it was interrupted.
 * @param yes doesn't ask
 * @returns exit code: 0 also when there's nothing to destroy, 1 when the answer is no
 * @throws UsageError when nobody can be asked
 */
export async function destroy(yes = false, terminal: Terminal = process): Promise<number> {
  if (!existsSync(paths.state) && !existsSync(paths.services)) {
    console.log(`There's nothing to destroy: stack '${stack}' isn't here. Create it with: npm start`);
    return 0;
  }
  sayWhenInterrupted("Nothing was changed.");
  console.log(deletionSummary());
  if (!yes && !(terminal.stdin.isTTY && terminal.stdout.isTTY))
    throw new UsageError(
      "npm run destroy: there's no terminal to ask on, so nothing was changed. Confirm with: npm run destroy -- --yes",
    );
  if (!yes && !(await confirms("Destroy it?", terminal))) {
    console.log("Nothing was changed.");
    return 1;
  }
  return removeStack();
}

/** @throws Error when the state folder, which goes with the stack, holds another stack as well */
async function removeStack(): Promise<number> {
  sayWhenInterrupted(
    `Part of stack '${stack}' may be gone. Finish with: npm run destroy. Bring it back with: npm start`,
  );
  await setUp(tools.filter((tool) => tool.name === "pulumi"));
  const stacks = listStacks();
  const other = stacks.find((name) => name !== stack);
  if (other !== undefined)
    throw new Error(
      `Nothing was changed: stack '${other}' is in ${paths.state} as well, and its state would be lost. ` +
        `Remove it first: npm run pulumi -- destroy --remove -s ${other}`,
    );
  releaseDeadLocks();
  if (stacks.includes(stack)) {
    const code = await pulumi(["destroy", "--yes", "--skip-preview"]);
    if (code !== 0) return code;
    const removed = await pulumi(["stack", "rm", "--yes", "--preserve-config"]);
    if (removed !== 0) return removed;
  }
  // what an interrupted `up` may have started without recording it
  for (const service of serviceNames) await stop(service);
  rmSync(paths.services, { recursive: true, force: true });
  rmSync(paths.state, { recursive: true, force: true });
  rmSync(paths.report, { force: true });
  console.log(`Stack '${stack}' is gone, with its services and data. Bring it back with: npm start`);
  return 0;
}
