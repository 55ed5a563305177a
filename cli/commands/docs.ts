import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inForeground } from "../../local/tools/foreground";
import { withModels, type Manifest } from "../support/modelDocs";
import { paths } from "../../local/paths";
import { setUp } from "../../local/tools/setUp";
import { toolPath } from "../../local/tools/tools";

const modelsDocument = join("docs", "models.md");

/** dbt reads the project alone: the profile's variables name a dataset that is not asked for. */
const nowhere = {
  BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:9",
  GCP_PROJECT_ID: "project",
  GCP_LOCATION: "US",
  GCP_DATASET: "bay_wheels",
  DBT_TARGET: "local",
};

/**
 * `npm run docs`: makes dbt's documentation of the models, with their columns, tests and lineage, one page without a server, and brings
 * docs/models.md up to date. The exit code is dbt's.
 */
export async function docs(): Promise<number> {
  await setUp();
  mkdirSync(paths.docs, { recursive: true });
  const target = join(process.cwd(), paths.docs, "target");
  const places = ["--project-dir", "dbt", "--profiles-dir", "dbt", "--target-path", target];
  const logs = ["--log-path", join(process.cwd(), paths.docs, "logs")];
  // the catalog would ask for each table's size, which takes minutes on the emulator; the pages say what the project states
  const steps = [["parse"], ["docs", "generate", "--static", "--empty-catalog", "--no-compile"]];
  for (const step of steps) {
    const env = { ...process.env, ...nowhere };
    const code = await inForeground(toolPath("dbt", "bin", "dbt"), [...step, ...places, ...logs], { env });
    if (code !== 0) return code;
  }
  const page = join(paths.docs, "index.html");
  copyFileSync(join(target, "static_index.html"), page);
  const manifest = JSON.parse(readFileSync(join(target, "manifest.json"), "utf8")) as Manifest;
  writeFileSync(modelsDocument, withModels(readFileSync(modelsDocument, "utf8"), manifest));
  console.log(`The models' documentation is in ${page}; ${modelsDocument} is up to date`);
  return 0;
}
