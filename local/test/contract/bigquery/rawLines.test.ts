import assert from "node:assert/strict";
import { readFileSync, utimesSync } from "node:fs";
import { codePoints, rawOptions, readUnusual, unusualFiles } from "../../../lab/rawLines";
import { bigQueryLab, type BigQueryLab, type Result } from "../../../lab/bigQueryLab";

describe("BigQuery emulator: external tables of raw lines and of malformed CSV", () => {
  let lab: BigQueryLab;

  /** Creates an external table over a file and queries it; `$` stands for the table. */
  async function read(
    name: string,
    content: string | Buffer,
    select = "select raw from $",
    options = rawOptions,
    columns = "raw string",
  ): Promise<Result> {
    const uri = lab.write(`${name}.csv`, content);
    return lab.patched.query([
      `create or replace external table lab.${name} (${columns}) options (format = 'CSV', uris = ['${uri}'], ${options.join(", ")})`,
      select.replaceAll("$", `lab.${name}`),
    ]);
  }

  async function rowsOf(...file: Parameters<typeof read>) {
    const result = await read(...file);
    assert.ok("rows" in result, JSON.stringify(result));
    return result.rows;
  }

  /** The only column of each row. */
  const linesOf = async (...file: Parameters<typeof read>) => (await rowsOf(...file)).map(([line]) => line);

  const without = (option: string) => rawOptions.filter((each) => !each.startsWith(option));

  before(async () => {
    lab = await bigQueryLab();
  });

  it("shows the options, with the REST API's names", async () => {
    await rowsOf("shown", "a\n", "select raw from $", [...rawOptions, "description = 'as published'"]);
    const { externalDataConfiguration, description } = await lab.patched.table("shown");
    const { csvOptions, ignoreUnknownValues } = externalDataConfiguration as Record<string, unknown>;
    assert.deepEqual(
      { csvOptions, ignoreUnknownValues, description },
      {
        csvOptions: {
          fieldDelimiter: "\u0001",
          skipLeadingRows: "0",
          quote: "",
          allowQuotedNewlines: false,
          allowJaggedRows: false,
          preserveAsciiControlCharacters: true,
          encoding: "UTF-8",
        },
        ignoreUnknownValues: true,
        description: "as published",
      },
    );
  });

  it("tests the options of the flow", () => {
    const statement = readFileSync("flows/sql/external_table.sql", "utf8");
    for (const option of rawOptions) assert.ok(statement.includes(`    ${option},\n`), option);
  });

  for (const [index, { what, content, lines }] of unusualFiles.entries())
    it(`reads as test:live expects of BigQuery: ${what}`, async () => {
      const [create, select] = readUnusual(`lab.unusual_${index}`, lab.write(`unusual_${index}.csv`, content));
      const found = await lab.patched.rows([create!, select!]);
      assert.deepEqual(found.flat().sort(), lines.map(codePoints).sort());
    });

  it("treats byte 1 as the delimiter: what follows it is dropped, or an error", async () => {
    assert.deepEqual(await linesOf("delimiter", "x\u0001y\u0001z\nw\n"), ["x", "w"]);
    const refused = await read("delimiter", "x\u0001y\nw\n", "select raw from $", without("ignore_unknown_values"));
    assert.match(
      "message" in refused ? refused.message : "",
      /^Error while reading table, error message: CSV line 1: /,
    );
  });

  it("refuses NUL bytes unless control characters are preserved", async () => {
    const refused = await read("nul", "a\0b\n", "select raw from $", without("preserve_ascii"));
    assert.deepEqual(refused, {
      status: 400,
      reason: "invalidQuery",
      message: "Error while reading table, error message: Bad character (ASCII 0) encountered. File: gs://lab/nul.csv",
    });
  });

  it("keeps a CR within quotes and ends a line at one outside", async () => {
    // DuckDB refuses it where surplus values are errors
    const options = ["allow_quoted_newlines = true", "ignore_unknown_values = true"];
    const columns = "a string, b string";
    const content = '1,"x\ry"\r2,"q""\r\n"\r\n3,z\n';
    assert.deepEqual(await rowsOf("quoted_cr", content, "select a, b from $ order by a", options, columns), [
      ["1", "x\ry"],
      ["2", 'q"\r\n'],
      ["3", "z"],
    ]);
  });

  it("reads 150,000 lines that end in a lone CR", async () => {
    const line =
      "G00000,electric_bike,2023-07-01 06:05:00,2023-07-01 06:25:00,Alder Yard,SF-A1,Birch Pier,SF-B2,37.7801,-122.4102";
    const select = "select count(*), countif(raw = '" + line + "'), max(length(raw)) from $";
    assert.deepEqual(await rowsOf("many_cr", `${line}\r`.repeat(150_000), select), [
      ["150000", "150000", String(line.length)],
    ]);
  });

  for (const [name, columns, options] of [
    ["raw", "raw string", rawOptions],
    ["quoted", "raw string, b string", ["allow_quoted_newlines = true"]],
    [
      "jagged",
      "raw string, b string",
      ["allow_jagged_rows = true", "allow_quoted_newlines = true", "ignore_unknown_values = true"],
    ],
  ] as const)
    it(`replaces bytes that aren't UTF-8 by U+FFFD: ${name}`, async () => {
      const content = Buffer.concat([
        Buffer.from('é,"ok"\n"caf'),
        Buffer.from([0xe9]),
        Buffer.from('",x\n"'),
        // a lone surrogate, and a character that the line end truncates
        Buffer.from([0xed, 0xa0, 0x80]),
        Buffer.from('",'),
        Buffer.from([0xe2, 0x82]),
        Buffer.from("\n"),
      ]);
      const select = "select raw from $";
      const bad = "\ufffd";
      assert.deepEqual(
        await linesOf(`bytes_${name}`, content, select, [...options], columns),
        name === "raw" ? ['é,"ok"', `"caf${bad}",x`, `"${bad}${bad}${bad}",${bad}`] : ["é", `caf${bad}`, bad.repeat(3)],
      );
    });

  it("finds a bad byte at the end of a large file, across read blocks", async () => {
    const line = Buffer.from(`${"é".repeat(31)}x\n`);
    const content = Buffer.concat([Buffer.alloc(line.length * 300_000, line), Buffer.from([0xff]), Buffer.from("\n")]);
    const select = `select count(*), countif(raw = '${"é".repeat(31)}x'), countif(raw = '\ufffd') from $`;
    assert.deepEqual(await rowsOf("large", content, select), [["300001", "300000", "1"]]);
  });

  it("reads a file that changes from bad to good to bad again", async () => {
    const at = (bytes: number[]) => Buffer.concat([Buffer.from("a"), Buffer.from(bytes), Buffer.from("\n")]);
    assert.deepEqual(await linesOf("changing", at([0xff])), ["a\ufffd"]);
    lab.write("changing.csv", at([0x62]));
    assert.deepEqual(await lab.patched.rows("select raw from lab.changing"), [["ab"]]);
    lab.write("changing.csv", at([0xff, 0x63]));
    // same time as before, different content
    utimesSync(lab.object("changing.csv"), 1, 1);
    assert.deepEqual(await lab.patched.rows("select raw from lab.changing"), [["a\ufffdc"]]);
  });

  it("reads a line of 40 MB", async () => {
    const select = "select length(raw), raw = repeat('x', 40000000) from $ order by 1";
    assert.deepEqual(await rowsOf("line_40mb", `${"x".repeat(40_000_000)}\nend\n`, select), [
      ["3", "false"],
      ["40000000", "true"],
    ]);
  });

  it("refuses a line of more than 100 MB with BigQuery's message", async () => {
    const refused = await read("line_over_100mb", Buffer.alloc(104_857_601, "x"), "select length(raw) from $");
    assert.deepEqual(refused, {
      status: 400,
      reason: "invalidQuery",
      message:
        "Error while reading table, error message: Row size is larger than: 104857600. File: gs://lab/line_over_100mb.csv",
    });
  });
});
