import assert from "node:assert/strict";
import { bigQueryLab, type BigQueryLab, type Emulator } from "./support/bigQueryLab";

const changing = ["source_month", "started_at", "station"];
const bounds = "t.started_at >= datetime '2024-01-01' and t.started_at < datetime '2024-02-03'";

/** The script by which flow 05 makes the main table equal to a month's table, with fewer columns. */
const mergeMonth = (month: string, rowsLoaded: string) => `
  begin transaction;

  merge \`lab.lab.trips\` as t
  using \`lab.lab.month\` as s
  on
    t.unique_row_id = s.unique_row_id
    and ${bounds}
  when matched and t.source_month <= s.source_month and (
    ${changing.map((column) => `t.${column} is distinct from s.${column}`).join(" or ")}
  ) then update set ${changing.map((column) => `${column} = s.${column}`).join(", ")}
  when not matched by target then
    insert (unique_row_id, ride_id, ${changing.join(", ")})
    values (s.unique_row_id, s.ride_id, s.${changing.join(", s.")})
  when not matched by source
    and t.source_month = date '${month}'
    and ${bounds}
  then delete;

  merge \`lab.lab.loads\` as t
  using (select date '${month}' as source_month, ${rowsLoaded} as rows_loaded, current_timestamp() as loaded_at) as s
  on t.source_month = s.source_month
  when matched then update set rows_loaded = s.rows_loaded, loaded_at = s.loaded_at
  when not matched then
    insert (source_month, rows_loaded, loaded_at)
    values (s.source_month, s.rows_loaded, s.loaded_at);

  commit transaction;`;

/** The statement by which flow 05 makes a month's table, over rows of ride, start and station as the file's texts. */
const monthTable = (month: string, rides: [string, string, string][]) => `
  create or replace table \`lab.lab.month\`
  partition by date(started_at) as
  with typed as (
    select
      md5(ride_id) as unique_row_id,
      date '${month}' as source_month,
      ride_id,
      safe_cast(started_at as datetime) as started_at,
      nullif(station, '') as station
    from (${rides.map(([ride, start, station]) => `select '${ride}' as ride_id, '${start}' as started_at, '${station}' as station`).join(" union all ")})
    where ride_id != 'ride_id'
  )
  select *
  from typed
  where ride_id != '' and started_at is not null
  qualify row_number() over (partition by unique_row_id order by started_at, station) = 1`;

const tables = [
  `create or replace table \`lab.lab.trips\` (
    unique_row_id bytes options (description = 'MD5 of ride_id'),
    source_month date,
    ride_id string,
    started_at datetime options (description = 'San Francisco wall clock, as published'),
    station string
  )
  partition by date(started_at)
  options (description = 'One row a trip')`,
  "create or replace table `lab.lab.loads` (source_month date, rows_loaded int64, loaded_at timestamp)",
];

const january: [string, string, string][] = [
  ["ride_id", "started_at", "station"],
  ["a", "2024-01-02 03:04:05.123", "Market St"],
  ["b", "2024-01-31 23:59:59", ""],
  ["b", "2024-01-31 23:59:59", "Castro St"],
  ["c", "2024-02-01 00:00:01", "Castro St"],
  ["broken", "yesterday", ""],
];

const trips = (emulator: Emulator) =>
  emulator.rows("select ride_id, source_month, station from lab.trips order by ride_id");

