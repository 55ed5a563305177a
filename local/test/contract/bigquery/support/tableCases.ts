import { result, type Case } from "./cases";
import { python, type Emulator } from "../../../../lab/bigQueryLab";
import { rawOptions } from "../../../../lab/rawLines";

const twoSources = "select 1 as k, 'x' as v union all select 1, 'y'";

/** Creates a table of keys 1 and 2. */
const keys = (name: string) =>
  `create or replace table lab.${name} as select 1 as k, 'old' as v union all select 2, 'old'`;

/** Fields of tables.get. */
async function described(emulator: Emulator, name: string, fields: string[]): Promise<Record<string, unknown>> {
  const table = await emulator.table(name);
  return Object.fromEntries(fields.map((field) => [field, table[field]]));
}

/** A MERGE whose ON bounds the target, and one as dbt's insert_overwrite writes it. */
const merges = [
  `merge t using s on t.k = s.k and t.day >= date '2024-01-01' when matched then update set v = s.v
    when not matched by target then insert (k, day, v) values (s.k, s.day, s.v)
    when not matched by source and t.day >= date '2024-01-01' then delete`,
  `merge into t as DBT_INTERNAL_DEST using (select * from s) as DBT_INTERNAL_SOURCE on FALSE
    when not matched by source and date_trunc(dbt_internal_dest.day, month) in ("2024-01-01") then delete
    when not matched then insert (\`k\`, \`day\`, \`v\`) values (\`k\`, \`day\`, \`v\`)`,
];

/** How DuckDB joins each MERGE's tables: operators of its plan. */
function joinsOfMerges(patched: boolean): string[][] {
  const plans = python(`
import duckdb, json, sqlglot
from patches import merge_plan
from wrapper import statements
if ${patched ? "True" : "False"}:
    merge_plan.install()
for name in "ts":
    duckdb.execute(f"create table {name} as select i as k, date '2024-01-01' as day, i as v from range(10000) as r(i)")
for merge in ${JSON.stringify(merges)}:
    sql = sqlglot.transpile(statements.rewritten(merge), read="bigquery", write="duckdb")[0]
    print(duckdb.sql("explain " + sql).fetchall())
`);
  return plans
    .split("\n")
    .filter((line) => line.includes("physical_plan"))
    .map((plan) => [...new Set(plan.match(/\b\w+_JOIN\b/g))]);
}

/** Creates an external table of one column over a file. */
const external = (name: string, uri: string, options = "quote = ''") =>
  `create or replace external table lab.${name}_ext (a string) options (format = 'CSV', uris = ['${uri}'], ${options})`;

