import { KestraClient } from "../../kestra/client/client";
import { sayWhenInterrupted } from "../support/interruption";
import { publishedMonths } from "../../local/openData/listing";
import { ensureStack, pulumi, stackOutputs } from "../support/stack";
import { runFlow } from "../support/runFlow";
import { setUp } from "../../local/tools/setUp";
import { printSummary, type Step } from "../support/summary";
import { requireHealthyMachine } from "./doctor";
import { query, tables, type Warehouse } from "../support/warehouse";

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

/** Runs a flow. Ctrl-C only ends the waiting: the execution continues in Kestra, and the next one queues behind it. */
async function runStep(
  client: KestraClient,
  title: string,
  flow: string,
  inputs: Record<string, string> = {},
): Promise<number> {
  const what = `flow ${[flow, ...Object.values(inputs)].join(" for ")}`;
  const goesOn = (execution: string) =>
    sayWhenInterrupted(`${execution} in Kestra, and the services keep running. ${resume}`);
  goesOn(`If ${what} has started, it continues`);
  return runFlow(client, title, flow, inputs, (id) => goesOn(`Execution ${id} of ${what} continues`));
}

/**
 * `npm start`: tools, stack, pipeline, and a table of what came out. A step whose result is there is not done again.
 */
export async function start(): Promise<number> {
  const steps: Step[] = [];
  const step = async (title: string, work: () => Promise<unknown>) => {
    const started = Date.now();
    await work();
    steps.push({ title, seconds: (Date.now() - started) / 1000 });
  };

  sayWhenInterrupted("Finished tools are kept. Continue with: npm start");
  await requireHealthyMachine();
  await step("Set-up of tools", setUp);
  await ensureStack();
  let code = 0;
  sayWhenInterrupted(`Services that have started keep running. ${resume}`);
  await step("pulumi up", async () => (code = await pulumi(["up", "--yes"])));
  if (code !== 0) return code;

  const outputs = stackOutputs();
  const { kestraUrl: url, kestraUser: username, kestraPassword: password } = outputs;
  const client = new KestraClient({ kind: "address", url: url!, username: username!, password: password! });
  const warehouse: Warehouse = { url: outputs.bigqueryUrl!, project: outputs.project!, dataset: outputs.dataset! };

  console.log("Running the pipeline:");
  const existing = await tables(warehouse);
  if (!existing.has("bay_area_county_ext")) {
    await step("Counties", () => runStep(client, "Counties", "02_gcp_load_bay_area_county"));
  }
  for (const month of await missingMonths(warehouse, existing, outputs.tripsUrl!)) {
    await step(`Trips of ${month}`, () => runStep(client, `Trips of ${month}`, "04_gcp_load_month", { month }));
  }
  if (!(await modelsAreCurrent(warehouse, await tables(warehouse)))) {
    await step("dbt build", () => runStep(client, "dbt build", "06_gcp_dbt"));
  }
  await printSummary(warehouse, steps);
  console.log(`
Everything is running. What to look at next:
  Kestra       ${url} (user ${username}; its password: npm run pulumi -- stack output kestraPassword --show-secrets -s local)
  BigQuery     ${warehouse.url} (project ${warehouse.project}, dataset ${warehouse.dataset})
  Logs, data   .local/services/
  Tear-down    npm run destroy`);
  return 0;
}