describe("BigQuery emulator: the flows' scripts", () => {
  let lab: BigQueryLab;
  let emulator: Emulator;

  before(async () => {
    lab = await bigQueryLab();
    emulator = lab.mended;
  });

  beforeEach(async () => {
    await emulator.rows([...tables, monthTable("2024-01-01", january), mergeMonth("2024-01-01", "3")]);
  });

  it("loads a month: types, one row a ride, broken rows left out", async () => {
    assert.deepEqual(
      await emulator.rows("select ride_id, started_at, station, to_hex(unique_row_id) from lab.trips order by ride_id"),
      [
        ["a", "2024-01-02T03:04:05.123000", "Market St", "0cc175b9c0f1b6a831c399e269772661"],
        ["b", "2024-01-31T23:59:59", null, "92eb5ffee6ae2fec3ad71c777531578f"],
        ["c", "2024-02-01T00:00:01", "Castro St", "4a8a08f09d37b73795649038408b5f33"],
      ],
    );
    assert.deepEqual(await emulator.rows("select source_month, rows_loaded from lab.loads"), [["2024-01-01", "3"]]);
    assert.equal((await emulator.table("trips")).numRows, "3");
  });

  it("makes the main table equal to a corrected file: changed, vanished and new rows", async () => {
    const corrected: [string, string, string][] = [
      ["a", "2024-01-02 03:04:05.123", "Ferry Building"],
      ["b", "2024-01-31 23:59:59", ""],
      ["d", "2024-01-05 00:00:00", "Ferry Building"],
    ];
    await emulator.rows([monthTable("2024-01-01", corrected), mergeMonth("2024-01-01", "3")]);
    assert.deepEqual(await trips(emulator), [
      ["a", "2024-01-01", "Ferry Building"],
      ["b", "2024-01-01", null],
      ["d", "2024-01-01", "Ferry Building"],
    ]);
  });

  it("leaves another month's rows alone, and a ride that both bring stands once", async () => {
    const february: [string, string, string][] = [
      ["c", "2024-02-01 00:00:01", "Castro St"],
      ["e", "2024-02-02 00:00:00", ""],
    ];
    await emulator.rows([monthTable("2024-02-01", february), mergeMonth("2024-02-01", "2")]);
    assert.deepEqual(await trips(emulator), [
      ["a", "2024-01-01", "Market St"],
      ["b", "2024-01-01", null],
      ["c", "2024-02-01", "Castro St"],
      ["e", "2024-02-01", null],
    ]);
  });

  for (const [what, rowsLoaded, reason] of [
    ["fails while it runs", "cast('many' as int64)", "invalidQuery"],
    ["names a table that does not exist", "(select max(n) from lab.no_such_table)", "notFound"],
  ] as const)
    it(`takes the first merge back when the second one ${what}`, async () => {
      const before = await trips(emulator);
      const result = await emulator.query([
        monthTable("2024-01-01", january.slice(0, 2)),
        mergeMonth("2024-01-01", rowsLoaded),
      ]);
      assert.equal("reason" in result && result.reason, reason);
      assert.deepEqual(await trips(emulator), before);
      assert.equal((await emulator.table("trips")).numRows, "3");
    });

  it("takes changes back when a merge meets two source rows for one target row", async () => {
    const before = await trips(emulator);
    const result = await emulator.query(`
      begin transaction;
      delete from lab.trips where ride_id = 'b';
      merge lab.trips as t using (select 'a' as ride_id, 'x' as station union all select 'a', 'y') as s
      on t.ride_id = s.ride_id
      when matched then update set station = s.station;
      commit transaction;`);
    assert.equal(
      "message" in result && result.message,
      "UPDATE/MERGE must match at most one source row for each target row",
    );
    assert.deepEqual(await trips(emulator), before);
  });

  it("takes changes back that are rolled back, and those that nothing commits", async () => {
    const before = await trips(emulator);
    await emulator.rows("begin transaction; delete from lab.trips where true; rollback transaction;");
    assert.deepEqual(await trips(emulator), before);
    await emulator.rows("begin transaction; delete from lab.trips where true;");
    assert.deepEqual(await trips(emulator), before);
  });

  it("finds the oldest published month that is not loaded, as flow 05 asks", async () => {
    const listing = JSON.stringify(
      [
        "202312-x-tripdata.zip",
        "202401-tripdata.csv.zip",
        "202403-tripdata.zip",
        "202402-y-tripdata (1).csv.zip",
        "2024-notes.txt",
      ]
        .map((key) => `<Key>${key}</Key>`)
        .join("\n"),
    );
    const found = await emulator.rows(`
      with published as (
        select format_date('%Y-%m', parse_date('%Y%m', substr(object_name, 1, 6))) as month, min(object_name) as object_name
        from unnest(regexp_extract_all(${listing}, r'<Key>(20\\d\\d(?:0[1-9]|1[0-2])-[^<]*tripdata[^<]*\\.zip)</Key>')) as object_name
        group by month
      ),
      loaded as (
        select format_date('%Y-%m', source_month) as month
        from \`lab.lab.loads\`
      )
      select month, object_name
      from published
      where
        month not in (select month from loaded)
        and month > coalesce(
          (select min(month) from loaded),
          (select max(month) from published where month < (select max(month) from published)),
          ''
        )
      order by month
      limit 1`);
    assert.deepEqual(found, [["2024-02", "202402-y-tripdata (1).csv.zip"]]);
  });

  it("computes the bounds of a merge, as flow 05 asks", async () => {
    const select = `
      with new_rows as (
        select count(*) as row_count, min(date(started_at)) as first_day, max(date(started_at)) as last_day
        from \`lab.lab.month\`
      ),
      last_load as (
        select date '2024-01-01' as first_day, cast(null as date) as last_day
      )
      select
        new_rows.row_count as rows_loaded,
        cast(date_sub(least(new_rows.first_day, coalesce(last_load.first_day, new_rows.first_day)), interval 1 day) as string),
        cast(date_add(greatest(new_rows.last_day, coalesce(last_load.last_day, new_rows.last_day)), interval 2 day) as string)
      from new_rows
      cross join last_load`;
    assert.deepEqual(await emulator.rows(select), [["3", "2023-12-31", "2024-02-03"]]);
  });
});
