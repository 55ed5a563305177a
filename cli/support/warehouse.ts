import { request } from "../../local/services/rest";

type Cell = { v: string | null };
interface Answer {
  schema?: { fields: { name: string }[] };
  rows?: { f: Cell[] }[];
}

/** Where the dataset of stack `local` is reached. */
export interface Warehouse {
  /** Root of the BigQuery emulator. */
  url: string;
  project: string;
  dataset: string;
}

/**
 * Rows of a query by BigQuery's REST API, each value as text. A table is named `{table}`, without project and dataset.
 */
export async function query(
  { url, project, dataset }: Warehouse,
  what: string,
  sql: string,
): Promise<Record<string, string | null>[]> {
  const answer = await request<Answer>(what, "POST", `${url}/bigquery/v2/projects/${project}/queries`, {
    query: sql.replace(/\{(\w+)\}/g, `\`${project}.${dataset}.$1\``),
    useLegacySql: false,
    maxResults: 10_000,
    timeoutMs: 120_000,
  });
  const names = answer?.schema?.fields.map((field) => field.name) ?? [];
  return (answer?.rows ?? []).map(
    (row) => Object.fromEntries(row.f.map((cell, i) => [names[i], cell.v])) as Record<string, string | null>,
  );
}

/** Names of the dataset's tables and views. */
export async function tables({ url, project, dataset }: Warehouse): Promise<Set<string>> {
  const path = `${url}/bigquery/v2/projects/${project}/datasets/${dataset}/tables?maxResults=10000`;
  const answer = await request<{ tables?: { tableReference: { tableId: string } }[] }>(
    "Tables of the dataset",
    "GET",
    path,
  );
  return new Set((answer?.tables ?? []).map((table) => table.tableReference.tableId));
}
