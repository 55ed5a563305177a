import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { strFromU8, unzipSync } from "fflate";
import { createFlow, deleteFlow } from "../../kestra/flows";
import { getKv, type StoredKv } from "../../kestra/kv";
import { namespace, stack, type Stack } from "./support/stack";

/** Distinct rides of a published month, counted from its zip by other means than the pipeline's. */
async function publishedRides(tripsUrl: string, object: string): Promise<number> {
  const files = unzipSync(new Uint8Array(await (await fetch(`${tripsUrl}/${object}`)).arrayBuffer()));
  const csv = Object.entries(files).find(([name]) => !name.startsWith("__MACOSX"))![1];
  return new Set(
    strFromU8(csv)
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",")[0]),
  ).size;
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
  const load = "05_gcp_load_data_scheduled";
  const loadedMonths = async () =>
    (await local.rows("select cast(source_month as string) as month from {baywheels_loads} order by 1")).map((row) =>
      row.month!.slice(0, 7),
    );
  const trips = async (month: string) =>
    Number(
      (await local.rows(`select count(*) as n from {baywheels_tripdata} where source_month = '${month}-01'`))[0]!.n,
    );

  before(async function () {
    this.timeout("10m");
    local = await stack();
  });

  it("01_gcp_kv sets the four entries to what they are, unless told otherwise", async () => {
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

  it("02_gcp_load_bay_area_county lays an external table over the counties, as often as it is run", async () => {
    await local.succeed("02_gcp_load_bay_area_county");
    const rows = await local.rows("select county, fipsstco from {bay_area_county_ext} order by fipsstco");
    assert.equal(rows.length, 9);
    assert.deepEqual(rows[4], { county: "San Francisco", fipsstco: "06075" });
  });

  it("05_gcp_load_data_scheduled loads each distinct ride of a month once, however often it is run", async function () {
    this.timeout("3m");
    assert.equal(await trips("2026-07"), await publishedRides(local.tripsUrl, "202607-baywheels-tripdata.csv.zip"));
    assert.equal(await trips("2026-09"), await publishedRides(local.tripsUrl, "202609-lyftbikes-tripdata.zip"));
    const before = await local.content("baywheels_tripdata");
    const run = await local.succeed(load, { month: "2026-09" });
    assert.equal(await local.content("baywheels_tripdata"), before);
    assert.deepEqual(await loadedMonths(), ["2026-07", "2026-08", "2026-09"]);
    assert.ok(
      run.logs.some((line) =>
        /^Month 2026-09 is loaded from 202609-lyftbikes-tripdata\.zip: \d+ of \d+ rows$/.test(line.message),
      ),
    );
    const [row] = await local.rows("select * from {baywheels_loads} where source_month = '2026-09-01'");
    assert.equal(row!.object_name, "202609-lyftbikes-tripdata.zip");
    assert.equal(row!.execution_id, run.id);
    assert.equal(Number(row!.rows_in_file), Number(row!.rows_loaded) + Number(row!.rows_rejected));
    assert.deepEqual([row!.first_day, row!.last_day], ["2026-08-31", "2026-09-30"]);
    const tables = await local.rows(
      "select unique_row_id = md5(ride_id) as hashed, filename, count(*) as n from {baywheels_tripdata_2026_09} group by 1, 2",
    );
    assert.deepEqual(tables, [{ hashed: "true", filename: "202609-baywheels-tripdata.csv", n: row!.rows_loaded! }]);
    const [external] = await local.rows("select count(*) as n from {baywheels_tripdata_2026_09_ext}");
    assert.equal(Number(external!.n), Number(row!.rows_in_file) + 1);
  });

  it("05_gcp_load_data_scheduled says in words that a month is not published", async () => {
    const before = await local.content("baywheels_tripdata");
    const run = await local.run(load, { month: "2024-04" });
    assert.equal(run.state.current, "FAILED");
    const said = run.logs.filter((line) => line.level === "ERROR").map((line) => line.message);
    assert.match(
      said.at(-1)!,
      /^Month 2024-04 was not loaded, the main table holds of it what it held before\. .*Month 2024-04 is not published at http:\/\/127\.0\.0\.1:\d+\/baywheels-data/,
    );
    for (const line of said) assert.doesNotMatch(line, /Exception|^\s+at /m);
    assert.equal(await local.content("baywheels_tripdata"), before);
  });

  it("05_gcp_load_data_scheduled refuses an input that is no month", async () => {
    await assert.rejects(local.run(load, { month: "2026-13" }), /Kestra answered 422 .*month/);
  });

  it("05_gcp_load_data_scheduled without a month does nothing when every newer month is loaded", async () => {
    const run = await local.succeed(load);
    assert.ok(
      run.logs.some(
        (line) => line.message === "Every month that is published and newer than the oldest loaded one is loaded",
      ),
    );
    assert.deepEqual(await loadedMonths(), ["2026-07", "2026-08", "2026-09"]);
  });

  it("05_gcp_load_data_scheduled, started by its schedule, looks for all that is missing", async function () {
    this.timeout("2m");
    const source = readFileSync("flows/05_gcp_load_data_scheduled.yaml", "utf8")
      .replace("id: 05_gcp_load_data_scheduled", "id: every_few_seconds")
      .replace("cron: 0 9 15 * *", 'cron: "*/4 * * * * *"\n    withSeconds: true');
    await createFlow(local.client, source);
    const search = `/executions/search?namespace=${namespace}&flowId=every_few_seconds&filters[state][IN]=SUCCESS,FAILED`;
    for (;;) {
      const { results } = (await (await local.client.send("GET", search)).json()) as { results: { id: string }[] };
      if (results[0]) {
        await deleteFlow(local.client, namespace, "every_few_seconds");
        const { logs } = await local.ended(results[0].id);
        assert.ok(
          logs.some((line) => line.message.startsWith("Every month that is published")),
          JSON.stringify(logs),
        );
        return;
      }
      await new Promise((again) => setTimeout(again, 200));
    }
  });

  it("05_gcp_load_data_scheduled loads by a backfill the month before each of its dates, and no other", async function () {
    this.timeout("3m");
    const ids = await backfill(local, load, { start: "2026-03-01T00:00:00Z", end: "2026-04-20T00:00:00Z" }, 2);
    const runs = await Promise.all(ids.map((id) => local.ended(id)));
    assert.deepEqual(
      runs.map((run) => run.state.current),
      ["SUCCESS", "SUCCESS"],
    );
    assert.deepEqual(await loadedMonths(), ["2026-02", "2026-03", "2026-07", "2026-08", "2026-09"]);
    assert.equal(await trips("2026-02"), await publishedRides(local.tripsUrl, "202602-baywheels-tripdata.csv.zip"));
  });

  it("05_gcp_load_data_scheduled without a month loads all that is missing since the oldest loaded one, oldest first", async function () {
    this.timeout("3m");
    const run = await local.succeed(load);
    assert.deepEqual(await loadedMonths(), [
      "2026-02",
      "2026-03",
      "2026-04",
      "2026-05",
      "2026-06",
      "2026-07",
      "2026-08",
      "2026-09",
    ]);
    const said = run.logs.flatMap((line) => /^Month (\S+) is loaded/.exec(line.message)?.[1] ?? []);
    assert.deepEqual(said, ["2026-04", "2026-05", "2026-06"]);
  });

  it("06_gcp_dbt builds what was loaded since, and changes no row when there is nothing new", async function () {
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
    await local.succeed("06_gcp_dbt");
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
