import { UsageError } from "../commandLine";
import { openStack } from "../support/openStack";
import { count } from "../support/printTable";
import { formats } from "../support/resultText";
import { runQuery, statementType } from "../support/warehouse";

interface Flags {
  format?: string;
  limit?: string;
  timeout?: string;
  "max-gb"?: string;
  stack?: string;
}

/** Bytes with a unit. */
const size = (bytes: number) => (bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);

/**
 * `./bay sql`: prints the rows of a query. BigQuery itself says by a dry run whether the statement only reads.
 * @throws UsageError for a statement that isn't a query
 */
export async function sql(text: string, flags: Flags): Promise<number> {
  const { warehouse } = openStack(flags.stack);
  const {
    format = process.stdout.isTTY ? "table" : "csv",
    limit = "1000",
    timeout = "60",
    "max-gb": gb = "10",
  } = flags;
  const until = Date.now() + Number(timeout) * 1000;
  const type = await statementType(warehouse, "Query", text, Number(timeout));
  if (type !== "SELECT")
    throw new UsageError(
      `./bay sql: only a query is allowed, not ${type ?? "an unknown statement"}. Nothing was changed.`,
    );
  const result = await runQuery(warehouse, "Query", text, {
    rows: Number(limit),
    seconds: Math.max(1, Math.ceil((until - Date.now()) / 1000)),
    bytes: Number(gb) * 1e9,
  });
  console.log(formats[format]!(result));
  const { rows, totalRows, bytes } = result;
  const shown =
    rows.length < totalRows
      ? `The first ${count(rows.length)} of ${count(totalRows)} rows; more: --limit ${totalRows}`
      : `${count(totalRows)} ${totalRows === 1 ? "row" : "rows"}`;
  console.error(bytes === undefined ? shown : `${shown}; ${size(bytes)} processed`);
  return 0;
}
