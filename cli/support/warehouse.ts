import { Unreachable } from "./exitCode";

/** Where a stack's dataset is reached. */
export interface Warehouse {
  /** Root of BigQuery's API: Google's, or the emulator's. */
  url: string;
  project: string;
  dataset: string;
  /** Location of the dataset; default: BigQuery finds it by the tables. */
  location?: string;
  /** Access token for Google's API; the emulator needs none. */
  token?: () => Promise<string>;
}

/** A column of a result. */
export interface Field {
  name: string;
  type: string;
  mode?: string;
  fields?: Field[];
}

/** A value as the API gives it: text, null, an array, or the fields of a struct. */
export type Cell = string | null | { v: Cell }[] | { f: { v: Cell }[] };
export type Row = Record<string, string | null>;

export interface Result {
  fields: Field[];
  rows: Cell[][];
  /** Rows of the whole result, of which `rows` may be the first ones. */
  totalRows: number;
  /** Bytes that BigQuery read; undefined where it doesn't count them: the emulator. */
  bytes?: number;
}

/** Limits of a query. */
export interface Limits {
  /** Rows to fetch; default: all. */
  rows?: number;
  /** Seconds until the query is stopped; default: 120. */
  seconds?: number;
  /** BigQuery refuses a query that would read more; the emulator reads for free. */
  bytes?: number;
}

interface Answer {
  jobComplete?: boolean;
  jobReference?: { jobId: string; location?: string };
  schema?: { fields: Field[] };
  rows?: { f: { v: Cell }[] }[];
  totalRows?: string;
  totalBytesProcessed?: string;
  pageToken?: string;
}

/** Rows of one request. */
const pageSize = 10_000;
/** Milliseconds that one request waits for a query's end. */
const longestPoll = 10_000;
/** Seconds until a request that got no answer is given up. */
const usualPatience = 120;

/**
 * One request to BigQuery's REST API below the project.
 * @param what the subject of messages
 * @throws Unreachable, or Error with BigQuery's own message
 */
async function request<T>(
  { url, project, token }: Warehouse,
  what: string,
  path: string,
  { body, seconds = usualPatience }: { body?: object; seconds?: number } = {},
): Promise<T> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) Object.assign(headers, { authorization: `Bearer ${await token()}`, "x-goog-user-project": project });
  let response: Response, text: string;
  try {
    response = await fetch(`${url}/bigquery/v2/projects/${project}${path}`, {
      ...(body && { method: "POST", body: JSON.stringify(body) }),
      headers,
      signal: AbortSignal.timeout(Math.ceil(seconds * 1000)),
    });
    text = await response.text();
  } catch (error) {
    if ((error as Error).name === "TimeoutError")
      throw new Error(`${what}: stopped, because there was no answer within ${Math.ceil(seconds)} s`);
    const { cause, message } = error as Error;
    const remedy = token ? "Check your network connection." : "Start it with: npm start";
    throw new Unreachable(
      `${what}: BigQuery at ${url} can't be reached: ${cause instanceof Error ? cause.message : message}. ${remedy}`,
    );
  }
  if (response.ok) return JSON.parse(text) as T;
  throw new Error(`${what}: BigQuery's response was ${response.status}: ${messageOf(text)}`);
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text.slice(0, 300);
  }
}

/** A statement with its tables, named `{table}`, completed by project and dataset. */
const completed = ({ project, dataset }: Warehouse, sql: string) =>
  sql.replace(/\{([A-Za-z_]\w*)\}/g, `\`${project}.${dataset}.$1\``);

