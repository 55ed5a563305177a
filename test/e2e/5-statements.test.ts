import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { functionCases } from "../../local/oracles/zetasql/functionCases";
import { geographyCases } from "../../local/oracles/zetasql/geographyCases";
import { renderedStatements, type Rendered } from "../support/statements";
import { analyze, type Analysis } from "../../local/oracles/zetasql/zetaSql";
import { stack } from "../support/stack";

/** The tasks of the flows that send SQL to BigQuery, at any depth, named like their statements. */
function sqlTasks(): string[] {
  const below = (value: unknown): { id: string }[] => {
    if (Array.isArray(value)) return value.flatMap(below);
    if (typeof value !== "object" || value === null) return [];
    const own = "sql" in value && "id" in value ? [value as { id: string }] : [];
    return [...own, ...Object.values(value).flatMap(below)];
  };
  const files = readdirSync("flows").filter((file) => file.endsWith(".yaml"));
  return files.flatMap((file) => {
    const flow = parse(readFileSync(join("flows", file), "utf8")) as { id: string };
    return below(flow).map(({ id }) => `flow ${flow.id}, task ${id}`);
  });
}

const modelNames = () =>
  readdirSync(join("dbt", "models"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".sql"))
    .map((file) => basename(file, ".sql"));

/** Tasks, models and increments of models that ran no statement. */
function missing(statements: Rendered[]): string[] {
  const names = new Set(statements.map(({ name }) => name));
  const merged = (model: string) =>
    statements.some(({ sql }) => new RegExp(`^\\s*merge into .*${model}`, "m").test(sql));
  return [
    ...[...sqlTasks(), ...modelNames().map((name) => `dbt model.bay_wheels.${name}`)].filter(
      (name) => !names.has(name),
    ),
    ...["facts_baywheels_trips", "int_station_months", "mart_trips_by_month"].filter((model) => !merged(model)),
  ];
}

/** Full builds: they read everything, as the first one must. */
function fullBuilds(statements: Rendered[]): Set<string | undefined> {
  const anew = statements.filter(({ sql }) => /^\s*create or replace table .*facts_baywheels_trips`\s*$/m.test(sql));
  return new Set(anew.map(({ invocation }) => invocation));
}

/**
 * Partitioned tables that may be read whole: the rows of one build; for the stations, one row per station and month;
 * for the yearly growth, one row per month and county; and the rejected rows, by a view that somebody queries.
 */
const mayBeReadWhole = [
  /: .*\.\w+__dbt_tmp\d*$/,
  /^dbt model\.bay_wheels\.dim_stations: .*\.int_station_months$/,
  /^dbt model\.bay_wheels\.mart_quality_by_month: .*\.baywheels_tripdata_rejected$/,
  /^dbt (model|test)\.bay_wheels\.mart_growth_by_county.*: .*\.mart_trips_by_month$/,
];

describe("every statement of the flows and models, as a run rendered it", () => {
  let statements: Rendered[];
  let analyses: Analysis[];

  before(async function () {
    this.timeout("10m");
    const local = await stack();
    const { url, project } = local.warehouse;
    statements = await renderedStatements(url, project);
    if (missing(statements).length > 0) {
      // where this file runs alone: a month that is loaded again, and an increment of the models
      await local.succeed("04_gcp_load_month", { month: "2026-08", reload: "true" });
      await local.succeed("05_gcp_load_data_scheduled", { build: "false" });
      await local.succeed("06_gcp_dbt");
      statements = await renderedStatements(url, project);
    }
    analyses = await analyze(project, statements);
  });

  it("comes from every task with SQL, and every model", () => {
    assert.ok(sqlTasks().length + modelNames().length > 15);
    assert.deepEqual(missing(statements), []);
  });

  it("passes BigQuery's own analyzer on the tables of our DDL, and reads no partition without need", () => {
    const refused = analyses.flatMap(({ name, findings }, index) =>
      findings.map(({ message, line }) => {
        const text = line === null ? "" : `: ${statements[index]!.sql.split("\n")[line - 1]!.trim()}`;
        return `${name}, line ${line}${text}: ${message}`;
      }),
    );
    assert.deepEqual([...new Set(refused)], []);
  });

  it("reads only the partitions that constants name, however long the history is", () => {
    const full = fullBuilds(statements);
    const read = analyses.flatMap(({ name, scans }, index) => {
      const { invocation } = statements[index]!;
      if (invocation !== undefined && full.has(invocation)) return [];
      return scans.filter(({ partitions }) => partitions !== null).map((scan) => ({ name, ...scan }));
    });
    // views and tests are seen through
    for (const [by, table] of [
      ["flow 04_gcp_load_month, task merge_month", "baywheels_tripdata"],
      ["dbt model.bay_wheels.facts_baywheels_trips", "baywheels_tripdata"],
      ["dbt model.bay_wheels.mart_trips_by_month", "facts_baywheels_trips"],
      ["dbt test.bay_wheels.facts_equal_main_table", "baywheels_tripdata"],
      ["dbt test.bay_wheels.facts_are_possible", "facts_baywheels_trips"],
    ] as const)
      assert.ok(
        read.some(({ name, table: scanned }) => name.startsWith(by) && scanned.endsWith(`.${table}`)),
        `${by}: ${table}`,
      );
    const whole = read
      .filter(({ partitions }) => partitions!.bounds === null)
      .map(({ name, table }) => `${name}: ${table}`);
    assert.deepEqual(
      [...new Set(whole)].filter((each) => !mayBeReadWhole.some((pattern) => pattern.test(each))),
      [],
    );
  });

  it("uses only functions and casts that were compared with ZetaSQL or with geometry", async () => {
    const cases = [...Object.values(functionCases), ...geographyCases].map((sql) => ({ name: "", sql }));
    const compared = new Set((await analyze("lab", cases)).flatMap(({ uses }) => uses));
    const used = new Set(analyses.flatMap(({ uses }) => uses));
    assert.ok(used.size > 50);
    assert.deepEqual([...used].filter((use) => !compared.has(use)).sort(), []);
  });
});
