import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { inForeground } from "../../local/tools/foreground";
import { paths } from "../../local/paths";
import { setUp } from "../../local/tools/setUp";
import { toolPath } from "../../local/tools/tools";

/** Values for the profile's variables: dbt reads the project alone and queries no dataset. */
const nowhere = {
  BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:9",
  GCP_PROJECT_ID: "project",
  GCP_LOCATION: "US",
  GCP_DATASET: "bay_wheels",
  DBT_TARGET: "local",
};

/**
 * `npm run docs`: writes dbt's documentation of the models, with their columns, tests and lineage, as one page that
 * needs no server. Returns dbt's exit code.
 */
export async function docs(): Promise<number> {
  await setUp();
  mkdirSync(paths.docs, { recursive: true });
  const target = join(process.cwd(), paths.docs, "target");
  const places = ["--project-dir", "dbt", "--profiles-dir", "dbt", "--target-path", target];
  const logs = ["--log-path", join(process.cwd(), paths.docs, "logs")];
  // the catalog would ask for each table's size, which takes minutes on the emulator; the pages say what the project
  // states
  const steps = [["parse"], ["docs", "generate", "--static", "--empty-catalog", "--no-compile"]];
  for (const step of steps) {
    const env = { ...process.env, ...nowhere };
    const code = await inForeground(toolPath("dbt", "bin", "dbt"), [...step, ...places, ...logs], { env });
    if (code !== 0) return code;
  }
  const page = join(paths.docs, "index.html");
  copyFileSync(join(target, "static_index.html"), page);
  console.log(`The models' documentation is in ${page}`);
  return 0;
}
