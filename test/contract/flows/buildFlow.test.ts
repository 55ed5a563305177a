import assert from "node:assert/strict";
import { MonthLab, type Run } from "./support/monthLab";
import { serviceAccountKey } from "../../../local/lab/pluginLab";

/** The smallest project that shows what the flow passes to dbt, and remembers the loads as the real one does. */
const project = {
  "dbt_project.yml": 'name: tiny\nversion: "1.0"\nprofile: bay_wheels\nmodels: {+materialized: table}\n',
  "models/passed.sql": `select '{{ var("months") | join(" ") }}' as months, timestamp '{{ var("loaded_until") }}' as loaded_until`,
  "models/built_loads.sql": "select source_month, loaded_at from {{ target.dataset }}.baywheels_loads",
};

interface ListedJob {
  statistics: { creationTime: string };
  configuration: { labels?: Record<string, string>; query: { maximumBytesBilled?: string } };
}

describe("06_gcp_dbt", function () {
  this.timeout("2m");
  let lab: MonthLab;

  before(async () => {
    lab = await MonthLab.start("builds");
    await lab.setKey(serviceAccountKey());
    await lab.setKv("DBT_TARGET", "local");
    await lab.putFiles(project);
    await lab.rows(
      "create table {baywheels_loads} (source_month date, touched_months array<date>, loaded_at timestamp)",
    );
  });
  after(async () => {
    await lab.removeFiles(...Object.keys(project));
    lab.stop();
  });

  const load = (month: string, touched: string[]) =>
    lab.rows(`insert into {baywheels_loads} (source_month, touched_months, loaded_at)
      values (date '${month}', [${touched.map((each) => `date '${each}'`).join(", ")}], current_timestamp())`);

  /** Runs the flow to a good end: whether dbt ran, and what was passed to it last. */
  async function build(inputs: Record<string, string> = {}) {
    const run = await lab.run("06_gcp_dbt", inputs);
    assert.equal(run.state.current, "SUCCESS", JSON.stringify(run.logs));
    const { taskRunList = [] } = run as Run & { taskRunList?: { taskId: string }[] };
    return { run, ran: taskRunList.some(({ taskId }) => taskId === "dbt") };
  }
  const passed = async () => (await lab.rows("select months from {passed}"))[0]![0];

  it("starts no dbt when nothing was ever loaded", async () => {
    assert.equal((await build()).ran, false);
  });

  it("builds everything while no build has remembered its loads", async () => {
    await load("2025-01-01", ["2025-01-01"]);
    await load("2025-02-01", ["2025-01-01", "2025-02-01"]);
    assert.equal((await build()).ran, true);
    assert.equal(await passed(), "");
    assert.deepEqual(
      await lab.rows(
        "select loaded_until = (select max(loaded_at) from {baywheels_loads}) as is_newest_load from {passed}",
      ),
      [["true"]],
    );
  });

  it("starts no dbt when nothing was loaded since, and says what a change of the models needs", async () => {
    const { run, ran } = await build();
    assert.equal(ran, false);
    assert.equal(run.labelled.result, "nothing new");
    assert.equal(
      run.logs.at(-1)!.message,
      "Nothing was loaded since the last build, so there's nothing to build. If you changed the models, run dbt build --full-refresh",
    );
  });

  it("builds the months that new loads touched, and again after a failure", async () => {
    await lab.rows(
      "update {baywheels_loads} set loaded_at = current_timestamp() where source_month = date '2025-02-01'",
    );
    await load("2025-03-01", ["2025-02-01", "2025-03-01", "2025-04-01"]);
    await lab.putFiles({ ...project, "models/built_loads.sql": "select error('not today') as source_month" });
    assert.equal((await lab.run("06_gcp_dbt")).state.current, "FAILED");
    await lab.putFiles(project);
    assert.equal((await build()).ran, true);
    assert.equal(await passed(), "2025-01-01 2025-02-01 2025-03-01 2025-04-01");
    assert.equal((await build()).ran, false);
  });

  it("builds everything if asked to, and again after that failed", async () => {
    await lab.putFiles({ ...project, "models/built_loads.sql": "select error('not today') as source_month" });
    const { state } = await lab.run("06_gcp_dbt", { dbt_command: "dbt build --full-refresh" });
    assert.equal(state.current, "FAILED");
    assert.equal(await passed(), "");
    await lab.rows("update {passed} set months = 'of an earlier build' where true");
    await lab.putFiles(project);
    assert.equal((await build()).ran, true);
    assert.equal(await passed(), "");
  });

  /** Maximum bytes billed of the jobs that a whole build sent to BigQuery: Kestra's tasks by their ids, and dbt's. */
  async function limits(): Promise<Record<string, string[]>> {
    const since = Date.now();
    await build({ dbt_command: "dbt build --full-refresh" });
    const answer = await fetch(`${lab.warehouse.url}/bigquery/v2/projects/lab/jobs?projection=full&maxResults=10000`);
    const { jobs } = (await answer.json()) as { jobs: ListedJob[] };
    const found: Record<string, string[]> = {};
    for (const { statistics, configuration } of jobs) {
      if (Number(statistics.creationTime) < since) continue;
      const sender = configuration.labels?.kestra_task_id ?? "dbt";
      found[sender] = [...new Set([...(found[sender] ?? []), configuration.query.maximumBytesBilled ?? "none"])];
    }
    return found;
  }

  it("sends each job with a limit of bytes billed, which a KV entry changes", async () => {
    const of = (limit: string) => ({ create_built_loads: [limit], months_to_build: [limit], dbt: [limit] });
    assert.deepEqual(await limits(), of("50000000000"));
    await lab.setKv("BIGQUERY_MAX_BYTES_BILLED", "1000000000");
    const changed = await limits().finally(() => lab.deleteKv("BIGQUERY_MAX_BYTES_BILLED"));
    assert.deepEqual(changed, of("1000000000"));
  });
});
