import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { strFromU8, unzipSync } from "fflate";
import { createFlow, deleteFlow } from "../../kestra/client/flows";
import { getKv, type StoredKv } from "../../kestra/client/kv";
import { namespace, stack, type Run, type Stack } from "../support/stack";

/** Data rows of a published month, counted from its zip by other means than the pipeline's. */
async function publishedRows(tripsUrl: string, object: string): Promise<number> {
  const files = unzipSync(new Uint8Array(await (await fetch(`${tripsUrl}/${object}`)).arrayBuffer()));
  const csv = Object.entries(files).find(([name]) => !name.startsWith("__MACOSX"))![1];
  return strFromU8(csv).trimEnd().split("\n").length - 1;
}

interface Backfill {
  start: string;
  end: string;
}

/** Starts a backfill through the trigger API and waits for its executions; their ids in the order of their dates. */
async function backfill(local: Stack, flow: string, { start, end }: Backfill, count: number): Promise<string[]> {
  const label = `backfill-${start}`;
  const trigger = {
    namespace,
    flowId: flow,
    triggerId: "monthly",
    backfill: { start, end, labels: [{ key: "test", value: label }] },
  };
  await local.client.send("PUT", "/triggers", { contentType: "application/json", content: JSON.stringify(trigger) });
  for (;;) {
    const answer = await local.client.send(
      "GET",
      `/executions/search?namespace=${namespace}&flowId=${flow}&filters[labels][EQUALS][test]=${label}&size=100`,
    );
    const { results } = (await answer.json()) as {
      results: { id: string; trigger: { variables: { date: string } } }[];
    };
    const dates = (each: (typeof results)[number]) => Date.parse(each.trigger.variables.date);
    if (results.length >= count) return results.sort((a, b) => dates(a) - dates(b)).map(({ id }) => id);
    await new Promise((again) => setTimeout(again, 200));
  }
}

