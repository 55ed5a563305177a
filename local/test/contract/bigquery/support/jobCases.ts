import { unlinkSync } from "node:fs";
import { result, type Case } from "./cases";
import { eventually } from "../../../../lab/kestraHost";
import type { Job } from "../../../../lab/bigQueryLab";

/** Cases about jobs, their results and their errors. */
export const jobCases: Case[] = [
  {
    patch: "job_configuration",
    title: "keeps a job's labels",
    run: async (emulator) => (await emulator.job("select 1", { labels: { flow: "f" } })).configuration.labels,
    expected: { flow: "f" },
  },
  {
    patch: "job_control",
    title: "knows a job that runs",
    run: async (emulator) => {
      const query =
        "select countif(mod(a * b, 7) = 3) from unnest(generate_array(1, 5000)) as a cross join unnest(generate_array(1, 10000)) as b";
      const inserted = emulator.send("POST", "/jobs", {
        jobReference: { projectId: "lab", jobId: "known" },
        configuration: { query: { query, useLegacySql: false } },
      });
      const state = async () => ((await emulator.send("GET", "/jobs/known")).body as Job).status?.state;
      const found = await eventually(state);
      await inserted;
      return found;
    },
    expected: "RUNNING",
  },
  {
    patch: "dry_runs",
    title: "runs nothing in a dry run, and reports the type of each statement",
    run: async (emulator) => {
      await emulator.rows("create or replace table lab.dry as select 1 as n");
      const types: (string | undefined)[] = [];
      for (const query of [
        "select n from lab.dry;",
        "with a as (select 1 as n) select n from a union all select n from lab.dry",
        "(select n from lab.dry)",
        "select 1; drop table lab.dry",
        "begin drop table lab.dry; end",
        "execute immediate 'drop table lab.dry'",
        "create row access policy p on lab.dry grant to ('user:a@b.c') filter using (false)",
        "drop table lab.dry",
        "selec 1",
      ]) {
        const configuration = { dryRun: true, query: { query, useLegacySql: false } };
        const { body } = await emulator.send("POST", "/jobs", { configuration });
        types.push((body as { statistics?: { query: { statementType?: string } } }).statistics?.query.statementType);
      }
      return [types, await emulator.rows("select n from lab.dry")];
    },
    expected: [
      [
        ...["SELECT", "SELECT", "SELECT"],
        ...["SCRIPT", "SCRIPT", "SCRIPT", "CREATE_ROW_ACCESS_POLICY", "DROP_TABLE", undefined],
      ],
      [["1"]],
    ],
  },
  {
    patch: "query_errors",
    title: "answers a broken statement with 400",
    run: async (emulator) => {
      const { status, body } = await emulator.send("POST", "/queries", { query: "selec 1", useLegacySql: false });
      const { code, errors } = (body as { error?: { code: number; errors: { reason: string }[] } }).error ?? {};
      return { status, code, reasons: errors?.map(({ reason }) => reason) };
    },
    expected: { status: 400, code: 400, reasons: ["invalidQuery"] },
  },
  {
    patch: "query_errors",
    title: "passes on the text of error()",
    run: result("select error('no trips in 2024-01')"),
    expected: { status: 400, reason: "invalidQuery", message: "no trips in 2024-01" },
  },
  {
    patch: "query_errors",
    title: "names the gs:// address of a file that vanished",
    run: async (emulator, lab) => {
      const uri = lab.write("vanished.csv", "1\n");
      await emulator.rows(
        `create or replace external table lab.vanished_ext (a string) options (format = 'CSV', uris = ['${uri}'])`,
      );
      unlinkSync(lab.object("vanished.csv"));
      return emulator.query("select * from lab.vanished_ext");
    },
    expected: { status: 404, reason: "notFound", message: "Not found: URI gs://lab/vanished.csv" },
  },
  {
    patch: "result_pages",
    title: "pages through the table that holds a result",
    run: async (emulator) => {
      const { query } = (await emulator.job("select n from unnest(generate_array(1, 25)) as n order by n"))
        .configuration;
      const { datasetId, tableId } = (query as Required<Job["configuration"]["query"]>).destinationTable;
      const read: string[] = [];
      for (let token: string | undefined = ""; token !== undefined;) {
        const page = `maxResults=10${token && `&pageToken=${token}`}`;
        const { body } = await emulator.send("GET", `/datasets/${datasetId}/tables/${tableId}/data?${page}`);
        const { rows = [], pageToken } = body as { rows?: { f: { v: string }[] }[]; pageToken?: string };
        read.push(...rows.map(({ f }) => f[0]!.v));
        token = pageToken;
      }
      return read;
    },
    expected: Array.from({ length: 25 }, (_, i) => String(i + 1)),
  },
  {
    patch: "transactions",
    title: "rolls back what nothing commits",
    run: (emulator) =>
      emulator.rows([
        "create or replace table lab.uncommitted as select k from unnest([1, 2]) as k",
        "begin transaction; delete from lab.uncommitted where k = 1;",
        "select k from lab.uncommitted order by k",
      ]),
    expected: [["1"], ["2"]],
  },
  {
    patch: "engine",
    title: "keeps one job's temporary tables from the next",
    run: async (emulator) => {
      await emulator.rows("create temp table mine as select 1 as a; select a from mine;");
      return "reason" in (await emulator.query("select a from mine"));
    },
    expected: true,
  },
  {
    patch: "jobs",
    title: "forgets old large results, but not the newest",
    run: async (emulator) => {
      const large = "select repeat('x', 1000000) as x from unnest(generate_array(1, 70))";
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) ids.push((await emulator.job(large)).jobReference.jobId);
      const read = ids.map((id) => emulator.send("GET", `/queries/${id}?maxResults=1`));
      return (await Promise.all(read)).map(({ status }) => status);
    },
    expected: [404, 404, 200],
  },
];
