import { publishedMonths } from "../../local/openData/listing";
import { setUp } from "../../local/tools/setUp";
import { sayWhenInterrupted } from "../support/interruption";
import { openStack, type OpenStack } from "../support/openStack";
import { runFlow, tell, type Outcome } from "../support/runFlow";
import { ensureStack, pulumi } from "../support/stack";
import { printSummary, type Step } from "../support/summary";
import { query, tables, type Warehouse } from "../support/warehouse";
import { buildModels } from "./build";

/** How many of the newest published months the first start loads. */
const monthsToLoad = 3;

/** The newest published months that are not loaded, oldest first. */
async function missingMonths(warehouse: Warehouse, existing: Set<string>, tripsUrl: string): Promise<string[]> {
  const published = (await publishedMonths(tripsUrl)).map(({ month }) => month).slice(-monthsToLoad);
  if (published.length === 0)
    throw new Error(`No month of trips is published at ${tripsUrl}. See local:dataDir in README.md.`);
  if (!existing.has("baywheels_loads")) return published;
  const rows = await query(
    warehouse,
    "Loaded months",
    "select format_date('%Y-%m', source_month) as month from {baywheels_loads}",
  );
  const loaded = new Set(rows.map((row) => row.month));
  return published.filter((month) => !loaded.has(month));
}

/** True when dbt has built every load as it is now. */
async function modelsAreCurrent(warehouse: Warehouse, existing: Set<string>): Promise<boolean> {
  if (!existing.has("built_loads") || !existing.has("facts_baywheels_trips")) return false;
  const [row] = await query(
    warehouse,
    "Loads that dbt has not built",
    `select count(*) as missing
     from {baywheels_loads} as l
     left join {built_loads} as b on b.source_month = l.source_month and b.loaded_at = l.loaded_at
     where b.source_month is null`,
  );
  return row?.missing === "0";
}

const resume = "Continue with: npm start. Remove everything with: npm run destroy";

/** Ctrl-C only ends the waiting: the execution continues in Kestra, and the next one queues behind it. */
function sayItContinues(flow: string, month?: string): (execution: string) => void {
  const what = `flow ${[flow, month].filter(Boolean).join(" for ")}`;
  const goesOn = (execution: string) =>
    sayWhenInterrupted(`${execution} in Kestra, and the services keep running. ${resume}`);
  goesOn(`If ${what} has started, it continues`);
  return (id) => goesOn(`Execution ${id} of ${what} continues`);
}

/** Takes the time of steps. */
class Steps {
  readonly taken: Step[] = [];

  async time<T>(title: string, work: () => Promise<T>): Promise<T> {
    const started = Date.now();
    const result = await work();
    this.taken.push({ title, seconds: (Date.now() - started) / 1000 });
    return result;
  }
}

/**
 * Runs what of the pipeline hasn't been done yet, and tells what fails; a month that fails doesn't stop the others.
 * @returns titles of the steps that failed
 */
async function runPipeline(stack: OpenStack, steps: Steps): Promise<string[]> {
  const { name, outputs, warehouse } = stack;
  const failed: string[] = [];
  const step = async (title: string, run: () => Promise<Outcome>) => {
    const outcome = await steps.time(title, run);
    if (!tell(name, outcome, () => {})) failed.push(title);
  };
  const flow = (title: string, id: string, month?: string) =>
    step(title, () =>
      runFlow(stack, title, id, { inputs: month ? { month } : {}, onStart: sayItContinues(id, month) }),
    );

  console.error("Running the pipeline:");
  const existing = await tables(warehouse);
  if (!existing.has("bay_area_county_ext")) await flow("Counties", "02_gcp_load_bay_area_county");
  for (const month of await missingMonths(warehouse, existing, outputs.tripsUrl!))
    await flow(`Trips of ${month}`, "04_gcp_load_month", month);
  if (!(await modelsAreCurrent(warehouse, await tables(warehouse))))
    await step("dbt build", () => buildModels(stack, { onStart: sayItContinues("06_gcp_dbt") }));
  return failed;
}

/**
 * `npm start`: tools, stack, pipeline, and a table of what came out. A step whose result is there is not done again.
 * Returns 1 when a step of the pipeline failed.
 */
export async function start(): Promise<number> {
  const steps = new Steps();
  sayWhenInterrupted("Finished tools are kept. Continue with: npm start");
  await steps.time("Set-up of tools", setUp);
  await ensureStack();
  sayWhenInterrupted(`Services that have started keep running. ${resume}`);
  const code = await steps.time("pulumi up", () => pulumi(["up", "--yes"]));
  if (code !== 0) return code;

  const stack = openStack();
  const failed = await runPipeline(stack, steps);
  const { warehouse, outputs } = stack;
  if ((await tables(warehouse)).has("facts_baywheels_trips")) await printSummary(warehouse, steps.taken);
  if (failed.length > 0) {
    console.error(`\nFailed: ${failed.join(", ")}; the reasons are above. The services are running. ${resume}`);
    return 1;
  }
  console.log(`
Everything is running. What to look at next:
  Kestra       ${outputs.kestraUrl} (user ${outputs.kestraUser}; its password: ./bay password)
  BigQuery     ${warehouse.url} (project ${warehouse.project}, dataset ${warehouse.dataset})
  Query        ./bay sql 'select * from {mart_trips_by_month} limit 10'
  Logs, data   ./bay logs, .local/services/
  Tear-down    npm run destroy`);
  return 0;
}