/** Runs a query; its rows as the API gives them. */
export async function runQuery(warehouse: Warehouse, what: string, sql: string, limits: Limits = {}): Promise<Result> {
  const { rows: wanted = Infinity, seconds = usualPatience, bytes } = limits;
  const until = Date.now() + seconds * 1000;
  const maxResults = Math.min(wanted, pageSize);
  const { location } = warehouse;
  const ask = (path: string, body?: object) => {
    const left = Math.max(1, (until - Date.now()) / 1000);
    return request<Answer>(warehouse, what, path, { body, seconds: left + longestPoll / 1000 });
  };
  let answer = await request<Answer>(warehouse, what, "/queries", {
    body: {
      query: completed(warehouse, sql),
      useLegacySql: false,
      maxResults,
      // else BigQuery gives timestamps as floats
      formatOptions: { useInt64Timestamp: true },
      timeoutMs: Math.min(longestPoll, seconds * 1000),
      jobTimeoutMs: String(seconds * 1000),
      ...(location && { location }),
      ...(bytes && { maximumBytesBilled: String(bytes) }),
    },
    // the emulator answers at the query's end only
    seconds: warehouse.token ? usualPatience : seconds,
  });
  const job = answer.jobReference;
  const options = `maxResults=${maxResults}&formatOptions.useInt64Timestamp=true`;
  const results = `/queries/${job?.jobId}?${options}${job?.location ? `&location=${job.location}` : ""}`;
  while (answer.jobComplete === false) {
    if (Date.now() > until) {
      await request(warehouse, what, `/jobs/${job!.jobId}/cancel?location=${job?.location ?? ""}`, { body: {} });
      throw new Error(`${what}: stopped after ${seconds} s`);
    }
    answer = await ask(`${results}&timeoutMs=${longestPoll}`);
  }
  const { schema, totalRows, totalBytesProcessed } = answer;
  const rows = answer.rows ?? [];
  while (answer.pageToken && rows.length < wanted) {
    answer = await ask(`${results}&pageToken=${encodeURIComponent(answer.pageToken)}`);
    rows.push(...(answer.rows ?? []));
  }
  return {
    fields: schema?.fields ?? [],
    rows: rows.slice(0, wanted).map(({ f }) => f.map(({ v }) => v)),
    totalRows: Number(totalRows ?? rows.length),
    ...(warehouse.token && totalBytesProcessed && { bytes: Number(totalBytesProcessed) }),
  };
}

/**
 * What kind of statement it is, such as SELECT, by a dry run, which runs nothing; undefined if BigQuery doesn't say.
 * @throws Error with BigQuery's own message if it's no valid statement
 */
export async function statementType(
  warehouse: Warehouse,
  what: string,
  sql: string,
  seconds?: number,
): Promise<string | undefined> {
  const { project: projectId, location } = warehouse;
  const body = {
    configuration: { dryRun: true, query: { query: completed(warehouse, sql), useLegacySql: false } },
    ...(location && { jobReference: { projectId, location } }),
  };
  const job = await request<{ statistics?: { query?: { statementType?: string } } }>(warehouse, what, "/jobs", {
    body,
    seconds,
  });
  return job.statistics?.query?.statementType;
}

/** All rows of a query, each value as text. A table is named `{table}`, without project and dataset. */
export async function query(warehouse: Warehouse, what: string, sql: string): Promise<Row[]> {
  return rowsOf(await runQuery(warehouse, what, sql));
}

/** The rows of a result by the names of their columns, each value as text. */
export function rowsOf({ fields, rows }: Result): Row[] {
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [fields[i]!.name, cell])) as Row);
}

/** Names of the dataset's tables and views. */
export async function tables(warehouse: Warehouse): Promise<Set<string>> {
  const names = new Set<string>();
  for (let page = ""; ;) {
    const path = `/datasets/${warehouse.dataset}/tables?maxResults=1000${page}`;
    const answer = await request<{ tables?: { tableReference: { tableId: string } }[]; nextPageToken?: string }>(
      warehouse,
      "Tables of the dataset",
      path,
    );
    for (const { tableReference } of answer.tables ?? []) names.add(tableReference.tableId);
    if (!answer.nextPageToken) return names;
    page = `&pageToken=${encodeURIComponent(answer.nextPageToken)}`;
  }
}
