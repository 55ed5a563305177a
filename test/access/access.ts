import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** What permissions are checked on; `results`: the hidden dataset of the caller's own query results. */
export const resources = ["project", "dataset", "bucket", "results"] as const;
export type Resource = (typeof resources)[number];

/** Permissions by the resource that they are checked on. */
export type Needs = Partial<Record<Resource, string[]>>;

/** Where a row is from: Google's pages, and whether they were seen to say it. */
export interface Sourced {
  sources: string[];
  seen: boolean;
  note?: string;
}

/** A method of an API, or a kind of SQL statement, and what it needs. */
export interface Row extends Sourced {
  /** Method, as Google names it. */
  method?: string;
  /** Kind of statement, as {@link statementsOf} names it. */
  kind?: string;
  /** Requests that are calls of the method, such as `GET /bigquery/v2/projects/{project}/datasets`. */
  http?: string[];
  needs: Needs;
  /** Why the emulators never see the call. */
  unrecorded?: string;
}

/** Permissions that are held on a resource, by a role or without one. */
export interface Grant extends Sourced {
  role?: string;
  on: Resource;
  permissions: string[];
}

const load = <T>(name: string) => parse(readFileSync(`test/access/${name}.yaml`, "utf8")) as T;

/** Rows of test/access/methods.yaml. */
export const { methods, statements } = load<{ methods: Row[]; statements: Row[] }>("methods");

/** test/access/roles.yaml: the roles, and what the creator of a job holds without a role. */
export const { roles: grants, creator } = load<{ roles: Grant[]; creator: Grant & { after: string } }>("roles");

/** Every permission that is held with these roles, as `<permission> on <resource>`. */
function heldWith(roles: Grant[]): Set<string> {
  const held = ({ on, permissions }: Grant) => permissions.map((permission) => `${permission} on ${on}`);
  const all = new Set(roles.flatMap(held));
  return all.has(`${creator.after} on project`) ? new Set([...all, ...held(creator)]) : all;
}

/** What rows need and roles do not hold, as `<method or kind>: <permission> on <resource>`. */
export function uncovered(rows: Row[], roles: Grant[]): string[] {
  const held = heldWith(roles);
  return rows.flatMap(({ method, kind, needs }) =>
    resources
      .flatMap((resource) => (needs[resource] ?? []).map((permission) => `${permission} on ${resource}`))
      .filter((need) => !held.has(need))
      .map((need) => `${method ?? kind}: ${need}`),
  );
}

/** The names of one stack that stand in its requests; its outputs have them. */
export interface Names {
  project: string;
  dataset: string;
  bucket: string;
}

/** The pattern of a row's `http` as a regular expression. */
function requestPattern(http: string, names: Names): RegExp {
  const known: Record<string, string> = { ...names, results: "_\\w+" };
  return new RegExp(`^${http.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? "[^/]+")}$`);
}

/**
 * The patterns of methods that a request, such as `GET /bigquery/v2/projects/p/datasets`, is a call of.
 * @throws Error that names the request when it is not exactly one
 */
export function patternOf(request: string, names: Names): string {
  const all = methods.flatMap(({ http = [] }) => http);
  const found = all.filter((http) => requestPattern(http, names).test(request));
  if (found.length === 1) return found[0]!;
  throw new Error(`${request}: ${found.length} rows of test/access/methods.yaml have it, one must`);
}

/** Requests of Cloud Storage's emulator in a part of its log, without their queries. */
export const storageRequests = (log: string) =>
  [...log.matchAll(/\\"([A-Z]+) ([^\s?]+)\S* HTTP\/[\d.]+\\" \d{3}/g)].map(([, verb, path]) => `${verb} ${path}`);

/** Requests of BigQuery's emulator in a part of its log. One by gRPC is its whole line, which no row has. */
export function bigQueryRequests(log: string): string[] {
  // eslint-disable-next-line no-control-regex
  const lines = log.replace(/\x1b\[[\d;]*m/g, "").split("\n");
  return lines.flatMap((line) => {
    const [, verb, path] = / http\.request .* method=([A-Z]+) path=(\S+) /.exec(line) ?? [];
    if (verb !== undefined) return [`${verb} ${path}`];
    return line.includes("[bqemulator.grpc_api.") ? [line] : [];
  });
}

/** One statement of a script. */
export interface Statement {
  /**
   * Its leading keywords, and what its permissions depend on besides: `create or replace table as select, expiring`.
   */
  kind: string;
  /** Last part of each name in backticks, the target of a CREATE first. */
  names: string[];
}

const comment = String.raw`--[^\n]*|#[^\n]*|/\*[\s\S]*?\*/`;
const text = String.raw`'''(?:\\[\s\S]|[\s\S])*?'''|"""(?:\\[\s\S]|[\s\S])*?"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`;
const token = new RegExp(`${comment}|${text}|(\`[^\`]+\`(?:\\.\`[^\`]+\`)*|[A-Za-z_]\\w*|[^\\s])`, "g");

/** The leading keywords of a CREATE, longest first. */
const heading =
  /^create( or replace)?( temp| temporary)?( external)? (table|view|schema|function|procedure|\w+)( if not exists)?/;

function kindOf(words: string[]): string {
  const [first] = words;
  if (first === "with" || first === "select") return "select";
  if (first === "begin" || first === "commit") return words.join(" ");
  const [head] = heading.exec(words.join(" ")) ?? [];
  if (head === undefined) return first ?? "";
  const isTable = / table( if not exists)?$/.test(head) && !head.includes(" external ");
  const select = isTable && /\bas (\( )*(select|with)\b/.test(words.join(" ")) ? " as select" : "";
  return head + select + (words.includes("expiration_timestamp") ? ", expiring" : "");
}

/** The statements of a job's SQL, in lower case, whatever stands in comments and texts. */
export function statementsOf(sql: string): Statement[] {
  const tokens = [...sql.matchAll(token)].flatMap(([, word]) => (word === undefined ? [] : [word.toLowerCase()]));
  const parts: string[][] = [[]];
  for (const word of tokens) {
    if (word === ";") parts.push([]);
    else parts.at(-1)!.push(word);
  }
  return parts
    .filter((words) => words.length > 0)
    .map((words) => ({
      kind: kindOf(words),
      names: words.filter((word) => word.startsWith("`")).map((word) => word.replaceAll("`", "").split(".").at(-1)!),
    }));
}

/** Kinds of the statements of jobs, each once, and whether any reads an external table that one of them makes. */
export function kindsOf(jobs: string[]): Set<string> {
  const all = jobs.flatMap(statementsOf);
  const isExternal = ({ kind }: Statement) => kind.includes("external table");
  const external = new Set(all.filter(isExternal).map(({ names }) => names[0]));
  const reads = all.some((statement) => !isExternal(statement) && statement.names.some((name) => external.has(name)));
  return new Set([...all.map(({ kind }) => kind), ...(reads ? ["read of an external table"] : [])]);
}
