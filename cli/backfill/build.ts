import { setTimeout as sleep } from "node:timers/promises";
import { retryTransient } from "../../dynamic/retry";
import { getLogs, hasEnded, newestExecutions } from "../../kestra/client/executions";
import { namespace } from "../../kestra/pipeline/namespace";
import { Progress } from "../../local/tools/progress";
import { progressOf } from "../commands/build";
import { flows } from "../support/flows";
import type { OpenStack } from "../support/openStack";

/** Milliseconds between two looks. */
const interval = 2000;

/**
 * Follows the build that the last load of a backfill starts: the newest one, because the others leave it to that.
 * @param since ISO time when the backfill was started
 * @returns its id and final state; undefined if there's none
 */
export async function followBuild({ kestra }: OpenStack, since: string) {
  const progress = new Progress("dbt build");
  for (;;) {
    const [build] = await retryTransient(() => newestExecutions(kestra, namespace, { flow: flows.build, since }));
    if (build === undefined || hasEnded(build)) {
      const isBuilt = build === undefined || build.state.current === "SUCCESS";
      if (isBuilt) progress.done(build ? "" : "nothing to build");
      else progress.failed();
      return build && { execution: build.id, state: build.state.current };
    }
    progress.say(
      progressOf(await retryTransient(() => getLogs(kestra, build.id, "INFO"))) ?? "waits for further loads",
    );
    await sleep(interval);
  }
}
