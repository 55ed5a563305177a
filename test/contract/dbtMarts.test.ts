import assert from "node:assert/strict";
import { DbtLab, type Trip } from "./support/dbtLab";

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

  it("rank stations and routes of a month", async () => {
    assert.deepEqual(
      await lab.values(`select popularity_rank, station_id, station_name, starts, ends from trips.mart_stations_by_month
        where month = date '2025-03-01' order by 1`),
      [
        ["1", "SF-A1", "Market St", "2", "1"],
        ["2", "SF-B2", "Mission St", "0", "2"],
        ["3", "OK-C3", "Broadway", "1", "0"],
        ["4", "XX-D4", "Portland", "1", "0"],
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

  it("tell growth to the month and the year before, and none over a missing month", async () => {
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

  /** Faults that a data test must find on touched days: the statement that makes one, and the test. */
  const faults: [string, string, string][] = [
    ["a trip that stands twice", "insert into trips.facts_baywheels_trips select * from trips.one", "unique_facts"],
    ["a trip that is missing", "delete from trips.facts_baywheels_trips where ride_id = 'a'", "facts_equal_main_table"],
    [
      "a start that differs",
      "update trips.facts_baywheels_trips set started_at = datetime '2025-03-01 08:00:01' where ride_id = 'a'",
      "facts_equal_main_table",
    ],
    [
      "a duration of more than a day",
      "update trips.facts_baywheels_trips set duration_seconds = 86401 where ride_id = 'a'",
      "durations_are_possible",
    ],
    [
      "an unknown station",
      "update trips.facts_baywheels_trips set end_station_id = 'nowhere' where ride_id = 'a'",
      "stations_of_facts_are_known_once",
    ],
    [
      "a trip that is not counted",
      "update trips.mart_trips_by_month set trips = 0 where month = date '2025-03-01' and dimension = 'weekday'",
      "trips_are_counted_once_a_month",
    ],
    ["a row without account", "update trips.baywheels_loads set rows_rejected = 9 where true", "loads_account_for"],
  ];

  it("have tests that find faults on touched days, and read no other", async function () {
    this.timeout("6m");
    // the load is built, but not yet in the list of built ones: its days are touched
    await lab.load("2025-03", [trip("a", "2025-03-01", 10), trip("f", "2025-04-01", 10)]);
    await lab.dbt("run", "--exclude", "built_loads");
    await lab.sql("create or replace table trips.one as select * from trips.facts_baywheels_trips where ride_id = 'a'");
    await lab.sql("create or replace table trips.marts as select * from trips.mart_trips_by_month");
    await lab.dbt("test", "--exclude-resource-type", "unit_test");
    for (const [what, fault, test] of faults) {
      await lab.sql(fault);
      await assert.rejects(
        lab.dbt("test", "--exclude-resource-type", "unit_test"),
        new RegExp(`Failure in test ${test}`),
        what,
      );
      await lab.sql("delete from trips.facts_baywheels_trips where started_on = date '2025-03-01'");
      await lab.sql("insert into trips.facts_baywheels_trips select * from trips.one");
      await lab.sql("delete from trips.mart_trips_by_month where true");
      await lab.sql("insert into trips.mart_trips_by_month select * from trips.marts");
    }
  });

  it("have tests that leave a load that comes during the build to the next one", async () => {
    await lab.sql("update trips.baywheels_loads set rows_rejected = rows_in_file - rows_loaded where true");
    await lab.sql("delete from trips.baywheels_tripdata where ride_id = 'a'");
    await lab.sql(
      "update trips.baywheels_loads set loaded_at = current_timestamp() where source_month = date '2025-03-01'",
    );
    await lab.dbt("test", "--select", "facts_equal_main_table");
  });

  it("have a source that tells how fresh it is", () => lab.dbt("source", "freshness"));
});
