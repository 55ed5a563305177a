import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inForeground } from "../../local/tools/foreground";
import { setUp } from "../../local/tools/setUp";
import { kestra2, kestraSdk2, oracles, portForward, tools, zetaSql, type Tool } from "../../local/tools/tools";
import { sayWhenInterrupted } from "../support/interruption";
import { groups, mocha, runSideBySide } from "../support/testGroups";
import { lint } from "./lint";

/** Suites that need fewer built tools than the others. */
const toolsOf: Record<string, Tool[]> = { unit: [], live: [oracles] };

const liveSkipped = `LIVE TEST SKIPPED, nothing was tested: LIVE_GCP_PROJECT isn't set.
It creates stack 'live' on the real Google Cloud, loads a real month, compares the tables with the published files,
and destroys the stack. You need a project with billing in which you're Owner, Docker with 6 GB of memory and
Pulumi 3.230 or newer. Enabled APIs stay enabled. It should take half an hour and a few cents with Kestra in Docker, and
90 minutes and a dollar on GKE (estimates). Run it with:
  gcloud auth login --update-adc
  LIVE_GCP_PROJECT=my-project npm run test:live
  LIVE_GCP_PROJECT=my-project LIVE_RUNTIME=gke npm run test:live
docs/live.md says what to look at first.`;

/** Checkouts of end-to-end tests that an interruption left, whose services may go on. */
function leftCheckouts(): string {
  const left = readdirSync(tmpdir())
    .filter((name) => name.startsWith("bay-wheels-e2e-"))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => existsSync(join(folder, ".local", "services")));
  if (left.length === 0) return "No tests are still running.";
  return (
    "Services of end-to-end tests may still run. In each of these folders, run npm run destroy -- --yes, then delete " +
    `it:\n  ${left.join("\n  ")}`
  );
}

/** Random histories that suite `model` plays when it runs alone; `npm test` plays a few. */
const histories = { MODEL_HISTORIES: "200" };

/** `npm run test:quick`: linters and unit tests side by side. */
async function quick(): Promise<number> {
  const codes = await Promise.all([lint(), runSideBySide(groups.unit!)]);
  return codes.find((code) => code !== 0) ?? 0;
}

/**
 * `npm test`: everything, groups of files side by side; `npm run test:<suite>`: one suite alone. Ends with the totals.
 */
export async function test(suite?: string): Promise<number> {
  if (suite === "live" && !process.env.LIVE_GCP_PROJECT) {
    console.log(liveSkipped);
    return 0;
  }
  if (suite === "quick") return quick();
  sayWhenInterrupted(leftCheckouts);
  await setUp((suite && toolsOf[suite]) || [...tools, zetaSql, kestra2, kestraSdk2, oracles, portForward]);
  if (suite === "model") process.env = { ...histories, ...process.env };
  if (suite !== undefined) return inForeground(process.execPath, mocha([`{test,local/test}/${suite}/**/*.test.ts`]));
  const code = await lint();
  return code === 0 ? runSideBySide(Object.values(groups).reverse().flat()) : code;
}