describe("the flows on stack local", () => {
  let local: Stack;
  const loadMonth = "04_gcp_load_month";
  const load = "05_gcp_load_data_scheduled";
  const loadedMonths = async () =>
    (await local.rows("select cast(source_month as string) as month from {baywheels_loads} order by 1")).map((row) =>
      row.month!.slice(0, 7),
    );
  const trips = async (month: string) =>
    Number(
      (await local.rows(`select count(*) as n from {baywheels_tripdata} where source_month = '${month}-01'`))[0]!.n,
    );

  /** Every build so far. */
  const builds = async () => {
    const answer = await local.client.send(
      "GET",
      `/executions/search?namespace=${namespace}&flowId=06_gcp_dbt&size=100`,
    );
    const { results } = (await answer.json()) as {
      results: { id: string; trigger?: { variables: { executionId: string } }; inputs: { after_load?: string } }[];
    };
    return results;
  };

  /** Builds that a schedule or a backfill started: they wait for the next load. */
  const buildsOfTriggers = async () => (await builds()).filter(({ inputs }) => inputs.after_load);

  /** The ended builds that a load started; one at most. */
  const buildsOf = async (loadId: string) => {
    const all = (await builds()).filter(({ trigger }) => trigger?.variables.executionId === loadId);
    return Promise.all(all.map(({ id }) => local.ended(id)));
  };

  const ranDbt = (build: Run) => build.taskRunList!.some(({ taskId }) => taskId === "dbt");
  const resultOf = (run: Run) => run.labels?.find(({ key }) => key === "result")?.value;

  before(async function () {
    this.timeout("10m");
    local = await stack();
  });

  it("01_gcp_kv sets the four entries to what they are, unless inputs differ", async () => {
    const keys = ["GCP_PROJECT_ID", "GCP_LOCATION", "GCP_BUCKET_NAME", "GCP_DATASET"];
    const all = () => Promise.all(keys.map((key) => local.kv(key)));
    const before = await all();
    assert.deepEqual(before, ["bay-wheels-local", "US", "bay-wheels-local-bay-wheels", "bay_wheels"]);
    await local.succeed("01_gcp_kv");
    assert.deepEqual(await all(), before);
    await local.succeed("01_gcp_kv", { location: "europe-west1" });
    assert.deepEqual(await all(), [before[0], "europe-west1", before[2], before[3]]);
    await local.succeed("01_gcp_kv", { location: "US" });
    assert.deepEqual(await all(), before);
    const { type } = (await getKv(local.client, namespace, "GCP_LOCATION")) as StoredKv;
    assert.equal(type, "STRING");
  });

  it("02_gcp_load_bay_area_county creates an external table over the counties, as often as it is run", async () => {
    await local.succeed("02_gcp_load_bay_area_county");
    const rows = await local.rows("select county, fipsstco from {bay_area_county_ext} order by fipsstco");
    assert.equal(rows.length, 9);
    assert.deepEqual(rows[4], { county: "San Francisco", fipsstco: "06075" });
  });

  it("04_gcp_load_month accounts for each row of a month; loading it again changes nothing", async function () {
    this.timeout("3m");
    const object = "202609-lyftbikes-tripdata.zip";
    const before = await local.content("baywheels_tripdata");
    const skipped = await local.succeed(load, { month: "2026-09" });
    assert.equal(resultOf(skipped), undefined);
    const run = await local.succeed(loadMonth, { month: "2026-09", reload: "true" });
    assert.equal(await local.content("baywheels_tripdata"), before);
    assert.deepEqual(await loadedMonths(), ["2026-07", "2026-08", "2026-09"]);
    const [row] = await local.rows("select * from {baywheels_loads} where source_month = '2026-09-01'");
    assert.equal(row!.object_name, object);
    assert.equal(row!.execution_id, run.id);
    assert.equal(Number(row!.rows_in_file), await publishedRows(local.tripsUrl, object));
    assert.equal(Number(row!.rows_loaded), await trips("2026-09"));
    const reasons = await local.rows(
      "select reason, count(*) as n from {baywheels_tripdata_rejected} where source_month = '2026-09-01' group by 1 order by 1",
    );
    assert.deepEqual(
      reasons.map(({ reason }) => reason),
      [
        "bad timestamp",
        "duplicate",
        "end before start",
        "malformed",
        "no coordinates",
        "outside the Bay Area",
        "over 24 h",
      ],
    );
    const rejected = reasons.reduce((sum, { n }) => sum + Number(n), 0);
    assert.deepEqual(
      [Number(row!.rows_rejected), Number(row!.rows_loaded)],
      [rejected, Number(row!.rows_in_file) - rejected],
    );
    const summary = `Month 2026-09 is loaded from ${object}: ${row!.rows_loaded} of ${row!.rows_in_file} rows; rejected: `;
    assert.ok(
      run.logs.some((line) => line.message.startsWith(summary)),
      JSON.stringify(run.logs),
    );
  });

  it("05_gcp_load_data_scheduled builds what was loaded, and starts no dbt when nothing was", async function () {
    this.timeout("3m");
    const builtAfter = async (inputs: Record<string, string>) => {
      const [build, ...more] = await buildsOf((await local.succeed(load, inputs)).id);
      assert.deepEqual([build!.state.current, more], ["SUCCESS", []]);
      return { dbt: ranDbt(build!), result: resultOf(build!) };
    };
    // the month was loaded again before, without a build
    assert.deepEqual(await builtAfter({ month: "2026-09" }), { dbt: true, result: undefined });
    assert.deepEqual(await builtAfter({ month: "2026-09" }), { dbt: false, result: "nothing new" });
    assert.deepEqual(await buildsOf((await local.succeed(load, { month: "2026-09", build: "false" })).id), []);
  });

  it("05_gcp_load_data_scheduled ends with a warning for a month that is not published", async () => {
    const before = await local.content("baywheels_tripdata");
    assert.equal((await local.run(load, { month: "2024-04", build: "false" })).state.current, "WARNING");
    assert.equal(await local.content("baywheels_tripdata"), before);
  });

  it("05_gcp_load_data_scheduled refuses an input that is no month", async () => {
    await assert.rejects(local.run(load, { month: "2026-13" }), /Kestra answered 422 .*month/);
  });

  it("05_gcp_load_data_scheduled without a month does nothing when every newer month is loaded", async () => {
    const run = await local.succeed(load);
    assert.deepEqual(await loadedMonths(), ["2026-07", "2026-08", "2026-09"]);
    await buildsOf(run.id);
  });

  it("05_gcp_load_data_scheduled, started by its schedule, looks for all that is missing", async function () {
    this.timeout("2m");
    const source = readFileSync("flows/05_gcp_load_data_scheduled.yaml", "utf8")
      .replace("id: 05_gcp_load_data_scheduled", "id: every_few_seconds")
      .replace("cron: 0 9 15 * *", 'cron: "*/4 * * * * *"\n    withSeconds: true');
    await createFlow(local.client, source);
    const search = `/executions/search?namespace=${namespace}&flowId=every_few_seconds&filters[state][IN]=SUCCESS,FAILED,WARNING`;
    for (;;) {
      const { results } = (await (await local.client.send("GET", search)).json()) as { results: { id: string }[] };
      if (results[0]) {
        await deleteFlow(local.client, namespace, "every_few_seconds");
        await local.ended(results[0].id);
        const [last] = await local.rows("select count(*) as n from {baywheels_loads}");
        assert.equal(last!.n, "3");
        const after = (await buildsOfTriggers()).map(({ inputs }) => inputs.after_load);
        assert.ok(after.includes(results[0].id), after.join());
        return;
      }
      await new Promise((again) => setTimeout(again, 200));
    }
  });

  it("05_gcp_load_data_scheduled: a backfill loads the month before each date, and builds the models once", async function () {
    this.timeout("5m");
    const ids = await backfill(local, load, { start: "2026-03-01T00:00:00Z", end: "2026-04-20T00:00:00Z" }, 2);
    const runs = await Promise.all(ids.map((id) => local.ended(id)));
    assert.deepEqual(
      runs.map((run) => run.state.current),
      ["SUCCESS", "SUCCESS"],
    );
    assert.deepEqual(await loadedMonths(), ["2026-02", "2026-03", "2026-07", "2026-08", "2026-09"]);
    // also the build that the schedule began gave way, or had nothing to build
    const all = await buildsOfTriggers();
    const ended = await Promise.all(all.map(({ id }) => local.ended(id)));
    const built = all.filter((_, i) => ranDbt(ended[i]!));
    assert.deepEqual(
      built.map(({ inputs }) => inputs.after_load),
      [ids[1]],
    );
    const months = await local.rows("select count(distinct source_month) as n from {facts_baywheels_trips}");
    assert.deepEqual(months, [{ n: "5" }]);
  });

  it("05_gcp_load_data_scheduled starts a build after an unpublished month, too: earlier ones left it", async function () {
    this.timeout("2m");
    const [id] = await backfill(local, load, { start: "2024-05-01T00:00:00Z", end: "2024-05-20T00:00:00Z" }, 1);
    assert.equal((await local.ended(id!)).state.current, "WARNING");
    const results = (await buildsOf(id!)).map((build) => [build.state.current, resultOf(build)]);
    assert.deepEqual(results, [["SUCCESS", "nothing new"]]);
  });

  it("05_gcp_load_data_scheduled without a month loads all missing months, oldest first", async function () {
    this.timeout("3m");
    await local.succeed(load, { build: "false" });
    const months = await local.rows(
      "select format_date('%Y-%m', source_month) as month from {baywheels_loads} where source_month < '2026-07-01' order by loaded_at",
    );
    assert.deepEqual(
      months.map(({ month }) => month),
      ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"],
    );
  });

  it("06_gcp_dbt builds what is new, nothing when nothing is, and the same rows in a full build", async function () {
    this.timeout("5m");
    const run = await local.succeed("06_gcp_dbt");
    const [facts] = await local.rows(
      "select count(*) as n, count(distinct source_month) as months from {facts_baywheels_trips}",
    );
    const [main] = await local.rows("select count(*) as n from {baywheels_tripdata}");
    assert.deepEqual(facts, { n: main!.n!, months: "8" });
    assert.ok(run.taskRunList!.some((task) => task.taskId.includes("facts_baywheels_trips")));
    const manifest = (await getKv(local.client, namespace, "dbt_manifest.json"))!;
    assert.match(JSON.stringify(manifest.value), /model\.bay_wheels\.facts_baywheels_trips/);

    const before = [await local.content("facts_baywheels_trips"), await local.content("dim_stations")];
    const again = await local.succeed("06_gcp_dbt");
    assert.deepEqual([resultOf(again), ranDbt(again)], ["nothing new", false]);
    await local.succeed("06_gcp_dbt", { dbt_command: "dbt build --full-refresh" });
    assert.deepEqual([await local.content("facts_baywheels_trips"), await local.content("dim_stations")], before);
  });

  it("06_gcp_dbt takes the project's files from a Git repository when one is named", async function () {
    this.timeout("3m");
    const run = await local.succeed("06_gcp_dbt", {
      git_url: `file://${local.workspace.folder}`,
      dbt_command: "dbt debug",
    });
    assert.ok(run.taskRunList!.some((task) => task.taskId === "sync" && task.state.current === "SUCCESS"));
  });
});
