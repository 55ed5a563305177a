import assert from "node:assert/strict";
import { analyze } from "../support/zetaSql";

const tables = [
  "create table `p.d.trips` (id bytes, day datetime, name string, km float64) partition by date(day)",
  "create table `p.d.months` (id bytes, day datetime, name string)",
];

/** What is said of statements on the tables, each as `line: message`. */
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

const merge = "merge `p.d.trips` as t using `p.d.months` as s on t.id = s.id";
const inJune = "t.day >= datetime '2024-06-01' and t.day < datetime '2024-07-01'";
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
      ],
    );
  });

  it("lets changes pass that name their days by constants", async () => {
    assert.deepEqual(
      await findings(
        "delete from `p`.`d`.`trips` where date(day) in (date '2024-06-01', date '2024-06-02') and name = 'x'",
        "update `p.d.trips` set km = 1.0 where day between datetime '2024-06-01' and datetime '2024-07-01'",
        `${merge} and ${inJune} when matched then update set name = s.name when not matched by source and ${inJune} then delete`,
      ),
      [],
    );
  });

  it("tells functions, operators and casts with their types", async () => {
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
});
