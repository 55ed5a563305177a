import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { functionCases } from "../contract/support/functionCases";
import { geographyCases } from "../contract/support/geographyCases";
import { analyze, type Analysis, type Statement } from "../support/zetaSql";
import { stack } from "./support/stack";

interface ListedJob {
  configuration: { labels?: Record<string, string>; query: { query: string } };
}

/** Every statement of flows and models that the stack's warehouse ran, in its order, by flow and task or by dbt's node. */
async function renderedStatements(url: string, project: string): Promise<Statement[]> {
  const answer = await fetch(`${url}/bigquery/v2/projects/${project}/jobs?projection=full&maxResults=10000`);
  const { jobs } = (await answer.json()) as { jobs: ListedJob[] };
  return jobs.reverse().flatMap(({ configuration: { labels = {}, query } }) => {
    const { kestra_flow_id: flow, kestra_task_id: task } = labels;
    const node = /"node_id": "([^"]+)"/.exec(query.query)?.[1];
    if (flow !== undefined) return [{ name: `flow ${flow}, task ${task}`, sql: query.query }];
    return "dbt_invocation_id" in labels ? [{ name: `dbt ${node ?? "(no node)"}`, sql: query.query }] : [];
  });
}

/** The tasks of the flows that send SQL to BigQuery, at any depth, named like their statements. */
function sqlTasks(): string[] {
  const below = (value: unknown): { id: string }[] => {
    if (Array.isArray(value)) return value.flatMap(below);
    if (typeof value !== "object" || value === null) return [];
    const own = "sql" in value && "id" in value ? [value as { id: string }] : [];
    return [...own, ...Object.values(value).flatMap(below)];
  };
  return readdirSync("flows").flatMap((file) => {
    const flow = parse(readFileSync(join("flows", file), "utf8")) as { id: string };
    return below(flow).map(({ id }) => `flow ${flow.id}, task ${id}`);
  });
}

const modelNames = () =>
  readdirSync(join("dbt", "models"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".sql"))
    .map((file) => basename(file, ".sql"));

describe("every statement of the flows and models, as a run rendered it", () => {
  let statements: Statement[];
  let analyses: Analysis[];

  before(async function () {
    this.timeout("10m");
    const local = await stack();
    // a month that is loaded again, and an increment of the models
    await local.succeed("05_gcp_load_data_scheduled", { month: "2026-08" });
    await local.succeed("05_gcp_load_data_scheduled");
    await local.succeed("06_gcp_dbt");
    const { url, project } = local.warehouse;
    statements = await renderedStatements(url, project);
    analyses = await analyze(project, statements);
  });

  it("comes from every task with SQL, and every model", () => {
    const names = new Set(statements.map(({ name }) => name));
    const wanted = [...sqlTasks(), ...modelNames().map((name) => `dbt model.bay_wheels.${name}`)];
    assert.ok(wanted.length > 15);
    assert.deepEqual(
      wanted.filter((name) => !names.has(name)),
      [],
    );
    for (const model of ["facts_baywheels_trips", "int_station_days"])
      assert.ok(
        statements.some(({ sql }) => new RegExp(`^\\s*delete from .*${model}`, "m").test(sql)),
        model,
      );
  });

  it("is one that BigQuery's own analyzer takes, on tables as our DDL makes them, and reads no partition without need", () => {
    const refused = analyses.flatMap(({ name, findings }, index) =>
      findings.map(({ message, line }) => {
        const text = line === null ? "" : `: ${statements[index]!.sql.split("\n")[line - 1]!.trim()}`;
        return `${name}, line ${line}${text}: ${message}`;
      }),
    );
    assert.deepEqual([...new Set(refused)], []);
  });

  it("uses functions and casts that were compared with ZetaSQL's or with geometry, and no other", async () => {
    const cases = [...Object.values(functionCases), ...geographyCases].map((sql) => ({ name: "", sql }));
    const compared = new Set((await analyze("lab", cases)).flatMap(({ uses }) => uses));
    const used = new Set(analyses.flatMap(({ uses }) => uses));
    assert.ok(used.size > 50);
    assert.deepEqual([...used].filter((use) => !compared.has(use)).sort(), []);
  });
});
