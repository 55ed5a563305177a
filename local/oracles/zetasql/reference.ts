import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate, type ReferenceCell, type ReferenceQuery, type ReferenceResult, type Statement } from "./zetaSql";
import type { Cell, Emulator } from "../../lab/bigQueryLab";

/** BigQuery's REST API has older names for three types. */
const typeNames: Record<string, string> = { INTEGER: "INT64", FLOAT: "FLOAT64", BOOLEAN: "BOOL" };
const nameOf = (type: string) => typeNames[type] ?? type;

/** A TIMESTAMP in microseconds, as ZetaSQL's oracle gives it. */
const inMicroseconds = { formatOptions: { useInt64Timestamp: true } };

const elementOf = (type: string) => type.replace(/^array<(.*)>$/i, "$1");

/** A cell in one way of writing, whichever engine wrote it. */
function plain(cell: Cell | ReferenceCell, type: string): unknown {
  if (cell === null) return null;
  if (Array.isArray(cell)) return cell.map((each) => plain(each, elementOf(type)));
  if (type === "FLOAT64") return Number(cell);
  if (type === "DATETIME") return cell.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  return cell;
}

/** Fails unless the emulator gives the types and rows of ZetaSQL's reference implementation, in its order or in any. */
export async function assertSame(
  emulator: Emulator,
  sql: string,
  { types, rows, error }: ReferenceResult,
  order: "same" | "any" = "same",
) {
  assert.equal(error, null);
  const result = await emulator.query(sql, inMicroseconds);
  if (!("rows" in result)) throw new Error(result.message);
  const plainRows = (table: (Cell | ReferenceCell)[][]) => {
    const all = table.map((row) => row.map((cell, column) => plain(cell, types![column]!)));
    return order === "same" ? all : all.map((row) => JSON.stringify(row)).sort();
  };
  assert.deepEqual(
    { types: result.types.map(nameOf), rows: plainRows(result.rows) },
    { types: types!.map(elementOf), rows: plainRows(rows!) },
  );
}

interface TableBody {
  schema: { fields: { name: string; type: string; mode?: string }[] };
  rows?: { f: { v: string | null | { v: string | null }[] }[] }[];
}

function literal(value: string | null | { v: string | null }[], type: string): string {
  if (value === null) return `cast(null as ${type})`;
  if (Array.isArray(value)) return `${type}[${value.map(({ v }) => literal(v, elementOf(type))).join(", ")}]`;
  if (type === "BYTES") return `from_base64('${value}')`;
  if (type === "TIMESTAMP") return `timestamp_micros(${value})`;
  return `cast(${JSON.stringify(value)} as ${type})`;
}

/** A table of the emulator with all its rows, as ZetaSQL's oracle takes it: a query that makes them. */
async function tableOf(emulator: Emulator, name: string): Promise<Statement> {
  const query = { query: `select * from \`${name}\``, useLegacySql: false, ...inMicroseconds };
  const { schema, rows = [] } = (await emulator.send("POST", "/queries", query)).body as TableBody;
  const fields = schema.fields.map(({ name, type, mode }) => ({
    name,
    type: mode === "REPEATED" ? `array<${nameOf(type)}>` : nameOf(type),
  }));
  const struct = `struct<${fields.map((field) => `${field.name} ${field.type}`).join(", ")}>`;
  const values = rows.map((row) => `${struct}(${row.f.map(({ v }, i) => literal(v, fields[i]!.type)).join(", ")})`);
  return { name, sql: `select * from unnest(array<${struct}>[${values.join(", ")}])` };
}

/** A query over tables that stand in it as three quoted names, with these tables as the emulator holds them now. */
async function withTables(emulator: Emulator, sql: string): Promise<ReferenceQuery> {
  const whole = sql.replace(/`([\w-]+)`\.`(\w+)`\.`(\w+)`/g, "`$1.$2.$3`");
  const names = new Set([...whole.matchAll(/`([\w-]+\.\w+\.\w+)`/g)].map(([, name]) => name!));
  return { sql: whole, tables: await Promise.all([...names].map((name) => tableOf(emulator, name))) };
}

/**
 * Runs the compiled models that need no geography on both engines, over the tables as they are now; all of them have
 * rows.
 */
export async function assertSameModels(emulator: Emulator, compiled: string): Promise<void> {
  const models = readdirSync(compiled, { recursive: true, encoding: "utf8" })
    .filter((place) => place.endsWith(".sql") && !place.includes(".yml"))
    .map((place) => ({ place, sql: readFileSync(join(compiled, place), "utf8") }))
    .filter(({ sql }) => !/\bst_\w+\(/.test(sql));
  assert.ok(models.length >= 10);
  const queries = await Promise.all(models.map(({ sql }) => withTables(emulator, `select * from (${sql}\n)`)));
  const expected = await evaluate(queries);
  for (const [index, { sql }] of queries.entries()) await assertSame(emulator, sql, expected[index]!, "any");
  const empty = models.flatMap(({ place }, index) => (expected[index]!.rows!.length === 0 ? [place] : []));
  assert.deepEqual(empty, []);
}
