import assert from "node:assert/strict";
import { analyze, type Scan } from "../../../local/oracles/zetasql/zetaSql";

const tables = [
  "create table `p.d.trips` (id bytes, day datetime, name string, km float64) partition by date(day)",
  "create table `p.d.months` (id bytes, day datetime, name string)",
  "create table `p.d.marts` (month date, name string, trips int64) partition by date_trunc(month, month)",
];

/** Findings of statements on the tables, each as `line: message`. */
async function findings(...statements: string[]): Promise<string[]> {
  const all = await analyze(
    "p",
    [...tables, ...statements].map((sql) => ({ name: sql, sql })),
  );
  assert.deepEqual(
    all.slice(0, tables.length).flatMap((each) => each.findings),
    [],
  );
  return all.flatMap((each) => each.findings.map(({ line, message }) => `${line}: ${message}`));
}

/**
 * What statements scan, each as `table(columns) days of the partitions`; a table that the statement changes has
 * `changed` in front.
 */
async function scans(...statements: string[]): Promise<string[]> {
  const all = await analyze(
    "p",
    [...tables, ...statements].map((sql) => ({ name: sql, sql })),
  );
  assert.deepEqual(
    all.flatMap((each) => each.findings),
    [],
  );
  const days = ({ partitions }: Scan) => {
    if (partitions === null) return "";
    const { column, granularity, bounds } = partitions;
    if (bounds === null) return ` every ${granularity} of ${column}`;
    return ` ${bounds.days?.join("+") ?? `${bounds.from}..${bounds.to}`} of ${column}`;
  };
  return all.flatMap((each) =>
    each.scans.map((scan) => {
      const name = scan.table.replace("p.d.", scan.changed ? "changed " : "");
      return `${name}(${scan.columns.join()})${days(scan)}`;
    }),
  );
}

const merge = "merge `p.d.trips` as t using `p.d.months` as s on t.id = s.id";
const inJune = "t.day >= datetime '2024-06-01' and t.day < datetime '2024-07-01'";
const replace =
  "merge `p.d.marts` as t using (select date '2024-06-01' as month, 'x' as name, 1 as trips) as s on false when not matched by source";
const reads = (clause: string) => `\`${clause}\` has no constant bounds on p.d.trips.day: all partitions would be read`;