/** Cases about tables and files. */
export const tableCases: Case[] = [
  {
    patch: "external_csv",
    title: "reads quotes, line breaks, empty texts and nulls",
    run: (emulator, lab) =>
      emulator.rows([
        external(
          "quoted",
          lab.write("quoted.csv", 'a\n"say ""hi"", twice"\n"line1\nline2"\n""\n\n'),
          "skip_leading_rows = 1, allow_quoted_newlines = true",
        ),
        "select a from lab.quoted_ext",
      ]),
    expected: [['say "hi", twice'], ["line1\nline2"], [""], [null]],
  },
  {
    patch: "csv_files",
    title: "reads bytes that aren't UTF-8 and lines that end in three ways",
    run: (emulator, lab) =>
      emulator.rows([
        external("bytes", lab.write("bytes.csv", Buffer.from("caf\xe9\rb\r\nc\n", "latin1"))),
        "select a from lab.bytes_ext",
      ]),
    expected: [["caf\ufffd"], ["b"], ["c"]],
  },
  {
    patch: "external_store",
    title: "shows an external table's options",
    run: async (emulator, lab) => {
      await emulator.rows(external("shown", lab.write("shown.csv", "1\n"), rawOptions.join(", ")));
      return described(emulator, "shown_ext", ["type", "externalDataConfiguration"]);
    },
    expected: {
      type: "EXTERNAL",
      externalDataConfiguration: {
        sourceUris: ["gs://lab/shown.csv"],
        sourceFormat: "CSV",
        ignoreUnknownValues: true,
        csvOptions: {
          fieldDelimiter: "\u0001",
          skipLeadingRows: "0",
          quote: "",
          allowQuotedNewlines: false,
          preserveAsciiControlCharacters: true,
        },
      },
    },
  },
  {
    patch: "external_tables",
    title: "reads the file as it is at each query, and drops the table",
    run: async (emulator, lab) => {
      const before = await emulator.rows([
        external("live", lab.write("live.csv", "1\n")),
        "select a from lab.live_ext",
      ]);
      lab.write("live.csv", "1\n2\n");
      const after = await emulator.rows("select a from lab.live_ext order by a");
      await emulator.rows("drop table lab.live_ext");
      return [before, after, (await emulator.send("GET", "/datasets/lab/tables/live_ext")).status];
    },
    expected: [[["1"]], [["1"], ["2"]], 404],
  },
  {
    patch: "merge_matches",
    title: "refuses two source rows for one target row",
    run: result(
      keys("doubles"),
      `merge lab.doubles as t using (${twoSources}) as s on t.k = s.k when matched then update set v = s.v`,
    ),
    expected: {
      status: 400,
      reason: "invalidQuery",
      message: "UPDATE/MERGE must match at most one source row for each target row",
    },
  },
  {
    patch: "merge_plan",
    title: "joins by equality, not row by row, in a bounded merge and in one on false",
    run: (emulator, lab) => Promise.resolve(joinsOfMerges(emulator === lab.patched)),
    expected: [["HASH_JOIN"], ["HASH_JOIN"]],
  },
  {
    patch: "null_arrays",
    title: "keeps an empty array for NULL in a table",
    run: async (emulator) => {
      const missing = "select 3 as k, cast(null as array<date>) as days";
      await emulator.rows([
        "create or replace table lab.arrays (k int64, days array<date>)",
        "insert into lab.arrays (k) values (1)",
        "insert into lab.arrays (k, days) values (2, null)",
        `merge lab.arrays as t using (${missing}) as s on t.k = s.k when not matched then insert (k, days) values (s.k, s.days)`,
        `create or replace table lab.more_arrays as ${missing}`,
      ]);
      return emulator.rows(
        "select k, days is null, array_length(days) from (select * from lab.arrays union all select * from lab.more_arrays) order by k",
      );
    },
    expected: ["1", "2", "3", "3"].map((k) => [k, "false", "0"]),
  },
  {
    patch: "reserved_names",
    title: "takes names of columns that DuckDB reserves",
    run: (emulator) =>
      emulator.rows([
        "create or replace table lab.reserved (at timestamp, `order` int64, columns string, lambda int64)",
        "insert into lab.reserved (at, `order`, columns, lambda) values (null, 1, 'c', 2)",
        "select t.columns, lambda, r.`order` from lab.reserved as t join lab.reserved as r using (lambda) where t.at is null",
      ]),
    expected: [["c", "2", "1"]],
  },
  {
    patch: "table_changes",
    title: "counts rows as they are after a merge, and deletes a view",
    run: async (emulator) => {
      await emulator.rows([
        keys("counted"),
        `merge lab.counted as t using (select 3 as k, 'new' as v) as s on t.k = s.k
         when not matched then insert (k, v) values (s.k, s.v)`,
        "create or replace view lab.deleted_view as select 1 as a",
      ]);
      await emulator.send("DELETE", "/datasets/lab/tables/deleted_view");
      const { status } = await emulator.send("GET", "/datasets/lab/tables/deleted_view");
      return [(await emulator.table("counted")).numRows, status];
    },
    expected: ["3", 404],
  },
  {
    patch: "table_layout",
    title: "keeps partitioning by a date or month, and clustering",
    run: async (emulator) => {
      const tables = {
        by_date: "partition by date(at) cluster by a, b as select datetime '2024-01-01' as at, 'a' as a, 'b' as b",
        by_start: "(started_at datetime) partition by datetime_trunc(started_at, month) options (description = 'd')",
        by_month: "(day date) partition by date_trunc(day, month)",
      };
      await emulator.rows(Object.entries(tables).map(([name, text]) => `create or replace table lab.${name} ${text}`));
      const layout = ["timePartitioning", "clustering"];
      return Promise.all(Object.keys(tables).map((name) => described(emulator, name, layout)));
    },
    expected: [
      { timePartitioning: { type: "DAY", field: "at" }, clustering: { fields: ["a", "b"] } },
      { timePartitioning: { type: "MONTH", field: "started_at" }, clustering: undefined },
      { timePartitioning: { type: "MONTH", field: "day" }, clustering: undefined },
    ],
  },
  {
    patch: "table_expiration",
    title: "keeps when a table expires",
    run: async (emulator) => {
      await emulator.rows(
        "create or replace table lab.passing options (expiration_timestamp = timestamp_add(timestamp '2090-01-01 00:00:00+00', interval 1 day)) as select 1 as a",
      );
      return emulator.rows(
        "select option_value from lab.INFORMATION_SCHEMA.TABLE_OPTIONS where table_name = 'passing'",
      );
    },
    expected: [['TIMESTAMP "2090-01-02 00:00:00.000000 UTC"']],
  },
  {
    patch: "column_lists",
    title: "makes a table of a list of columns and a query, with its types and required values",
    run: async (emulator) => {
      await emulator.rows(
        "create or replace table lab.listed (a string not null, b float64, day date) partition by day as (select 'x' as a, 1 as b, date '2024-01-01' as day)",
      );
      const { schema } = await emulator.table("listed");
      const refused = [
        await emulator.query("insert into lab.listed (a, b) values (null, 1)"),
        await emulator.query(
          "create or replace table lab.listed (a string not null) as select cast(null as string) as a",
        ),
      ].map((result) => "reason" in result && result.reason);
      return [(schema as { fields: unknown }).fields, refused, await emulator.rows("select a, b from lab.listed")];
    },
    expected: [
      [
        { name: "a", type: "STRING", mode: "REQUIRED" },
        { name: "b", type: "FLOAT", mode: "NULLABLE" },
        { name: "day", type: "DATE", mode: "NULLABLE" },
      ],
      ["invalidQuery", "invalidQuery"],
      [["x", "1.0"]],
    ],
  },
  {
    patch: "table_lists",
    title: "lists tables and columns, joined with another view and in a rewritten statement",
    run: async (emulator) => {
      await emulator.rows(
        "create or replace table lab.in_lists (a string, b array<int64>) as select 'x' as a, [1] as b",
      );
      return emulator.rows(`
        select t.row_count, t.type, p.field_path, p.data_type, c.ordinal_position, array_to_string([o.option_name], ',')
        from \`lab\`.\`lab\`.__TABLES__ as t
        join \`lab\`.\`lab\`.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS as p on p.table_name = t.table_id
        join \`lab\`.\`lab\`.INFORMATION_SCHEMA.COLUMNS as c on c.table_name = t.table_id and c.column_name = p.column_name
        left join \`lab\`.\`lab\`.INFORMATION_SCHEMA.MATERIALIZED_VIEWS as m on m.table_name = t.table_id
        left join \`lab\`.\`lab\`.INFORMATION_SCHEMA.TABLE_OPTIONS as o on o.table_name = t.table_id
        where t.table_id = 'in_lists' order by 5`);
    },
    expected: [
      ["1", "1", "a", "STRING", "1", ""],
      ["1", "1", "b", "ARRAY<INT64>", "2", ""],
    ],
  },
];
