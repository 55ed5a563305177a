import assert from "node:assert/strict";
import { roles } from "../../../infra/access/roles";
import {
  bigQueryRequests,
  creator,
  grants,
  kindsOf,
  methods,
  patternOf,
  resources,
  statements,
  statementsOf,
  storageRequests,
  uncovered,
  type Needs,
} from "../../access/access";

const rows = [...methods, ...statements];
const names = { project: "p", dataset: "d", bucket: "b" };

function assertPermissions(of: Needs, label: string): void {
  for (const [resource, permissions] of Object.entries(of)) {
    assert.ok((resources as readonly string[]).includes(resource), `${label}: ${resource}`);
    assert.ok(permissions.length > 0, label);
    for (const permission of permissions) assert.match(permission, /^(bigquery|storage)\.\w+\.\w+$/, label);
  }
}

describe("the tables of test/access", () => {
  it("name Google's pages for every row, and say what was inferred", () => {
    for (const { sources, seen, note, ...row } of [...rows, ...grants, creator]) {
      const label = JSON.stringify(row);
      assert.ok(sources.length > 0, label);
      for (const source of sources) assert.match(source, /^https:\/\/(docs\.)?cloud\.google\.com\/[\w./-]+$/, label);
      assert.equal(typeof seen, "boolean", label);
      assert.ok(seen || note, label);
    }
  });

  it("say what a method or kind of statement needs, and how a call is known, each once", () => {
    for (const { method, kind, http, needs } of rows) {
      assertPermissions(needs, `${method ?? kind}`);
      if (method === undefined) assert.equal(http, undefined, kind);
      else assert.match(method, /^(bigquery|storage)\.\w+\.\w+$/);
    }
    assert.equal(new Set(statements.map(({ kind }) => kind)).size, statements.length);
    const patterns = methods.flatMap(({ http }) => http!);
    assert.equal(new Set(patterns).size, patterns.length);
    for (const pattern of patterns) assert.match(pattern, /^(GET|POST|PUT|PATCH|DELETE) \/[\w{}/]+$/);
  });

  it("have the roles of infra/access/roles.ts, on what they are granted on", () => {
    const pairs = Object.entries(roles).flatMap(([on, each]) => each.map((role) => [on, role]));
    assert.deepEqual(
      grants.map(({ on, role }) => [on, role]),
      pairs,
    );
    for (const { on, permissions } of [...grants, creator]) assertPermissions({ [on]: permissions }, on);
  });
});

describe("the four roles", () => {
  it("hold all that is needed", () => {
    assert.deepEqual(uncovered(rows, grants), []);
  });

  for (const [missing, needed] of [
    ["roles/bigquery.jobUser", "bigquery.jobs.insert: bigquery.jobs.create on project"],
    ["roles/bigquery.dataEditor", "merge: bigquery.tables.updateData on dataset"],
    ["roles/storage.objectUser", "storage.objects.insert: storage.objects.create on bucket"],
    ["roles/storage.legacyBucketReader", "create or replace external table: storage.buckets.get on bucket"],
  ] as const)
    it(`do not without ${missing}`, () => {
      const others = grants.filter(({ role }) => role !== missing);
      assert.equal(others.length, 3);
      assert.ok(uncovered(rows, others).includes(needed), uncovered(rows, others).join("\n"));
    });

  it("do not hold what is made up, nor on another resource what a role holds on its own", () => {
    const made = (needs: Needs) => uncovered([{ method: "made.up", needs, sources: [], seen: false }], grants);
    assert.deepEqual(made({ dataset: ["bigquery.datasets.delete"] }), ["made.up: bigquery.datasets.delete on dataset"]);
    assert.deepEqual(made({ dataset: ["bigquery.datasets.create"] }), []);
    assert.deepEqual(made({ project: ["bigquery.datasets.create"] }), ["made.up: bigquery.datasets.create on project"]);
  });

  it("give the results of one's own queries to whoever may run queries", () => {
    const rowsOfResults = rows.filter(({ needs }) => needs.results !== undefined);
    assert.ok(rowsOfResults.length > 0);
    for (const row of rowsOfResults) {
      const ofResults = { ...row, needs: { results: row.needs.results! } };
      assert.deepEqual(
        uncovered(
          [ofResults],
          grants.filter(({ on }) => on === "project"),
        ),
        [],
      );
      assert.notDeepEqual(
        uncovered(
          [ofResults],
          grants.filter(({ on }) => on !== "project"),
        ),
        [],
      );
    }
  });
});

describe("what the emulators recorded", () => {
  it("is read from their logs: method and path", () => {
    const line = String.raw`time=x level=INFO msg="127.0.0.1 - - [25/Nov/2026] \"PUT /upload/storage/v1/b/b/o?name=a&upload_id=1 HTTP/1.1\" 200 9\n"`;
    assert.deepEqual(storageRequests(`level=INFO msg="server started"\n${line}\n`), ["PUT /upload/storage/v1/b/b/o"]);
    const request =
      "\x1b[2mt\x1b[0m [info] http.request [x] client=c \x1b[36mmethod\x1b[0m=GET path=/readyz status=200";
    const read = "t [info] read_session.created [bqemulator.grpc_api.storage_read] num_rows=1";
    assert.deepEqual(bigQueryRequests(`Started\n${request}\n${read}`), ["GET /readyz", read]);
  });

  it("is a method of the tables on the stack's own project, dataset and bucket, or refused by name", () => {
    const tables = "GET /bigquery/v2/projects/p/datasets";
    assert.equal(
      patternOf(`${tables}/d/tables/t`, names),
      "GET /bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}",
    );
    assert.equal(
      patternOf(`${tables}/_anonymous/tables/t`, names),
      "GET /bigquery/v2/projects/{project}/datasets/{results}/tables/{table}",
    );
    for (const unknown of [`${tables}/other/tables/t`, `${tables}/d`, "PATCH /bigquery/v2/projects/p/datasets"])
      assert.throws(() => patternOf(unknown, names), new RegExp(`^Error: ${unknown}: 0 rows`));
  });

  it("is a kind of statement, whatever comments and strings contain", () => {
    const kinds = (sql: string) => statementsOf(sql).map(({ kind }) => kind);
    assert.deepEqual(
      kinds(`/* drop; */ begin transaction; -- delete from t;
        merge \`t\` using (select '\\'; drop table x' as a) on true when matched then delete; commit transaction;`),
      ["begin transaction", "merge", "commit transaction"],
    );
    const expiring = "options (expiration_timestamp = current_timestamp())";
    assert.deepEqual(kinds(`CREATE OR REPLACE TABLE \`p\`.\`d\`.\`t\` ${expiring} AS (SELECT 1)`), [
      "create or replace table as select, expiring",
    ]);
    assert.deepEqual(kinds("create table if not exists `d.t` (a string options (description = 'as select'))"), [
      "create table if not exists",
    ]);
    assert.deepEqual(kinds("create or replace view `d.t` as select 1; with a as (select 1) select * from a"), [
      "create or replace view",
      "select",
    ]);
    assert.deepEqual(kinds("create temp table a as select 1; alter table `d.t` add column b int64; begin; end"), [
      "create temp table as select",
      "alter",
      "begin",
      "end",
    ]);
  });

  it("shows whether an external table is read", () => {
    const make = "create or replace external table `p.d.months` (a string) options (format = 'CSV')";
    assert.ok(!kindsOf([make, "select * from `p.d.days`"]).has("read of an external table"));
    assert.ok(kindsOf(["select * from `p`.`d`.`months`", make]).has("read of an external table"));
  });
});
