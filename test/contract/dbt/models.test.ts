import assert from "node:assert/strict";
import { DbtLab } from "./dbtLab";

describe("dbt models", () => {
  let lab: DbtLab;

  const facts = () => lab.sql("select * from trips.facts_baywheels_trips order by unique_row_id");
  const rides = async () =>
    (await lab.values("select started_on, ride_id from trips.facts_baywheels_trips order by ride_id")).map((row) =>
      row.join(" "),
    );
  const stationRows = () =>
    lab.sql(`select station_id, station_name, array_to_string(aliases, ', ') as aliases, lat, lng, county, is_outside_counties, first_seen_at,
      last_seen_at from trips.dim_stations order by station_id`);
  const marts = async () =>
    Promise.all(
      [
        "mart_trips_by_month",
        "mart_hours_by_month",
        "mart_trip_lengths_by_month",
        "mart_stations_by_month",
        "mart_routes_by_month",
        "mart_growth_by_county",
        "mart_quality_by_month",
        "built_loads",
      ].map(async (name) => (await lab.sql(`select * from trips.${name}`)).map((row) => JSON.stringify(row)).sort()),
    );
  const everything = async () => [await facts(), await stationRows(), ...(await marts())];
  /** Months of a mart. */
  const monthsOf = async (mart: string) =>
    (await lab.values(`select distinct format_date('%Y-%m', month) as month from trips.${mart} order by month`)).flat();
  const builtLoads = async () =>
    (
      await lab.values(`select format_date('%Y-%m', b.source_month) as month from trips.built_loads as b
        inner join trips.baywheels_loads as l on b.source_month = l.source_month and b.loaded_at = l.loaded_at order by month`)
    ).flat();

  before(async () => {
    lab = await DbtLab.start();
  });

  after(() => lab.stop());

  it("passes its own tests and describes every trip and station", async () => {
    await lab.load("2025-02", [
      { ride: "february", start: "2025-02-10 08:00:00", end: "2025-02-10 08:20:00", from: "SF-A1", to: "SF-B2" },
    ]);
    await lab.load("2025-03", [
      { ride: "edge", start: "2025-02-28 23:50:00", end: "2025-03-01 00:10:00.5", from: "SF-A1", to: "OK-C3" },
      { ride: "dockless", start: "2025-03-08 13:00:00", end: "2025-03-08 13:30:00", from: [37.8, -122.2] },
      { ride: "lonely", start: "2025-03-09 01:50:00", end: "2025-03-09 03:10:00", from: "XX-D4", to: [0, 0] },
      { ride: "stays", start: "2025-03-20 18:00:00", end: "2025-03-20 18:05:00", from: "SF-B2", to: "SF-A1" },
      { ride: "moves", start: "2025-03-31 10:00:00", end: "2025-03-31 10:15:00", from: "SF-A1", to: "SF-A1" },
    ]);
    await lab.dbt("build", ...(await lab.vars()));

    const facts =
      await lab.values(`select ride_id, started_on, start_county, end_county, distance_km, duration_seconds, time_of_day, start_weekday
      from trips.facts_baywheels_trips where ride_id in ('edge', 'dockless', 'lonely') order by ride_id`);
    assert.deepEqual(facts, [
      ["dockless", "2025-03-08", "Alameda", null, null, "1800", "afternoon", "Saturday"],
      ["edge", "2025-02-28", "San Francisco", "Alameda", "18.436", "1200", "evening", "Friday"],
      ["lonely", "2025-03-09", null, null, null, "1200", "night", "Sunday"],
    ]);
    const described = await lab.values(
      "select station_id, station_name, county, is_outside_counties from trips.dim_stations order by station_id",
    );
    assert.deepEqual(described, [
      ["OK-C3", "Broadway", "Alameda", "false"],
      ["SF-A1", "Market St", "San Francisco", "false"],
      ["SF-B2", "Mission St", "San Francisco", "false"],
      ["XX-D4", "Portland", null, "true"],
    ]);
    assert.deepEqual(await builtLoads(), ["2025-02", "2025-03"]);
  });

  it("labels its jobs with what they are for", async () => {
    const nodes = await lab.nodes();
    for (const name of ["facts_baywheels_trips", "dim_stations", "mart_trips_by_month"])
      assert.ok(nodes.has(`model_bay_wheels_${name}`), [...nodes].join());
  });

  it("has nothing to build when nothing was loaded since", async () => {
    const { isNew, months } = await lab.plan();
    assert.deepEqual({ isNew, months }, { isNew: false, months: [] });
  });

  it("leaves a load that comes during a build to the next one", async () => {
    // an older month is loaded after the flow asked what is new
    const { loadedUntil } = await lab.plan();
    await lab.load("2024-12", [
      { ride: "december", start: "2024-12-24 08:00:00", end: "2024-12-24 08:20:00", from: "SF-A1", to: "SF-B2" },
    ]);
    const vars = JSON.stringify({ months: ["2025-03-01"], loaded_until: loadedUntil });
    await lab.dbt("build", "--exclude-resource-type", "unit_test", "--vars", vars);
    assert.deepEqual(await builtLoads(), ["2025-02", "2025-03"]);
    const { isNew, months } = await lab.plan();
    assert.deepEqual({ isNew, months }, { isNew: true, months: ["2024-12-01"] });
  });

  it("repeats a build that failed", async () => {
    await lab.sql("update trips.baywheels_loads set rows_rejected = 9 where source_month = date '2024-12-01'");
    await assert.rejects(lab.build(), /Failure in test loads_account_for_every_row/);
    assert.deepEqual((await lab.plan()).months, ["2024-12-01"]);
    await lab.sql("update trips.baywheels_loads set rows_rejected = 1 where source_month = date '2024-12-01'");
    // a build of everything that failed is one of everything again
    await lab.plan(true);
    const { isNew, months } = await lab.plan();
    assert.deepEqual({ isNew, months }, { isNew: true, months: [] });
    await lab.build();
    assert.deepEqual(await builtLoads(), ["2024-12", "2025-02", "2025-03"]);
  });

  it("writes the months of changed loads and no other: older, corrected, vanished and moved trips, without ids too", async () => {
    // a row that no load brought, in a month that no changed load touches: it stays as long as that month is left alone
    await lab.sql(`create or replace table trips.untouched as
      select * replace ('untouched' as ride_id, md5('untouched') as unique_row_id)
      from trips.facts_baywheels_trips where ride_id = 'december'`);
    await lab.sql("insert into trips.facts_baywheels_trips select * from trips.untouched");
    lab.stations["SF-A1"] = ["Market & 1st", 37.7502, -122.4502];
    await lab.load("2025-03", [
      { ride: "edge", start: "2025-03-01 00:05:00", end: "2025-03-01 00:10:00", from: "SF-A1", to: "OK-C3" },
      { ride: "dockless", start: "2025-03-08 13:00:00", end: "2025-03-08 14:00:00", from: [37.8, -122.2] },
      { ride: "stays", start: "2025-03-20 18:00:00", end: "2025-03-20 18:05:00", from: "SF-B2", to: "SF-A1" },
      { ride: "moves", start: "2025-03-30 10:00:00", end: "2025-03-30 10:15:00", from: "SF-A1", to: "SF-A1" },
      { ride: "old schema", start: "2025-03-30 11:00:00", end: "2025-03-30 11:10:00", from: "SF-A1", bike: null },
    ]);
    await lab.build();
    assert.deepEqual(await rides(), [
      "2025-03-30 ",
      "2024-12-24 december",
      "2025-03-08 dockless",
      "2025-03-01 edge",
      "2025-02-10 february",
      "2025-03-30 moves",
      "2025-03-20 stays",
      "2024-12-24 untouched",
    ]);
    const [dockless] = await lab.sql(
      "select duration_seconds from trips.facts_baywheels_trips where ride_id = 'dockless'",
    );
    assert.equal(dockless?.duration_seconds, "3600");
    assert.deepEqual(await builtLoads(), ["2024-12", "2025-02", "2025-03"]);
  });

  it("has one row per station whatever its names, and forgets one whose trips vanished", async () => {
    const rows = (await stationRows()).map(
      ({ station_id, station_name, aliases, lat, first_seen_at, last_seen_at }) => [
        station_id,
        station_name,
        aliases,
        lat,
        first_seen_at?.slice(0, 16),
        last_seen_at?.slice(0, 16),
      ],
    );
    assert.deepEqual(rows, [
      ["OK-C3", "Broadway", "Broadway", "37.8", "2025-03-01T00:10", "2025-03-01T00:10"],
      ["SF-A1", "Market & 1st", "Market & 1st, Market St", "37.7502", "2024-12-24T08:00", "2025-03-30T11:00"],
      ["SF-B2", "Mission St", "Mission St", "37.76", "2024-12-24T08:20", "2025-03-20T18:00"],
    ]);
  });

  it("takes an edge ride that moved into March out of February's marts", async () => {
    assert.deepEqual(
      await lab.values("select month, trips from trips.mart_trips_by_month where dimension = 'all' order by month"),
      [
        // the planted row is in no mart until its month is built
        ["2024-12-01", "1"],
        ["2025-02-01", "1"],
        ["2025-03-01", "5"],
      ],
    );
  });

  it("has models that give what ZetaSQL makes of them, built by increments", () => lab.compareModels());

  it("reads and writes no trips but those of the months to build, in models and tests", async () => {
    const table =
      "`lab`\\.`trips`\\.`(?:facts_baywheels_trips|stg_baywheels_tripdata|baywheels_tripdata|mart_\\w+_by_month)`";
    const sent = (await lab.sent()).filter((sql) => !/create or replace view|cast\(null as/.test(sql));
    const reads = sent.filter(
      (sql) => new RegExp(`(?:from|join)\\s+${table}\\s`).test(sql) && !sql.includes("mart_growth"),
    );
    assert.ok(reads.length > 10, `${reads.length} statements`);
    for (const sql of reads) assert.match(sql, /\bin \('2025-02-01', '2025-03-01'\)/, sql);
    const writes = sent.filter((sql) => /merge into/.test(sql));
    assert.equal(writes.length, 7);
    for (const sql of writes)
      assert.match(sql, /date_trunc\(dbt_internal_dest\.month, month\) in \(\s*"2025-02-01", "2025-03-01"\s*\)/, sql);
  });

  it("empties a month that became empty", async () => {
    await lab.load("2025-02", []);
    assert.deepEqual((await lab.plan()).months, ["2025-02-01"]);
    await lab.build();
    assert.equal((await rides()).filter((ride) => ride.startsWith("2025-02")).length, 0);
    const byMonth = ["trips", "hours", "trip_lengths", "stations", "routes"].map((what) => `mart_${what}_by_month`);
    for (const mart of [...byMonth, "int_station_months"])
      assert.deepEqual(await monthsOf(mart), ["2024-12", "2025-03"], mart);
    assert.deepEqual(await monthsOf("mart_growth_by_county"), ["2024-12", "2025-02", "2025-03"]);
  });

  it("forgets a month that was taken away, and then holds what a full refresh makes", async () => {
    await lab.sql("delete from trips.facts_baywheels_trips where ride_id = 'untouched'");
    await lab.unload("2025-03");
    assert.deepEqual((await lab.plan()).months, ["2025-02-01", "2025-03-01", "2025-04-01"]);
    await lab.build();
    assert.deepEqual(await builtLoads(), ["2024-12", "2025-02"]);
    const incremental = await everything();
    assert.equal(incremental[0]!.length, 1);
    await lab.build("--full-refresh");
    assert.deepEqual(await everything(), incremental);
  });

  it("builds all months of a model that is missing", async () => {
    const before = await everything();
    await lab.sql("drop table trips.mart_hours_by_month");
    await lab.sql(
      "update trips.baywheels_loads set loaded_at = current_timestamp() where source_month = date '2025-02-01'",
    );
    await lab.build();
    const without = (tables: unknown[]) => tables.slice(0, -1);
    assert.deepEqual(without(await everything()), without(before));
  });

  it("builds everything without a plan, and counts no load of the last hour as built", async () => {
    const before = await everything();
    await lab.sql(
      "update trips.baywheels_loads set loaded_at = timestamp '2025-05-01 00:00:00+00' where source_month = date '2024-12-01'",
    );
    await lab.dbt("build", "--exclude-resource-type", "unit_test");
    assert.deepEqual(await builtLoads(), ["2024-12"]);
    assert.deepEqual(await facts(), before[0]);
  });

  it("has models that give what ZetaSQL makes of them, built anew", () => lab.compareModels());
});
