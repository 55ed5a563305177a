import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireToolchain, toolchains } from "../../tools/toolchains";
import { toolPath } from "../../tools/tools";

/** SQL of one job, under any name. */
export interface Statement {
  name: string;
  sql: string;
}

/** Days, both ends included; where a list names them, these. */
export interface Days {
  from: string;
  to: string;
  days: string[] | null;
}

/** A table that a statement reads; views are seen through. */
export interface Scan {
  table: string;
  /** Those that it needs, sorted. */
  columns: string[];
  /**
   * Of a partitioned table: its column, `day` or `month`, and the days that constants leave; null: every partition is
   * read.
   */
  partitions: { column: string; granularity: string; bounds: Days | null } | null;
  /** It may change or delete rows of the table, which takes all columns, beside the scan of those that it names. */
  changed: boolean;
  /** Where its statement begins, which tells those of a script apart. */
  line: number;
}

/** What Google's analyzer of BigQuery's dialect says of a statement. */
export interface Analysis {
  name: string;
  /** Why BigQuery would refuse it, or read a whole table for it; `line` counts from 1. */
  findings: { message: string; line: number | null }[];
  /** Functions, operators and casts with their types, such as `coalesce(DATE)`. */
  uses: string[];
  scans: Scan[];
}

/** A query, and the tables that it reads, each made by a query of its own. */
export interface ReferenceQuery {
  sql: string;
  tables?: Statement[];
}

/** Cells as BigQuery's REST API gives them, a TIMESTAMP in microseconds. */
export type ReferenceCell = string | null | ReferenceCell[];

/** What ZetaSQL's reference implementation made of a query. */
export interface ReferenceResult {
  types: string[] | null;
  rows: ReferenceCell[][] | null;
  error: string | null;
}

async function ask<T>(request: unknown): Promise<T> {
  const java = join(requireToolchain(toolchains.jdk), "bin", "java");
  const running = promisify(execFile)(java, ["-jar", toolPath("zetasql", "zetasql.jar")], { maxBuffer: 1 << 28 });
  running.child.stdin!.end(`${JSON.stringify(request)}\n`);
  return JSON.parse((await running).stdout) as T;
}

/** Analyzes statements in their order, each against the tables that those before it made. */
export function analyze(project: string, statements: Statement[]): Promise<Analysis[]> {
  return ask({ project, analyze: statements });
}

/** Runs queries by ZetaSQL's reference implementation, which knows no geography. */
export function evaluate(queries: ReferenceQuery[]): Promise<ReferenceResult[]> {
  return ask({ evaluate: queries });
}
