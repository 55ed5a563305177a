import { rmSync } from "node:fs";
import { releaseDeadLocks } from "./locks";
import { paths } from "./paths";
import { pulumi, stack, stackExists } from "./pulumiCli";
import { setUp } from "./setup/setup";
import { tools } from "./setup/tools";
import { serviceNames } from "./services/definitions";
import { stop } from "./services/processes";

/**
 * `npm run destroy`: ends every service and deletes the stack with all its data. The built tools and the settings stay. It works when
 * services are dead, and goes on where it was interrupted.
 */
export async function destroy(): Promise<number> {
  await setUp(tools.filter((tool) => tool.name === "pulumi"));
  releaseDeadLocks();
  if (stackExists()) {
    const code = await pulumi(["destroy", "-s", stack, "--yes", "--skip-preview"]);
    if (code !== 0) return code;
    const removed = await pulumi(["stack", "rm", stack, "--yes", "--preserve-config"]);
    if (removed !== 0) return removed;
  }
  // what an interrupted `up` may have started without recording it
  for (const service of serviceNames) await stop(service);
  rmSync(paths.services, { recursive: true, force: true });
  rmSync(paths.state, { recursive: true, force: true });
  console.log("Stack 'local' is gone, with its services and data. Bring it back with: npm start");
  return 0;
}
