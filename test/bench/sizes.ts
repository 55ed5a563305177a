import { query, type Warehouse } from "../../cli/support/warehouse";
import { request } from "../../local/services/rest";
import type { Days } from "../../local/oracles/zetasql/zetaSql";

/** A column as tables.get returns it. */
export interface Field {
  name: string;
  type: string;
  mode?: string;
}

/** A table as tables.get returns it: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
export interface TableInfo {
  type: string;
  schema: { fields: Field[] };
  timePartitioning?: { type: string; field?: string };
}

/**
 * SQL for the bytes of a non-null value:
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#data_type_sizes
 */
function valueSize(type: string, value: string): string {
  switch (type) {
    case "BOOL":
    case "BOOLEAN":
      return "1";
    case "INT64":
    case "INTEGER":
    case "FLOAT64":
    case "FLOAT":
    case "DATE":
    case "DATETIME":
    case "TIMESTAMP":
      return "8";
    // also the emulator's type of a sum of INT64
    case "NUMERIC":
      return "16";
    case "STRING":
    case "BYTES":
      return `2 + byte_length(${value})`;
    case "GEOGRAPHY":
      return `16 + 24 * st_numpoints(${value})`;
    default:
      throw new Error(`Unknown size of type ${type}: add it to test/bench/sizes.ts`);
  }
}

/** SQL for the bytes of a column's value in a row: 0 for null, the sum of its elements for an array. */
export function sizeExpression({ name, type, mode }: Field): string {
  if (mode === "REPEATED")
    return `coalesce((select sum(${valueSize(type, "element")}) from unnest(t.${name}) as element), 0)`;
  return `if(t.${name} is null, 0, ${valueSize(type, `t.${name}`)})`;
}

/** A condition for the partitions that hold these days. */
export function partitionCondition(column: string, granularity: string, { from, to, days }: Days): string {
  const partition = (value: string) => (granularity === "day" ? value : `date_trunc(${value}, ${granularity})`);
  const literal = (day: string) => partition(`date '${day}'`);
  const own = partition(`date(t.${column})`);
  if (days === null) return `${own} between ${literal(from)} and ${literal(to)}`;
  return days.length === 0 ? "false" : `${own} in (${days.map(literal).join(", ")})`;
}

/** A table's metadata. */
export async function tableInfo({ url, project, dataset }: Warehouse, table: string): Promise<TableInfo> {
  const path = `${url}/bigquery/v2/projects/${project}/datasets/${dataset}/tables/${table}`;
  return (await request<TableInfo>(`Table ${table}`, "GET", path))!;
}

/**
 * Logical bytes of some columns of a table.
 * @param condition selects partitions of the table, aliased `t`; default: all
 */
export async function bytesOf(
  warehouse: Warehouse,
  table: string,
  fields: Field[],
  condition = "true",
): Promise<number> {
  if (fields.length === 0) return 0;
  const sizes = fields.map(sizeExpression).join(" + ");
  const sql = `select sum(${sizes}) as bytes from {${table}} as t where ${condition}`;
  const [row] = await query(warehouse, `Size of ${table}`, sql);
  return Number(row!.bytes ?? 0);
}
