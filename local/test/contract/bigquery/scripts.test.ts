import assert from "node:assert/strict";
import { bigQueryLab, type Emulator } from "../../../lab/bigQueryLab";

/** Merges keys with a value into `lab.main`, and notes the value in `lab.log`: the shape of flow 04's script. */
const mergeScript = (keys: string, value: string) => `
  begin transaction;
  merge lab.main as t using (select k, date '2024-01-01' as day from unnest(${keys}) as k) as s on t.k = s.k
  when matched and t.day is distinct from s.day then update set day = s.day
  when not matched by target then insert (k, day) values (s.k, s.day)
  when not matched by source and t.day = date '2024-01-01' then delete;
  merge lab.log as t
  using (select 1 as id, ${value} as number, array(select distinct day from lab.main order by day) as days) as s
  on t.id = s.id
  when matched then update set number = s.number, days = s.days
  when not matched then insert (id, number, days) values (s.id, s.number, s.days);
  commit transaction;`;

describe("BigQuery emulator: transactions in scripts", () => {
  let emulator: Emulator;

  const keys = async () => (await emulator.rows("select k from lab.main order by k")).flat();

  before(async () => {
    emulator = (await bigQueryLab()).patched;
  });

  beforeEach(() =>
    emulator.rows([
      "create or replace table lab.main (k string, day date) partition by day",
      "insert into lab.main (k, day) values ('old', date '2023-12-01')",
      "create or replace table lab.log (id int64, number int64, days array<date>)",
      mergeScript("['a', 'b']", "2"),
    ]),
  );

  it("commit all their changes, arrays of dates too", async () => {
    await emulator.rows(mergeScript("['b', 'c']", "3"));
    assert.deepEqual(await keys(), ["b", "c", "old"]);
    assert.deepEqual(await emulator.rows("select number, days from lab.log"), [["3", ["2023-12-01", "2024-01-01"]]]);
    assert.equal((await emulator.table("main")).numRows, "3");
  });

  const doubled = `begin transaction; delete from lab.main where k = 'b';
    merge lab.main as t using (select 'a' as k, date '2024-01-02' as day union all select 'a', date '2024-01-03') as s
    on t.k = s.k when matched then update set day = s.day; commit transaction;`;
  const empty = "select if((select count(*) from lab.main) = 0, error('no trips'), 0)";
  const failures: [string, string, RegExp][] = [
    ["fails while it runs", mergeScript("['a']", "cast('many' as int64)"), /many/],
    ["names a missing table", mergeScript("['a']", "(select max(n) from lab.missing)"), /missing/],
    ["has two source rows for one target row", doubled, /^UPDATE\/MERGE must match at most one source row/],
    [
      "calls error()",
      `begin transaction; delete from lab.main where true; ${empty}; commit transaction;`,
      /^no trips$/,
    ],
  ];
  for (const [what, script, message] of failures)
    it(`roll back all changes when a statement ${what}`, async () => {
      const result = await emulator.query(script);
      assert.match("message" in result ? result.message : "", message);
      assert.deepEqual(await keys(), ["a", "b", "old"]);
      assert.equal((await emulator.table("main")).numRows, "3");
    });

  for (const end of ["rollback transaction;", ""])
    it(`roll back all changes at ${end === "" ? "an end without COMMIT" : "ROLLBACK"}`, async () => {
      await emulator.rows(`begin transaction; delete from lab.main where true; ${end}`);
      assert.deepEqual(await keys(), ["a", "b", "old"]);
    });
});