describe("the analysis of statements", () => {
  it("refuses what BigQuery's analyzer refuses and the emulator takes", async () => {
    const [equal, insert, cluster, missing, script] = await findings(
      "select *\nfrom `p.d.trips`\nwhere id = name",
      "insert into `p`.`d`.`trips` (name) select id from `p.d.months`",
      "create table `p.d.other` (km float64) cluster by km",
      "select dey from `p.d.trips`",
      "select 1;\nif true then select 1; end if",
    );
    assert.match(equal!, /^3: No matching signature for operator = for argument types: BYTES, STRING/);
    assert.match(
      insert!,
      /^1: Query column 1 has type BYTES which cannot be inserted into column name, which has type STRING/,
    );
    assert.match(cluster!, /^1: CLUSTER BY expression may not be a floating point type/);
    assert.match(missing!, /^1: Unrecognized name: dey; Did you mean day\?/);
    assert.equal(script, "2: a part of the script that cannot be analyzed");
  });

  it("refuses partitions and clusters that ZetaSQL lets pass and BigQuery does not", async () => {
    assert.deepEqual(
      await findings(
        "create table `p.d.a` (name string) partition by name",
        "create table `p.d.b` partition by seen_at as select datetime '2024-06-01' as seen_at",
        "create table `p.d.c` (id bytes) cluster by id",
        "create table `p.d.d` (a int64, b int64, c int64, d int64, e int64) cluster by a, b, c, d, e",
      ),
      [
        "1: p.d.a cannot be partitioned by STRING of [name]",
        "1: p.d.b cannot be partitioned by DATETIME of [seen_at]",
        "1: p.d.c cannot be clustered by BYTES of [id]",
        "1: p.d.d is clustered by 5 columns: 4 at most",
      ],
    );
  });

  it("finds a change that would read every partition", async () => {
    assert.deepEqual(
      await findings(
        "delete from `p`.`d`.`trips` where name = 'x'",
        "update `p.d.trips` set km = 1.0 where day >= datetime '2024-06-01'",
        "delete from `p.d.trips` where extract(year from day) = 2024",
        "delete from `p.d.trips` where date(day) in (select date(day) from `p.d.months`)",
        `begin transaction;\n\n${merge} when matched then update set name = s.name;\ncommit transaction;\n`,
        `${merge} and ${inJune} when not matched by source then delete`,
        `${merge} and t.day >= s.day and t.day <= s.day when matched then delete`,
        `${merge} and (${inJune} or t.name = 'x') when matched then delete`,
        `${replace} and t.name = 'x' then delete when not matched then insert row`,
      ),
      [
        `1: ${reads("where")}`,
        `1: ${reads("where")}`,
        `1: ${reads("where")}`,
        `1: ${reads("where")}`,
        `3: ${reads("on")}`,
        `1: ${reads("when not matched by source and")}`,
        `1: ${reads("on")}`,
        `1: ${reads("on")}`,
        "1: `when not matched by source and` has no constant bounds on p.d.marts.month: all partitions would be read",
      ],
    );
  });

  it("lets changes pass that name their days by constants", async () => {
    assert.deepEqual(
      await findings(
        "delete from `p`.`d`.`trips` where date(day) in (date '2024-06-01', date '2024-06-02') and name = 'x'",
        "update `p.d.trips` set km = 1.0 where day between datetime '2024-06-01' and datetime '2024-07-01'",
        `${merge} and ${inJune} when matched then update set name = s.name when not matched by source and ${inJune} then delete`,
        `${replace} and date_trunc(t.month, month) in ('2024-06-01') then delete when not matched then insert row`,
      ),
      [],
    );
  });

  it("lists functions, operators and casts with their types", async () => {
    const [analysis] = await analyze("p", [
      {
        name: "",
        sql: "select format_date('%A', date '2024-06-01'), safe_cast(x as float64), extract(hour from datetime '2024-06-01'), max(x) over () from unnest(['1']) as x",
      },
    ]);
    assert.deepEqual(analysis!.uses, [
      "$extract(DATETIME, HOUR)",
      "format_date('%A', DATE)",
      "over max(STRING)",
      "safe_cast(STRING as FLOAT64)",
    ]);
  });

  describe("of table scans", () => {
    const view = `create view \`p.d.v\` as
      with source as (select * from \`p.d.trips\`), renamed as (select id, date(day) as started_on, name, km from source)
      select id, started_on, name, km + 1 as km from renamed`;
    const june = "day >= datetime '2024-06-01' and day < datetime '2024-07-01'";

    it("lists the columns that are needed, not those that a star passes on", async () => {
      assert.deepEqual(
        await scans(
          "with all_trips as (select * from `p.d.trips`) select count(*), max(km) from all_trips",
          "select id from (select *, km * 2 as double_km from `p.d.trips` where name = 'x')",
          "select count(*) from `p.d.months`",
          "select 1 from `p.d.months` where exists (select * from `p.d.marts`)",
          "select trips from (select trips, month from `p.d.marts` union all select 1, month from `p.d.marts`)",
          "with never as (select * from `p.d.trips`) select name from `p.d.months` group by name, id",
        ),
        [
          "trips(km) every day of day",
          "trips(id,name) every day of day",
          "months()",
          "months()",
          "marts() every month of month",
          "marts(trips) every month of month",
          "marts() every month of month",
          "months(id,name)",
        ],
      );
    });

    it("lists the days that constants leave, without a strict end at midnight", async () => {
      assert.deepEqual(
        await scans(
          `select km from \`p.d.trips\` where ${june}`,
          "select km from `p.d.trips` where day > datetime '2024-06-01 10:00:00' and datetime '2024-06-03 10:00:00' > day",
          "select km from `p.d.trips` where date(day) > date '2024-06-01' and date(day) <= date '2024-06-03'",
          "select km from `p.d.trips` where date(day) in (date '2024-06-01', date '2024-06-09') and day < datetime '2024-06-05'",
          "select trips from `p.d.marts` where month between date '2024-06-01' and date '2024-08-01'",
        ),
        [
          "trips(day,km) 2024-06-01..2024-06-30 of day",
          "trips(day,km) 2024-06-01..2024-06-03 of day",
          "trips(day,km) 2024-06-02..2024-06-03 of day",
          "trips(day,km) 2024-06-01 of day",
          "marts(month,trips) 2024-06-01..2024-08-01 of month",
        ],
      );
    });

    it("calls everything read where constants leave a side open, or no constant stands", async () => {
      assert.deepEqual(
        await scans(
          "select km from `p.d.trips` where day >= datetime '2024-06-01'",
          `select km from \`p.d.trips\` where ${june} or name = 'x'`,
          "select km from `p.d.trips` where extract(year from day) = 2024",
          "select km from `p.d.trips` where day between (select min(day) from `p.d.months`) and datetime '2024-06-01'",
          "select trips from `p.d.marts` where date_add(month, interval 1 day) = date '2024-06-01'",
        ),
        [
          "trips(day,km) every day of day",
          "trips(day,km,name) every day of day",
          "trips(day,km) every day of day",
          "trips(day,km) every day of day",
          "months(day)",
          "marts(month,trips) every month of month",
        ],
      );
    });

    it("takes every day of the months that a truncated column is compared with", async () => {
      const [listed, one, compared] = await scans(
        "select km from `p.d.trips` where datetime_trunc(day, month) in ('2024-06-01', '2024-08-01')",
        "select km from `p.d.trips` where datetime_trunc(day, month) = datetime '2024-06-01'",
        "select km from `p.d.trips` where datetime_trunc(day, month) >= datetime '2024-06-01'",
      );
      const days = listed!.replace("trips(day,km) ", "").replace(" of day", "").split("+");
      assert.deepEqual(
        [days.length, days[0], days[29], days[30], days[60]],
        [61, "2024-06-01", "2024-06-30", "2024-08-01", "2024-08-31"],
      );
      assert.equal(one!.split("+").length, 30);
      assert.equal(compared, "trips(day,km) every day of day");
    });

    it("follows a condition through views, WITH, unions, groups and joins", async () => {
      assert.deepEqual(
        await scans(
          view,
          "with recent as (select * from `p`.`d`.`v` where started_on in (date '2024-06-01', date '2024-06-03')) select sum(km) from recent",
          "select * from (select name, started_on, count(*) as n from `p.d.v` group by name, started_on) where started_on = date '2024-06-01'",
          "select * from (select day from `p.d.trips` union all select day from `p.d.months`) where date(day) = date '2024-06-01'",
          `select s.name from \`p.d.trips\` as t left join \`p.d.months\` as s on t.id = s.id where t.${june.replace("and ", "and t.")}`,
          "select * from (select day, row_number() over (partition by day) as n from `p.d.trips`) where date(day) = date '2024-06-01'",
          "create table `p.d.v2` as select id from `p.d.v` where started_on = date '2024-06-01'",
        ),
        [
          "trips(day,km) 2024-06-01+2024-06-03 of day",
          "trips(day,name) 2024-06-01 of day",
          "trips(day) 2024-06-01 of day",
          "months(day)",
          "trips(day,id) 2024-06-01..2024-06-30 of day",
          "months(id,name)",
          "trips(day) 2024-06-01 of day",
          "trips(day,id) 2024-06-01 of day",
        ],
      );
    });

    it("stops where a filter below would change the result", async () => {
      assert.deepEqual(
        await scans(
          `select t.km from \`p.d.months\` as s left join \`p.d.trips\` as t on t.id = s.id where t.${june.replace("and ", "and t.")}`,
          `select t.km from \`p.d.trips\` as t left join \`p.d.months\` as s on t.id = s.id and t.${june.replace("and ", "and t.")}`,
          "select * from (select day, row_number() over (order by km) as n from `p.d.trips`) where date(day) = date '2024-06-01'",
          "select * from (select day from `p.d.trips` order by km limit 10) where date(day) = date '2024-06-01'",
          "select * from (select max(day) as day from `p.d.trips`) where date(day) = date '2024-06-01'",
        ),
        [
          "months(id)",
          "trips(day,id,km) every day of day",
          "trips(day,id,km) every day of day",
          "months(id)",
          "trips(day,km) every day of day",
          "trips(day,km) every day of day",
          "trips(day) every day of day",
        ],
      );
    });

    it("takes all columns of rows that a statement changes, and none of those that it adds", async () => {
      const on = `merge \`p.d.trips\` as t using (select * from \`p.d.months\`) as s on t.id = s.id and ${inJune}`;
      assert.deepEqual(
        await scans(
          "insert into `p.d.marts` (month, trips) select date(day), 1 from `p.d.months`",
          "delete from `p.d.trips` where date(day) = date '2024-06-01'",
          `${on} when not matched then insert (name) values (s.name)`,
          `${on} when matched then update set name = 'x'
           when not matched by source and t.day between datetime '2024-05-03' and datetime '2024-05-04' then delete`,
        ),
        [
          "months(day)",
          "trips(day) 2024-06-01 of day",
          "changed trips(day,id,km,name) 2024-06-01 of day",
          "trips(day,id) 2024-06-01..2024-06-30 of day",
          "months(id,name)",
          "trips(day,id,name) 2024-05-03..2024-06-30 of day",
          "changed trips(day,id,km,name) 2024-05-03..2024-06-30 of day",
          "months(id)",
        ],
      );
    });
  });
});
