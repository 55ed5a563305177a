import assert from "node:assert/strict";
import { readFileSync, utimesSync } from "node:fs";
import { codePoints, rawOptions, readUnusual, unusualFiles } from "../../../lab/rawLines";
import { bigQueryLab, type BigQueryLab, type Result } from "../../../lab/bigQueryLab";

/** The options that flow 02 uses for the counties file. */
const countyOptions = ["skip_leading_rows = 1", "allow_quoted_newlines = true"];

describe("BigQuery emulator: external tables of the flows", () => {
  let lab: BigQueryLab;

  const columns = (...names: string[]) => names.map((name) => `${name} string`).join(", ");

  /** Creates an external table over a file, by default of raw lines, and queries it; `$` is the table. */
  async function read(
    name: string,
    content: string | Buffer,
    select = "select raw from $",
    options = rawOptions,
    names = ["raw"],
  ): Promise<Result> {
    const uri = lab.write(`${name}.csv`, content);
    const create = `create or replace external table lab.${name} (${columns(...names)})`;
    return lab.patched.query([
      `${create} options (format = 'CSV', uris = ['${uri}'], ${options.join(", ")})`,
      select.replaceAll("$", `lab.${name}`),
    ]);
  }

  async function rowsOf(...file: Parameters<typeof read>) {
    const result = await read(...file);
    assert.ok("rows" in result, JSON.stringify(result));
    return result.rows;
  }

  const countiesOf = (name: string, content: string | Buffer, names = ["the_geom", "county"]) =>
    read(name, content, "select * from $", countyOptions, names);

  const refusal = (reason: string) => ({
    status: 400,
    reason: "invalidQuery",
    message: `Error while reading table, error message: ${reason}`,
  });

  before(async () => {
    lab = await bigQueryLab();
  });

  describe("counties", () => {
    for (const [name, end] of Object.entries({ lf: "\n", crlf: "\r\n" }))
      it(`are read from quoted and bare cells in lines that end in ${name}, one cell of 280 kB`, async () => {
        const outline = `POLYGON((${"-122.5 37.5, ".repeat(22_000)}-122.5 37.5))`;
        const lines = ["the_geom,county", `"${outline}","a, ""b"""`, "x,Marin", `"","line1${end}line2"`, ",None"];
        const result = await countiesOf(`counties_${name}`, lines.join(end));
        assert.deepEqual("rows" in result && result.rows, [
          [outline, 'a, "b"'],
          ["x", "Marin"],
          ["", `line1${end}line2`],
          [null, "None"],
        ]);
      });

    it("have their short and long rows refused; the message names the line, but no local path", async () => {
      for (const [name, row] of Object.entries({ short: "1", long: "1,2,3" })) {
        const result = await countiesOf(name, `a,b\n${row}\n`);
        assert.ok("reason" in result, name);
        assert.deepEqual([result.status, result.reason], [400, "invalidQuery"]);
        assert.match(result.message, /^Error while reading table, error message: CSV line 2: /);
        assert.ok(!result.message.includes(lab.folder), result.message);
      }
    });

    it("have bytes replaced by U+FFFD that aren't UTF-8", async () => {
      const content = Buffer.from('a,b\n"caf\xe9",x\n', "latin1");
      const result = await countiesOf("latin", content);
      assert.deepEqual("rows" in result && result.rows, [["caf\ufffd", "x"]]);
    });
  });

  describe("raw lines", () => {
    it("are read with the options of the flow", () => {
      const statement = readFileSync("flows/sql/external_table.sql", "utf8");
      for (const option of rawOptions) assert.ok(statement.includes(`    ${option},\n`), option);
    });

    for (const [index, { what, content, lines }] of unusualFiles.entries())
      it(`are read as test:live expects of BigQuery: ${what}`, async () => {
        const [create, select] = readUnusual(`lab.unusual_${index}`, lab.write(`unusual_${index}.csv`, content));
        const found = await lab.patched.rows([create!, select!]);
        assert.deepEqual(found.flat().sort(), lines.map(codePoints).sort());
      });

    it("end at byte 1, the delimiter", async () => {
      assert.deepEqual(await rowsOf("delimiter", "x\u0001y\u0001z\nw\n"), [["x"], ["w"]]);
    });

    it("may not contain NUL unless control characters are preserved", async () => {
      const options = rawOptions.filter((each) => !each.startsWith("preserve_ascii"));
      assert.deepEqual(
        await read("nul", "a\0b\n", "select raw from $", options),
        refusal("Bad character (ASCII 0) encountered. File: gs://lab/nul.csv"),
      );
    });

    it("are split at each of 150,000 lone CRs", async () => {
      const line = "G00000,electric_bike,2023-07-01 06:05:00,Alder Yard";
      const select = `select count(*), countif(raw = '${line}') from $`;
      assert.deepEqual(await rowsOf("many_cr", `${line}\r`.repeat(150_000), select), [["150000", "150000"]]);
    });

    it("have one U+FFFD for each byte that isn't UTF-8, also at the end of a large file", async () => {
      const line = Buffer.from(`${"é".repeat(31)}x\n`);
      // a lone surrogate, and a character that the line end truncates
      const bad = Buffer.from([0xed, 0xa0, 0x80, 0x2c, 0xe2, 0x82, 0x0a]);
      const content = Buffer.concat([Buffer.alloc(line.length * 300_000, line), bad]);
      const select = `select count(*), countif(raw = '${"é".repeat(31)}x'), countif(raw = '\ufffd\ufffd\ufffd,\ufffd') from $`;
      assert.deepEqual(await rowsOf("large", content, select), [["300001", "300000", "1"]]);
    });

    it("are those of the file as it is, from bad to good to bad again", async () => {
      const at = (bytes: number[]) => Buffer.concat([Buffer.from("a"), Buffer.from(bytes), Buffer.from("\n")]);
      assert.deepEqual(await rowsOf("changing", at([0xff])), [["a\ufffd"]]);
      lab.write("changing.csv", at([0x62]));
      assert.deepEqual(await lab.patched.rows("select raw from lab.changing"), [["ab"]]);
      lab.write("changing.csv", at([0xff, 0x63]));
      // same time as before, different content
      utimesSync(lab.object("changing.csv"), 1, 1);
      assert.deepEqual(await lab.patched.rows("select raw from lab.changing"), [["a\ufffdc"]]);
    });

    it("may have 40 MB, but not more than 100 MB", async () => {
      const select = "select length(raw), raw = repeat('x', 40000000) from $ order by 1";
      assert.deepEqual(await rowsOf("line_40mb", `${"x".repeat(40_000_000)}\nend\n`, select), [
        ["3", "false"],
        ["40000000", "true"],
      ]);
      assert.deepEqual(
        await read("line_over_100mb", Buffer.alloc(104_857_601, "x"), "select length(raw) from $"),
        refusal("Row size is larger than: 104857600. File: gs://lab/line_over_100mb.csv"),
      );
    });
  });

  it("refuse what isn't emulated: other formats, options and types, schema detection, invalid addresses", async () => {
    lab.write("there.csv", "1\n");
    const csv = "format = 'CSV', uris = ['gs://lab/there.csv']";
    const refusals: [string, string][] = [
      ["(a string) options (format = 'JSON', uris = ['gs://lab/there.csv'])", "format 'JSON' is not emulated; use CSV"],
      [`(a string) options (${csv}, max_staleness = 1)`, "option 'max_staleness' is not emulated; leave it out"],
      [`options (${csv})`, "name the columns; finding them in the files is not emulated"],
      [
        "(a string) options (format = 'CSV', uris = ['lab/there.csv'])",
        "'lab/there.csv' isn't a gs://bucket/object address",
      ],
      [`(a int64) options (${csv})`, "column 'a': type INT64 is not emulated; use STRING"],
    ];
    for (const [definition, message] of refusals)
      assert.deepEqual(await lab.patched.query(`create or replace external table lab.refused_ext ${definition}`), {
        status: 400,
        reason: "invalidQuery",
        message: `CREATE EXTERNAL TABLE: ${message}`,
      });
  });
});
