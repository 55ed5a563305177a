import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { ServiceName } from "../../local/services/definitions";
import {
  bigQueryRequests,
  grants,
  kindsOf,
  methods,
  patternOf,
  statements,
  storageRequests,
  uncovered,
  type Names,
  type Row,
} from "../access/access";
import { stack, type Stack } from "../support/stack";

interface ListedJob {
  statistics: { creationTime: string };
  configuration: { labels?: Record<string, string>; query: { query: string } };
}

/** Requests to both emulators and jobs of BigQuery, of the flows alone: nothing else runs meanwhile. */
interface Recording {
  requests: string[];
  jobs: ListedJob[];
}

/** Runs every flow that calls Google Cloud: a month again, months that are new, dbt's four commands. */
async function runFlows(local: Stack): Promise<void> {
  await local.succeed("02_gcp_load_bay_area_county");
  await local.succeed("04_gcp_load_month", { month: "2026-08", reload: "true" });
  await local.succeed("05_gcp_load_data_scheduled", { build: "false" });
  for (const command of ["dbt debug", "dbt build", "dbt build --full-refresh", "dbt source freshness"])
    await local.succeed("06_gcp_dbt", { dbt_command: command });
}

async function record(local: Stack): Promise<Recording> {
  const log = (service: ServiceName) => readFileSync(local.workspace.path(".local/services", service, "log"), "utf8");
  const [storage, bigquery, since] = [log("storage").length, log("bigquery").length, Date.now()];
  await runFlows(local);
  // read before the list of jobs is asked for: that is no call of the flows
  const requests = [
    ...storageRequests(log("storage").slice(storage)),
    ...bigQueryRequests(log("bigquery").slice(bigquery)),
  ];
  const { url, project } = local.warehouse;
  const answer = await fetch(`${url}/bigquery/v2/projects/${project}/jobs?projection=full&maxResults=10000`);
  const { jobs } = (await answer.json()) as { jobs: ListedJob[] };
  return { requests, jobs: jobs.filter(({ statistics }) => Number(statistics.creationTime) >= since) };
}

describe("the roles of the flows, for all that a run really calls", () => {
  let requests: string[];
  let jobs: ListedJob[];
  let patterns: Set<string>;
  let kinds: Set<string>;
  let recorded: Row[];

  before(async function () {
    this.timeout("10m");
    const local = await stack();
    ({ requests, jobs } = await record(local));
    const names = JSON.parse(await local.workspace.pulumi("stack", "output", "--json")) as Names;
    patterns = new Set(requests.map((request) => patternOf(request, names)));
    kinds = kindsOf(jobs.map(({ configuration }) => configuration.query.query));
    recorded = [
      ...methods.filter(({ http }) => http!.some((pattern) => patterns.has(pattern))),
      ...statements.filter(({ kind }) => kinds.has(kind!)),
    ];
  });

  it("is recorded whole: each job by its request, each the job of a flow or of dbt", () => {
    const inserts = requests.filter((request) => /^POST \S+\/projects\/[^/]+\/jobs$/.test(request));
    assert.ok(inserts.length > 50, `${inserts.length}`);
    assert.equal(jobs.length, inserts.length);
    const labels = jobs.map(({ configuration }) => configuration.labels ?? {});
    assert.deepEqual(
      labels.filter((each) => !("kestra_flow_id" in each) && !("dbt_invocation_id" in each)),
      [],
    );
  });

  it("calls every method of the table, but those that say why not", () => {
    const stale = methods.flatMap(({ http, unrecorded }) =>
      http!.filter((pattern) => patterns.has(pattern) === (unrecorded !== undefined)),
    );
    assert.deepEqual(stale, []);
  });

  it("runs the kinds of statements of the table, all of them and no other", () => {
    assert.deepEqual([...kinds].sort(), statements.map(({ kind }) => kind).sort());
  });

  it("is covered by the three roles, and by no two of them", () => {
    assert.deepEqual(uncovered(recorded, grants), []);
    for (const { role } of grants)
      assert.notDeepEqual(
        uncovered(
          recorded,
          grants.filter((other) => other.role !== role),
        ),
        [],
        role,
      );
  });
});
