import { join } from "node:path";
import { inForeground } from "../../local/tools/foreground";
import { stackOutputs } from "../support/stack";
import { setUp } from "../../local/tools/setUp";
import { oracles, toolPath } from "../../local/tools/tools";

/**
 * `npm run truth`: compares the tables of stack `local` with the published files, by code that shares nothing with the
 * pipeline. The exit code: 1 when they differ, 2 when they could not be compared.
 */
export async function truth(): Promise<number> {
  await setUp([oracles]);
  const outputs = stackOutputs();
  if (outputs.countiesUrl === undefined)
    throw new Error("Stack 'local' isn't up, or an older version created it. Bring it up with: npm start");
  const { project, dataset, bigqueryUrl, tripsUrl, countiesUrl } = outputs;
  const python = toolPath(oracles.name, "bin", "python");
  return inForeground(python, [
    "-B",
    join("local", "oracles", "truth", "truth.py"),
    ...["--project", project!, "--dataset", dataset!, "--bigquery", bigqueryUrl!],
    ...["--trips", tripsUrl!, "--counties", countiesUrl],
  ]);
}
