import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inForeground } from "./foreground";
import { withModels, type Manifest } from "./modelDocs";
import { paths } from "./paths";
import { stackOutputs } from "./pulumiCli";
import { setUp } from "./setup/setup";
import { toolPath } from "./setup/tools";

const modelsDocument = join("docs", "models.md");

/**
 * `npm run docs`: makes dbt's documentation of the models in stack `local`, with their columns and lineage, one page without a server, and
 * brings docs/models.md up to date. The exit code is dbt's.
 */
export async function docs(): Promise<number> {
  await setUp();
  const { project, dataset, bigqueryUrl } = stackOutputs();
  if (bigqueryUrl === undefined) throw new Error("Stack 'local' is not up. Bring it up with: npm start");
  mkdirSync(paths.docs, { recursive: true });
  const target = join(process.cwd(), paths.docs, "target");
  const args = ["docs", "generate", "--static", "--quiet", "--project-dir", "dbt", "--profiles-dir", "dbt"];
  const code = await inForeground(
    toolPath("dbt", "bin", "dbt"),
    [...args, "--target-path", target, "--log-path", join(process.cwd(), paths.docs, "logs")],
    {
      env: {
        ...process.env,
        BIGQUERY_EMULATOR_HOST: bigqueryUrl,
        GCP_PROJECT_ID: project,
        GCP_LOCATION: "US",
        GCP_DATASET: dataset,
        DBT_TARGET: "local",
      },
    },
  );
  if (code !== 0) return code;
  const page = join(paths.docs, "index.html");
  copyFileSync(join(target, "static_index.html"), page);
  const manifest = JSON.parse(readFileSync(join(target, "manifest.json"), "utf8")) as Manifest;
  writeFileSync(modelsDocument, withModels(readFileSync(modelsDocument, "utf8"), manifest));
  console.log(`The models' documentation is in ${page}; ${modelsDocument} is up to date`);
  return 0;
}
