import { tableOf } from "./printTable";
import type { Cell, Field, Result } from "./warehouse";

const numbers = new Set(["INTEGER", "INT64", "FLOAT", "FLOAT64", "NUMERIC", "BIGNUMERIC"]);

/** A value as JSON has it; numbers that JavaScript can't hold exactly, and all other types, as text. */
export function valueOf(field: Field, cell: Cell = null): unknown {
  if (cell === null) return null;
  if (Array.isArray(cell)) return cell.map(({ v }) => valueOf(field, v));
  if (typeof cell === "object") {
    const { fields = [] } = field;
    return Object.fromEntries(fields.map((each, i) => [each.name, valueOf(each, cell.f[i]?.v)]));
  }
  return scalarOf(field.type, cell);
}

function scalarOf(type: string, text: string): unknown {
  switch (type) {
    case "INTEGER":
    case "INT64":
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case "FLOAT":
    case "FLOAT64":
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case "BOOLEAN":
    case "BOOL":
      return text === "true";
    case "TIMESTAMP":
      return instantOf(text);
    default:
      return text;
  }
}

const million = 1_000_000n;

/** Microseconds since 1970 in ISO 8601. */
function instantOf(text: string): string {
  const micros = BigInt(text);
  const rest = ((micros % million) + million) % million;
  const second = new Date(Number((micros - rest) / 1000n)).toISOString();
  return second.replace(".000Z", rest === 0n ? "Z" : `.${String(rest).padStart(6, "0")}Z`);
}

function textOf(value: unknown, missing: string): string {
  if (value === null) return missing;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A value in CSV (RFC 4180); a null is empty, and an empty text is quoted. */
const quoted = (value: unknown) => {
  const text = textOf(value, "");
  return /[",\r\n]/.test(text) || value === "" ? `"${text.replaceAll('"', '""')}"` : text;
};

/** A result in one of the formats of `./bay sql`, without a line end. */
export const formats: Record<string, (result: Result) => string> = {
  table: ({ fields, rows }) =>
    tableOf(
      fields.map(({ name }) => name),
      rows.map((row) => row.map((cell, i) => textOf(valueOf(fields[i]!, cell), "NULL"))),
      fields.map(({ type, mode }) => numbers.has(type) && mode !== "REPEATED"),
    ),
  csv: ({ fields, rows }) =>
    [fields.map(({ name }) => name), ...rows.map((row) => row.map((cell, i) => valueOf(fields[i]!, cell)))]
      .map((row) => row.map(quoted).join(","))
      .join("\n"),
  json: ({ fields, rows }) => {
    const objects = rows.map((row) =>
      Object.fromEntries(row.map((cell, i) => [fields[i]!.name, valueOf(fields[i]!, cell)])),
    );
    return objects.length === 0 ? "[]" : `[\n${objects.map((each) => `  ${JSON.stringify(each)}`).join(",\n")}\n]`;
  },
};
