import assert from "node:assert/strict";
import { bigQueryLab, type BigQueryLab, type Emulator } from "../../../lab/bigQueryLab";

const changing = ["source_month", "started_at", "station"];
const bounds = "t.started_at >= datetime '2024-01-01' and t.started_at < datetime '2024-02-03'";

/** A script of the kind by which flow 04 makes the main table equal to a month's table. */
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

/** A month's table over rows of ride, start and station. */
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
    emulator = lab.patched;
  });

  beforeEach(async () => {
    await emulator.rows([...tables, monthTable("2024-01-01", january), mergeMonth("2024-01-01", "3")]);
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

  it("notes the months that a load touched: arrays of dates in a transaction, in MERGE and in variables", async () => {
    const touched = "array(select distinct date_trunc(date(started_at), month) from lab.trips)";
    const script = `
      declare months array<date>;
      if not exists (select 1 from lab.INFORMATION_SCHEMA.TABLES where table_name = 'months') then
        create table lab.months (id int64, touched_months array<date>);
      end if;
      set months = ${touched};
      begin transaction;
      merge lab.months as t
      using (select 1 as id, array_concat(${touched}, [date '2030-01-01']) as touched_months) as s
      on t.id = s.id
      when matched then update set touched_months = array(
        select distinct m from unnest(array_concat(t.touched_months, s.touched_months, [date '2031-01-01'])) as m order by m
      )
      when not matched then insert (id, touched_months) values (s.id, s.touched_months);
      assert (select count(*) from lab.months as l, unnest(l.touched_months) as m where m in unnest(months)) = 2
        as 'both months are noted';
      commit transaction;
      select array_to_string(array(select cast(m as string) from lab.months as l, unnest(l.touched_months) as m order by m), ' ');`;
    await emulator.rows("drop table if exists lab.months");
    assert.deepEqual(await emulator.rows(script), [["2024-01-01 2024-02-01 2030-01-01"]]);
    assert.deepEqual(await emulator.rows(script), [["2024-01-01 2024-02-01 2030-01-01 2031-01-01"]]);
    const { schema } = await emulator.table("months");
    assert.deepEqual((schema as { fields: unknown[] }).fields[1], {
      name: "touched_months",
      type: "DATE",
      mode: "REPEATED",
    });
  });

  it("takes changes back when an assertion or RAISE ends a transaction", async () => {
    const before = await trips(emulator);
    for (const end of [
      "assert exists (select 1 from lab.trips) as 'no trips'",
      "if not exists (select 1 from lab.trips) then raise using message = 'no trips'; end if",
      "select if((select count(*) from lab.trips) = 0, error('no trips'), 0)",
    ]) {
      const result = await emulator.query(
        `begin transaction; delete from lab.trips where true; ${end}; commit transaction;`,
      );
      assert.match("message" in result ? result.message : "", /no trips$/);
      assert.deepEqual(await trips(emulator), before);
    }
  });

  it("takes changes back that are rolled back, and those that nothing commits", async () => {
    const before = await trips(emulator);
    await emulator.rows("begin transaction; delete from lab.trips where true; rollback transaction;");
    assert.deepEqual(await trips(emulator), before);
    await emulator.rows("begin transaction; delete from lab.trips where true;");
    assert.deepEqual(await trips(emulator), before);
  });
});
