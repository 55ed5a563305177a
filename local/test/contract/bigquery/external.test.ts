import assert from "node:assert/strict";
import { bigQueryLab, type BigQueryLab } from "../../../lab/bigQueryLab";

/** Options for rows of any length. */
const raggedOptions = [
  "skip_leading_rows = 0",
  "allow_quoted_newlines = true",
  "allow_jagged_rows = true",
  "ignore_unknown_values = true",
];

/** The options that flow 02 uses for the counties file. */
const countyOptions = ["skip_leading_rows = 1", "allow_quoted_newlines = true"];

describe("BigQuery emulator: external tables of the flows", () => {
  let lab: BigQueryLab;

  /** Creates an external table of STRING columns over a file, as the flows do, and reads it. */
  async function read(name: string, content: string, columns: string[], options: string[]) {
    const uri = lab.write(`${name}.csv`, content);
    const table = `create or replace external table \`lab.lab.${name}_ext\` (${columns.join(" string, ")} string)`;
    return lab.patched.query([
      `${table} options (format = 'CSV', uris = ['${uri}'], ${options.join(", ")})`,
      `select * from \`lab.lab.${name}_ext\``,
    ]);
  }

  const rowsOf = async (...file: Parameters<typeof read>) => {
    const result = await read(...file);
    assert.ok("rows" in result, JSON.stringify(result));
    return result.rows;
  };

  before(async () => {
    lab = await bigQueryLab();
  });

  for (const [name, end] of [
    ["lf", "\n"],
    ["crlf", "\r\n"],
  ] as const)
    for (const last of ["", end])
      it(`reads quoted and bare cells, lines end in ${name}${last ? "" : ", the last one in nothing"}`, async () => {
        const lines = ['"ride_id","started_at"', '"A1","2024-01-02 03:04:05.123"', "A2,2024-01-03 00:00:00"];
        assert.deepEqual(
          await rowsOf(`ends_${name}`, lines.join(end) + last, ["ride_id", "started_at"], raggedOptions),
          [
            ["ride_id", "started_at"],
            ["A1", "2024-01-02 03:04:05.123"],
            ["A2", "2024-01-03 00:00:00"],
          ],
        );
      });

  it("refuses short and long rows unless allowed; names the line, but no local path", async () => {
    for (const [name, content] of [
      ["short", "a,b\n1\n"],
      ["long", "a,b\n1,2,3\n"],
    ] as const) {
      const result = await read(name, content, ["a", "b"], countyOptions);
      assert.ok("reason" in result, name);
      assert.deepEqual([result.status, result.reason], [400, "invalidQuery"]);
      assert.match(result.message, /^Error while reading table, error message: CSV line 2: /);
      assert.ok(!result.message.includes(lab.folder), result.message);
    }
  });

  it("reads quoted cells after thousands of bare ones", async () => {
    const bare = Array.from({ length: 50_000 }, (_, i) => `r${i},k`);
    const uri = lab.write("late.csv", [...bare, '"late","a, ""b"""', ""].join("\n"));
    const create = `create or replace external table lab.late_ext (a string, b string) options (format = 'CSV', uris = ['${uri}'], ${raggedOptions.join(", ")})`;
    const select = "select count(*), countif(b = 'k'), max(if(a = 'late', b, null)) from lab.late_ext";
    assert.deepEqual(await lab.patched.rows([create, select]), [["50001", "50000", 'a, "b"']]);
  });

  it("reads the outline of a county: one cell of 280 kB", async () => {
    const outline = `POLYGON((${"-122.5 37.5, ".repeat(22_000)}-122.5 37.5))`;
    const content = `the_geom,objectid\r\n"${outline}",1\r\n`;
    assert.ok(outline.length > 280_000);
    assert.deepEqual(await rowsOf("outlines", content, ["the_geom", "objectid"], countyOptions), [[outline, "1"]]);
  });

  it("reads numbered lines as flow 04 does: one field up to the end of the line, whatever it contains", async () => {
    const options = ["field_delimiter = '\\x01'", "quote = ''", "ignore_unknown_values = true"];
    const uri = lab.write("numbered.lines", '1\u0001"a","b\n2\u0001a,b\u0001c\n3\u0001 \n');
    const create = `create or replace external table lab.numbered_ext (line int64, raw string) options (format = 'CSV', uris = ['${uri}'],
      ${options.join(", ")}, expiration_timestamp = timestamp_add(current_timestamp(), interval 30 day))`;
    assert.deepEqual(await lab.patched.rows([create, "select * from lab.numbered_ext order by line"]), [
      ["1", '"a","b'],
      ["2", "a,b"],
      ["3", " "],
    ]);
    const expires = "select option_name from lab.INFORMATION_SCHEMA.TABLE_OPTIONS where table_name = 'numbered_ext'";
    assert.deepEqual(await lab.patched.rows(expires), [["expiration_timestamp"]]);
  });

  it("is replaced by a table of the same name, and replaces it", async () => {
    assert.deepEqual(await rowsOf("turns", "1\n", ["a"], raggedOptions), [["1"]]);
    const replaced = ["create or replace table lab.turns_ext as select 2 as a", "select * from lab.turns_ext"];
    assert.deepEqual(await lab.patched.rows(replaced), [["2"]]);
    assert.equal((await lab.patched.table("turns_ext")).externalDataConfiguration, undefined);
    assert.deepEqual(await rowsOf("turns", "3\n", ["a"], raggedOptions), [["3"]]);
    await lab.patched.rows("drop table lab.turns_ext");
    assert.equal((await lab.patched.send("GET", "/datasets/lab/tables/turns_ext")).status, 404);
  });

  it("refuses what it doesn't emulate: other formats, unknown options, schema detection, invalid addresses", async () => {
    lab.write("there.csv", "1\n");
    const messages: string[] = [];
    for (const definition of [
      "(a string) options (format = 'JSON', uris = ['gs://lab/there.csv'])",
      "(a string) options (format = 'CSV', uris = ['gs://lab/there.csv'], max_staleness = 1)",
      "options (format = 'CSV', uris = ['gs://lab/there.csv'])",
      "(a string) options (format = 'CSV', uris = ['lab/there.csv'])",
      "(a geography) options (format = 'CSV', uris = ['gs://lab/there.csv'])",
    ]) {
      const result = await lab.patched.query(`create external table lab.refused_ext ${definition}`);
      assert.ok("reason" in result, definition);
      assert.deepEqual([result.status, result.reason], [400, "invalidQuery"]);
      messages.push(result.message);
    }
    assert.deepEqual(messages, [
      "CREATE EXTERNAL TABLE: format 'JSON' is not emulated; use CSV",
      "CREATE EXTERNAL TABLE: option 'max_staleness' is not emulated; leave it out",
      "CREATE EXTERNAL TABLE: name the columns; finding them in the files is not emulated",
      "CREATE EXTERNAL TABLE: 'lab/there.csv' isn't a gs://bucket/object address",
      "CREATE EXTERNAL TABLE: column 'a': type GEOGRAPHY is not emulated in CSV files",
    ]);
  });
});
