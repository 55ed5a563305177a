import assert from "node:assert/strict";
import { DbtLab, type Trip } from "./dbtLab";

const trip = (ride: string, day: string, minutes: number, more: Partial<Trip> = {}): Trip => ({
  ride,
  start: `${day} 08:00:00`,
  end: `${day} 08:${String(minutes).padStart(2, "0")}:00`,
  from: "SF-A1",
  to: "SF-B2",
  ...more,
});

describe("dbt marts", () => {
  let lab: DbtLab;
  let vars: string[];

  before(async () => {
    lab = await DbtLab.start();
    // January 2025 is missing; a ride at the edge of February's file began there. 2025-03-01 is a Saturday
    await lab.load("2024-03", [trip("last year", "2024-03-05", 10), trip("last year too", "2024-03-05", 20)]);
    await lab.load("2024-12", [trip("december", "2024-12-24", 5)]);
    await lab.load("2025-02", [trip("edge", "2025-01-31", 5), trip("february", "2025-02-10", 10)]);
    await lab.load("2025-03", [
      trip("a", "2025-03-01", 10),
      trip("b", "2025-03-01", 30, { bike: "electric_bike", rider: "casual" }),
      trip("c", "2025-03-02", 11, { from: "OK-C3", to: "SF-A1", start: "2025-03-02 08:00:00" }),
      trip("d", "2025-03-03", 20, { from: "XX-D4", to: undefined }),
      trip("e", "2025-03-03", 40, { from: undefined, to: undefined, bike: null }),
    ]);
    await lab.build();
  });

  after(() => lab.stop());

  it("measure the trips of a month by every dimension", async () => {
    const rows =
      await lab.values(`select dimension, value, trips, average_duration_minutes, median_duration_minutes, average_distance_km,
      median_distance_km from trips.mart_trips_by_month where month = date '2025-03-01' order by dimension, value`);
    // SF-A1 to SF-B2 are 1.418 km, OK-C3 to SF-A1 18.436 km
    assert.deepEqual(rows, [
      ["all", "all", "5", "22.2", "20.0", "7.091", "1.418"],
      ["member_casual", "casual", "1", "30.0", "30.0", "1.418", "1.418"],
      ["member_casual", "member", "4", "20.25", "15.5", "9.927", "9.927"],
      ["rideable_type", "classic_bike", "3", "13.67", "11.0", "9.927", "9.927"],
      ["rideable_type", "electric_bike", "1", "30.0", "30.0", "1.418", "1.418"],
      ["rideable_type", "unknown", "1", "40.0", "40.0", null, null],
      ["start_county", "Alameda", "1", "11.0", "11.0", "18.436", "18.436"],
      ["start_county", "San Francisco", "2", "20.0", "20.0", "1.418", "1.418"],
      ["start_county", "outside", "1", "20.0", "20.0", null, null],
      ["start_county", "unknown", "1", "40.0", "40.0", null, null],
      ["time_of_day", "morning", "5", "22.2", "20.0", "7.091", "1.418"],
      ["weekday", "Monday", "2", "30.0", "30.0", null, null],
      ["weekday", "Saturday", "2", "20.0", "20.0", "1.418", "1.418"],
      ["weekday", "Sunday", "1", "11.0", "11.0", "18.436", "18.436"],
    ]);
  });

  it("count stations and routes of a month", async () => {
    assert.deepEqual(
      await lab.values(`select station_id, station_name, time_of_day, starts, ends from trips.mart_stations_by_month
        where month = date '2025-03-01' order by 1`),
      [
        ["OK-C3", "Broadway", "morning", "1", "0"],
        ["SF-A1", "Market St", "morning", "2", "1"],
        ["SF-B2", "Mission St", "morning", "0", "2"],
        ["XX-D4", "Portland", "morning", "1", "0"],
      ],
    );
    assert.deepEqual(
      await lab.values(`select popularity_rank, start_station_name, end_station_name, trips, median_duration_minutes
        from trips.mart_routes_by_month where month = date '2025-03-01' order by 1`),
      [
        ["1", "Market St", "Mission St", "2", "20.0"],
        ["2", "Broadway", "Market St", "1", "11.0"],
      ],
    );
  });

  it("count the trips of a month by weekday, hour and rider, and by duration and distance", async () => {
    assert.deepEqual(
      await lab.values(`select weekday_number, weekday, start_hour, member_casual, trips from trips.mart_hours_by_month
        where month = date '2025-03-01' order by 1, 4`),
      [
        ["1", "Monday", "8", "member", "2"],
        ["6", "Saturday", "8", "casual", "1"],
        ["6", "Saturday", "8", "member", "1"],
        ["7", "Sunday", "8", "member", "1"],
      ],
    );
    // 10, 11, 20, 30 and 40 minutes; 1.418 km twice and 18.436 km
    assert.deepEqual(
      await lab.values(`select measure, step_from, step_before, trips from trips.mart_trip_lengths_by_month
        where month = date '2025-03-01' order by 1, 2`),
      [
        ["distance_km", "1.0", "1.5", "2"],
        ["distance_km", "10.0", null, "1"],
        ["duration_minutes", "10.0", "15.0", "2"],
        ["duration_minutes", "20.0", "25.0", "1"],
        ["duration_minutes", "30.0", "35.0", "1"],
        ["duration_minutes", "40.0", "45.0", "1"],
      ],
    );
  });

  it("show what share of a file was rejected and how late it was published", async () => {
    // the lab publishes a month 35 days after its first one, at 0:00 UTC: 2025-04-05 and 2025-03-08, the evening before
    // in San Francisco
    assert.deepEqual(
      await lab.values(`select month, outcome, file_rows, share_percent, days_to_publication from trips.mart_quality_by_month
        where month >= date '2025-02-01' order by 1, 2`),
      [
        ["2025-02-01", "loaded", "2", "66.667", "7"],
        ["2025-02-01", "malformed", "1", "33.333", "7"],
        ["2025-03-01", "loaded", "5", "83.333", "4"],
        ["2025-03-01", "malformed", "1", "16.667", "4"],
      ],
    );
  });

  it("show growth to the month and the year before, and none over a missing month", async () => {
    const rows =
      await lab.values(`select month, county, trips, change_to_month_before_percent, change_to_year_before_percent
      from trips.mart_growth_by_county where county in ('all', 'Alameda') order by month, county desc`);
    assert.deepEqual(rows, [
      ["2024-03-01", "all", "2", null, null],
      ["2024-03-01", "Alameda", "0", null, null],
      ["2024-12-01", "all", "1", null, null],
      ["2024-12-01", "Alameda", "0", null, null],
      ["2025-02-01", "all", "1", null, null],
      ["2025-02-01", "Alameda", "0", null, null],
      ["2025-03-01", "all", "5", "400.0", "150.0"],
      ["2025-03-01", "Alameda", "1", null, null],
    ]);
  });

  it("follow a corrected month, and leave the others as they are", async () => {
    await lab.load("2025-03", [trip("a", "2025-03-01", 10), trip("f", "2025-04-01", 10)]);
    await lab.build();
    assert.deepEqual(
      await lab.values("select month, trips from trips.mart_trips_by_month where dimension = 'all' order by month"),
      [
        ["2024-03-01", "2"],
        ["2024-12-01", "1"],
        ["2025-01-01", "1"],
        ["2025-02-01", "1"],
        ["2025-03-01", "1"],
        ["2025-04-01", "1"],
      ],
    );
  });

  const built = "trips.facts_baywheels_trips";
  /** Faults in the built months, in groups tested at once: statements, each with the data tests that find it. */
  const faults: [string, ...string[]][][] = [
    [
      [`insert into ${built} select * from trips.one`, "facts_equal_main_table", "marts_count_each_trip_once"],
      [`update ${built} set end_station_id = 'nowhere' where ride_id = 'f'`, "facts_are_possible"],
    ],
    [[`delete from ${built} where ride_id = 'a'`, "facts_equal_main_table", "marts_count_each_trip_once"]],
    [
      [
        `update ${built} set started_at = datetime '2025-03-01 08:00:01' where ride_id = 'a'`,
        "facts_equal_main_table",
      ],
      [
        "insert into trips.mart_hours_by_month select * replace (0 as trips) from trips.mart_hours_by_month where month = date '2025-03-01'",
        "marts_have_one_row_per_grain",
      ],
      ["update trips.baywheels_loads set rows_rejected = 9 where true", "loads_account_for_every_row"],
    ],
    [
      [`update ${built} set duration_seconds = 86401 where ride_id = 'a'`, "facts_are_possible"],
      [
        "update trips.mart_trips_by_month set trips = 0 where month = date '2025-03-01' and dimension = 'weekday'",
        "marts_count_each_trip_once",
      ],
    ],
  ];

  it("have tests that find faults in the built months, and read no other", async function () {
    this.timeout("8m");
    await lab.load("2025-03", [trip("a", "2025-03-01", 10), trip("f", "2025-04-01", 10)]);
    vars = await lab.vars();
    await lab.dbt("run", ...vars);
    for (const table of ["facts_baywheels_trips", "mart_trips_by_month", "mart_hours_by_month"])
      await lab.sql(`create or replace table trips.${table}_kept as select * from trips.${table}`);
    await lab.sql("create or replace table trips.one as select * from trips.facts_baywheels_trips where ride_id = 'a'");
    // a fault in a month that is not built
    await lab.sql("delete from trips.facts_baywheels_trips where ride_id = 'december'");
    const test = () => lab.dbt("test", "--exclude-resource-type", "unit_test", ...vars);
    await test();
    for (const group of faults) {
      for (const [statement] of group) await lab.sql(statement);
      const error = await test().then(
        () => assert.fail("dbt test succeeded"),
        (failure: Error) => failure,
      );
      const failed = [...error.message.matchAll(/Failure in test (\w+)/g)].map(([, name]) => name);
      assert.deepEqual(failed.sort(), group.flatMap(([, ...names]) => names).sort(), error.message);
      await lab.sql("update trips.baywheels_loads set rows_rejected = rows_in_file - rows_loaded where true");
      for (const table of ["facts_baywheels_trips", "mart_trips_by_month", "mart_hours_by_month"]) {
        await lab.sql(`delete from trips.${table} where true`);
        await lab.sql(`insert into trips.${table} select * from trips.${table}_kept`);
      }
    }
  });

  it("have a test that warns of a new kind of bike, which halts nothing", async () => {
    await lab.sql("update trips.facts_baywheels_trips set rideable_type = 'cargo_bike' where ride_id = 'a'");
    await lab.dbt("test", "--select", "kinds_are_known", ...vars);
    await assert.rejects(lab.dbt("--warn-error", "test", "--select", "kinds_are_known", ...vars), /kinds_are_known/);
  });

  it("have tests that leave a load that comes during the build to the next one", async () => {
    await lab.sql("delete from trips.baywheels_tripdata where ride_id = 'a'");
    await assert.rejects(lab.dbt("test", "--select", "facts_equal_main_table", ...vars), /Got 1 result/);
    await lab.sql(
      "update trips.baywheels_loads set loaded_at = current_timestamp() where source_month = date '2025-03-01'",
    );
    await lab.dbt("test", "--select", "facts_equal_main_table", ...vars);
  });

  it("have a source with a checked freshness", () => lab.dbt("source", "freshness"));
});
