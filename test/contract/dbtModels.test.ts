import assert from "node:assert/strict";
import { DbtLab } from "./support/dbtLab";

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
        "mart_stations_by_month",
        "mart_routes_by_month",
        "mart_growth_by_county",
        "built_loads",
      ].map((name) => lab.sql(`select * from trips.${name} order by 1, 2, 3`)),
    );
  const everything = async () => [await facts(), await stationRows(), ...(await marts())];
  const builtLoads = () =>
    lab.sql(`select format_date('%Y-%m', b.source_month) as month, b.first_day, b.last_day, b.loaded_at = l.loaded_at as is_current
      from trips.built_loads as b left join trips.baywheels_loads as l on b.source_month = l.source_month order by month`);

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
    await lab.dbt("build");

    const told =
      await lab.values(`select ride_id, started_on, start_county, end_county, distance_km, duration_seconds, time_of_day, start_weekday
      from trips.facts_baywheels_trips where ride_id in ('edge', 'dockless', 'lonely') order by ride_id`);
    assert.deepEqual(told, [
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
    assert.deepEqual(await builtLoads(), [
      { month: "2025-02", first_day: "2025-02-10", last_day: "2025-02-10", is_current: "true" },
      { month: "2025-03", first_day: "2025-02-28", last_day: "2025-03-31", is_current: "true" },
    ]);
  });

  it("changes no row when nothing was loaded since", async () => {
    const before = await everything();
    await lab.build();
    assert.deepEqual(await everything(), before);
    assert.deepEqual(await lab.sql("select source_month from trips.int_loads_to_build"), []);
  });

  it("does not take a load that came during a build for built", async () => {
    // an older month is loaded after the facts were built and before the list of loads is
    await lab.load("2024-12", [
      { ride: "december", start: "2024-12-24 08:00:00", end: "2024-12-24 08:20:00", from: "SF-A1", to: "SF-B2" },
    ]);
    await lab.dbt("run", "--select", "built_loads");
    const [december, ...others] = await builtLoads();
    assert.deepEqual(december, {
      month: "2024-12",
      first_day: "2024-12-24",
      last_day: "2024-12-24",
      is_current: null,
    });
    assert.deepEqual(
      others.map(({ is_current }) => is_current),
      ["true", "true"],
    );
  });

  it("writes the days of changed loads anew and no other: older, corrected, vanished and moved trips, without ids too", async () => {
    // a row that no load brought, on a day that no changed load touches: it stays as long as that day is left alone
    await lab.sql(`create or replace table trips.untouched as
      select * replace ('untouched' as ride_id, md5('untouched') as unique_row_id)
      from trips.facts_baywheels_trips where ride_id = 'february'`);
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
      "2025-02-10 untouched",
    ]);
    const [dockless] = await lab.sql(
      "select duration_seconds from trips.facts_baywheels_trips where ride_id = 'dockless'",
    );
    assert.equal(dockless?.duration_seconds, "3600");
    assert.deepEqual(await builtLoads(), [
      { month: "2024-12", first_day: "2024-12-24", last_day: "2024-12-24", is_current: "true" },
      { month: "2025-02", first_day: "2025-02-10", last_day: "2025-02-10", is_current: "true" },
      { month: "2025-03", first_day: "2025-03-01", last_day: "2025-03-30", is_current: "true" },
    ]);
  });

  it("has one row a station whatever its names, and forgets one whose trips vanished", async () => {
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
        ["2024-12-01", "1"],
        // the planted row is in no mart until its month is touched: March's load touched 2025-02-28
        ["2025-02-01", "2"],
        ["2025-03-01", "5"],
      ],
    );
  });

  it("has models that give what ZetaSQL makes of them, built by increments", () => lab.compareModels());

  it("reads no day of trips but those of touched months, in models and tests", async () => {
    const reads = (await lab.sent()).filter((sql) =>
      /(?:from|join)\s+`lab`\.`trips`\.`(?:facts_baywheels_trips|stg_baywheels_tripdata|baywheels_tripdata)`/.test(sql),
    );
    const built = reads.filter((sql) => !/create or replace view/.test(sql));
    assert.ok(built.length > 10, `${built.length} statements`);
    for (const sql of built) assert.match(sql, /\bin \((?:date '\d{4}-\d\d-\d\d'(?:, )?)+\)/, sql);
  });

  it("forgets a month that was taken away, and then holds what a full refresh makes", async () => {
    await lab.unload("2025-02");
    await lab.build();
    const months = (await builtLoads()).map(({ month }) => month);
    assert.deepEqual(months, ["2024-12", "2025-03"]);
    const incremental = await everything();
    assert.equal(incremental[0]!.length, 6);
    await lab.dbt("run", "--full-refresh");
    assert.deepEqual(await everything(), incremental);
  });

  it("builds all anew when an incremental model is missing", async () => {
    const before = await everything();
    await lab.sql("drop table trips.mart_routes_by_month");
    await lab.build();
    assert.deepEqual(await everything(), before);
  });

  it("has models that give what ZetaSQL makes of them, built anew", () => lab.compareModels());
});
