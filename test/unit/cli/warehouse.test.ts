import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Unreachable } from "../../../cli/support/exitCode";
import { query, runQuery, statementType, tables, type Warehouse } from "../../../cli/support/warehouse";

interface Asked {
  request: string;
  authorization?: string;
  quotaProject?: string | string[];
  body?: unknown;
}

/** A server in the place of BigQuery that gives prepared answers in turn, and notes what it was asked. */
describe("the warehouse on Google Cloud", () => {
  let server: Server;
  let warehouse: Warehouse;
  let answers: [number, object][];
  let asked: Asked[];

  beforeEach(async () => {
    [answers, asked] = [[], []];
    server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        asked.push({
          request: `${request.method} ${request.url}`,
          authorization: request.headers.authorization,
          quotaProject: request.headers["x-goog-user-project"],
          ...(text !== "" && { body: JSON.parse(text) as unknown }),
        });
        const [status, body] = answers.shift()!;
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const token = () => Promise.resolve("fresh");
    warehouse = { url, project: "p", dataset: "d", location: "EU", token };
  });
  afterEach(() => server.close());

  const root = "/bigquery/v2/projects/p";
  const schema = { fields: [{ name: "n", type: "INTEGER" }] };
  const page = (...values: string[]) => values.map((v) => ({ f: [{ v }] }));
  const jobReference = { jobId: "j", location: "EU" };
  const results = "/queries/j?maxResults=10000&formatOptions.useInt64Timestamp=true&location=EU";

  it("is asked with a token, in its location, until the query ends and for every page", async () => {
    answers = [
      [200, { jobComplete: false, jobReference }],
      [200, { jobComplete: false, jobReference }],
      [200, { jobComplete: true, jobReference, schema, rows: page("1", "2"), totalRows: "3", pageToken: "a/b" }],
      [200, { jobComplete: true, jobReference, schema, rows: page("3"), totalRows: "3" }],
    ];
    assert.deepEqual(await query(warehouse, "Test", "select n from {t} as t join {other}"), [
      { n: "1" },
      { n: "2" },
      { n: "3" },
    ]);
    assert.deepEqual(
      asked.map(({ request }) => request),
      [
        `POST ${root}/queries`,
        ...[1, 2].map(() => `GET ${root}${results}&timeoutMs=10000`),
        `GET ${root}${results}&pageToken=a%2Fb`,
      ],
    );
    assert.deepEqual(asked[0]!.body, {
      query: "select n from `p.d.t` as t join `p.d.other`",
      useLegacySql: false,
      maxResults: 10_000,
      formatOptions: { useInt64Timestamp: true },
      timeoutMs: 10_000,
      jobTimeoutMs: "120000",
      location: "EU",
    });
    for (const { authorization, quotaProject } of asked)
      assert.deepEqual([authorization, quotaProject], ["Bearer fresh", "p"]);
  });

  it("gives no more rows than wanted, and says how many there are and what was read", async () => {
    const rows = page("1", "2", "3");
    answers = [
      [200, { jobReference, schema, rows, totalRows: "900", totalBytesProcessed: "12345678", pageToken: "x" }],
    ];
    assert.deepEqual(await runQuery(warehouse, "Test", "select 1", { rows: 2, seconds: 5, bytes: 1e9 }), {
      fields: schema.fields,
      rows: [["1"], ["2"]],
      totalRows: 900,
      bytes: 12345678,
    });
    const { maxResults, timeoutMs, jobTimeoutMs, maximumBytesBilled } = asked[0]!.body as Record<string, unknown>;
    assert.deepEqual([maxResults, timeoutMs, jobTimeoutMs, maximumBytesBilled], [2, 5000, "5000", "1000000000"]);
    assert.equal(asked.length, 1);
  });

  it("cancels a query that takes longer than allowed", async () => {
    const running: [number, object] = [200, { jobComplete: false, jobReference }];
    answers = [running, ...Array.from({ length: 1000 }, () => running)];
    const answerLater = setInterval(() => answers.push(running), 10);
    await assert.rejects(runQuery(warehouse, "Test", "select 1", { seconds: 0.2 }), {
      message: "Test: stopped after 0.2 s",
    });
    clearInterval(answerLater);
    assert.deepEqual([asked.at(-1)!.request, asked.at(-1)!.body], [`POST ${root}/jobs/j/cancel?location=EU`, {}]);
  });

  it("says by a dry run what kind of statement it is, in its location", async () => {
    answers = [[200, { status: { state: "DONE" }, statistics: { query: { statementType: "MERGE" } } }]];
    assert.equal(await statementType(warehouse, "Test", "merge {t}"), "MERGE");
    assert.equal(asked[0]!.request, `POST ${root}/jobs`);
    assert.deepEqual(asked[0]!.body, {
      configuration: { dryRun: true, query: { query: "merge `p.d.t`", useLegacySql: false } },
      jobReference: { projectId: "p", location: "EU" },
    });
  });

  it("lists the tables of all pages", async () => {
    const list = (...names: string[]) => names.map((tableId) => ({ tableReference: { tableId } }));
    answers = [
      [200, { tables: list("a", "b"), nextPageToken: "next" }],
      [200, { tables: list("c") }],
    ];
    assert.deepEqual(await tables(warehouse), new Set(["a", "b", "c"]));
    assert.equal(asked[1]!.request, `GET ${root}/datasets/d/tables?maxResults=1000&pageToken=next`);
  });

  it("passes on BigQuery's own message", async () => {
    answers = [[403, { error: { message: "Access Denied: Dataset p:d" } }]];
    await assert.rejects(query(warehouse, "Test", "select 1"), {
      message: "Test: BigQuery's response was 403: Access Denied: Dataset p:d",
    });
  });

  it("that can't be reached is an error of its own", async () => {
    const gone = { ...warehouse, url: "http://127.0.0.1:9" };
    const remedies: [Warehouse, string][] = [
      [gone, "Check your network connection."],
      [{ ...gone, token: undefined }, "Start it with: npm start"],
    ];
    for (const [each, remedy] of remedies)
      await assert.rejects(query(each, "Test", "select 1"), (error: Error) => {
        assert.ok(error instanceof Unreachable);
        assert.match(
          error.message,
          new RegExp(`^Test: BigQuery at http://127\\.0\\.0\\.1:9 can't be reached: .*${remedy}$`),
        );
        return true;
      });
  });
});
