import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pluginLab, serviceAccountKey, type PluginLab, type Task } from "../../../lab/pluginLab";

const write = (content: string): Task => ({
  id: "write",
  type: "io.kestra.plugin.core.storage.Write",
  content,
  extension: ".csv",
});

const upload = (properties: Record<string, unknown>): Task => ({
  id: "upload",
  type: "io.kestra.plugin.gcp.gcs.Upload",
  projectId: "lab",
  from: "{{ outputs.write.uri }}",
  ...properties,
});

const query = (sql: string, properties: Record<string, unknown> = {}): Task => ({
  id: "query",
  type: "io.kestra.plugin.gcp.bigquery.Query",
  projectId: "lab",
  location: "US",
  sql,
  ...properties,
});

describe("io.kestra.plugin.gcp", () => {
  let lab: PluginLab;

  before(async () => {
    lab = await pluginLab();
  });

  describe("gcs.Upload", () => {
    it("puts the file's bytes and media type into the bucket", async () => {
      const outcome = await lab.run(
        write("a,b\n1,ü\n"),
        upload({ to: "gs://lab/folder/two words.csv", contentType: "text/csv", serviceAccount: serviceAccountKey() }),
      );
      assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
      assert.equal(outcome.outputsOf("upload").uri, "gs://lab/folder/two%20words.csv");
      const object = `${lab.storage.url}/storage/v1/b/lab/o/${encodeURIComponent("folder/two words.csv")}`;
      const { contentType, md5Hash } = (await (await fetch(object)).json()) as { contentType: string; md5Hash: string };
      assert.equal(contentType, "text/csv");
      assert.equal(md5Hash, outcome.outputsOf("upload").md5);
      assert.equal(await (await fetch(`${object}?alt=media`)).text(), "a,b\n1,ü\n");
      // the plugin reads the object after it has written it
      assert.match(lab.storage.output(), /GET \/storage\/v1\/b\/lab\/o\/folder/);
    });

    it("fails with the client's message for a missing bucket", async () => {
      const outcome = await lab.run(write("x"), upload({ to: "gs://no-such-bucket/x" }));
      assert.equal(outcome.state, "FAILED");
      const request = `POST ${lab.storage.url}/upload/storage/v1/b/no-such-bucket/o?name=x&uploadType=resumable`;
      assert.deepEqual(
        outcome.errors.map((message) => message.split("\n").slice(0, 2)),
        Array(2).fill(["404 Not Found", request]),
      );
    });

    it("renders an address twice", async () => {
      const to = "gs://lab/{{ '{{ 1 + 1 }}' }}";
      assert.equal((await lab.run(write("x"), upload({ to }))).outputsOf("upload").uri, "gs://lab/2");
    });
  });

  describe("bigquery.Query", () => {
    it("returns values in the plugin's types", async () => {
      const sql = `select true as bool, 42 as int, 1.5 as float, numeric '1.25' as num, 'text' as text, b'abc' as bytes,
        date '2024-01-31' as day, time '01:02:03' as clock, datetime '2024-01-31 01:02:03.5' as wall, timestamp '2024-01-31 01:02:03.123456Z' as moment,
        [1, 2] as list, struct(1 as a, 'b' as b) as record, json '{"a": 1}' as doc, cast(null as string) as nothing`;
      const outcome = await lab.run(query(sql, { fetchType: "FETCH_ONE" }));
      assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
      const { nothing, wall, ...others } = outcome.outputsOf("query").row as Record<string, unknown>;
      assert.equal(nothing ?? null, null);
      // a DATETIME is text with a Z at its end
      assert.match(String(wall), /^2024-01-31T01:02:03\.5(00000)?Z$/);
      assert.deepEqual(others, {
        bool: true,
        int: 42,
        float: 1.5,
        num: 1.25,
        text: "text",
        bytes: Buffer.from("abc").toString("base64"),
        day: "2024-01-31",
        clock: "01:02:03",
        moment: "2024-01-31T01:02:03.123456Z",
        list: [1, 2],
        record: { a: 1, b: "b" },
        doc: { a: 1 },
      });
      assert.equal(outcome.outputsOf("query").size, 1);
    });

    it("returns nothing or the first row, as asked", async () => {
      const sql = "select n from unnest(generate_array(1, 25000)) as n order by n";
      const outcome = await lab.run(
        { ...query(sql), id: "none" },
        { ...query(`select n, null as nothing from (${sql}) order by n`, { fetchType: "FETCH_ONE" }), id: "one" },
        { ...query("select 1 as n from (select 1) where false", { fetchType: "FETCH_ONE" }), id: "empty" },
      );
      assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
      const { row, size, jobId } = outcome.outputsOf("none");
      assert.deepEqual([row, size], [undefined, undefined]);
      assert.match(String(jobId), /^bqemu_/); // its own, so that none came with the job
      const ofTask = (task: string) => [outcome.outputsOf(task).row, outcome.outputsOf(task).size];
      assert.deepEqual(
        [ofTask("one"), ofTask("empty")],
        [
          [{ n: 1 }, 25000],
          [{}, 0],
        ],
      );
    });

    it("labels the job with namespace, flow, execution and task", async () => {
      const outcome = await lab.run(query("select 'labelled'"));
      const job = String(outcome.outputsOf("query").jobId);
      const answer = await fetch(`${lab.bigquery.url}/bigquery/v2/projects/lab/jobs/${job}`);
      const { labels } = ((await answer.json()) as { configuration: { labels: Record<string, string> } }).configuration;
      const { kestra_execution_id: execution, kestra_flow_id: flow, ...others } = labels;
      assert.deepEqual(others, { kestra_namespace: "lab", kestra_task_id: "query" });
      assert.match(String(execution), /^[a-z0-9]{15,}$/);
      assert.match(String(flow), /^flow_\d+$/);
    });

    it("sends the limit of bytes billed, or none", async () => {
      const limitOf = async (properties: Record<string, unknown>) => {
        const outcome = await lab.run(query("select 'limited'", properties));
        const job = String(outcome.outputsOf("query").jobId);
        const answer = await fetch(`${lab.bigquery.url}/bigquery/v2/projects/lab/jobs/${job}`);
        const { configuration } = (await answer.json()) as {
          configuration: { query: { maximumBytesBilled?: string } };
        };
        return configuration.query.maximumBytesBilled;
      };
      assert.equal(await limitOf({ maximumBytesBilled: "{{ 10 * 1000000000 }}" }), "10000000000");
      assert.equal(await limitOf({}), undefined);
    });

    it("fails with BigQuery's errors, twice and on several lines", async () => {
      const outcome = await lab.run(query("select *\nfrom lab.no_such_table"));
      assert.equal(outcome.state, "FAILED");
      const error =
        "BigQueryError{reason=notFound, location=null, message=Not found: Table lab.lab.no_such_table was not found in location US}";
      const message = `Bigquery Errors\n[ - ${error}\n - ${error}\n]`;
      assert.deepEqual(outcome.errors, [`io.kestra.plugin.gcp.bigquery.BigQueryException: ${message}`, message]);
    });

    it("fails with an empty list of errors when the key is refused", async () => {
      const tokens = createServer((_, answer) => {
        answer.writeHead(400, { "content-type": "application/json" });
        answer.end('{"error":"invalid_grant","error_description":"Invalid JWT Signature."}');
      });
      await new Promise<void>((listening) => tokens.listen(0, "127.0.0.1", listening));
      const tokenUri = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
      const serviceAccount = `{% raw %}${serviceAccountKey({ token_uri: tokenUri })}{% endraw %}`;
      const outcome = await lab.run(query("select 1", { serviceAccount })).finally(() => tokens.close());
      assert.equal(outcome.state, "FAILED");
      assert.equal(outcome.errors.at(-1), "Bigquery Errors\n[ - \n]");
      assert.doesNotMatch(JSON.stringify(outcome.messages), /invalid_grant/);
    });

    it("retries a statement after 5 seconds when the error suggests it", async () => {
      const statement = `select case when exists (select 1 from lab.ready) then 1
        else error('Retrying may solve the problem') end as n`;
      const outcome = await lab.run(
        { ...query("create or replace table lab.ready (n int64)"), id: "table" },
        {
          id: "both",
          type: "io.kestra.plugin.core.flow.Parallel",
          tasks: [
            query(statement, { fetchType: "FETCH_ONE" }),
            {
              id: "later",
              type: "io.kestra.plugin.core.flow.Sequential",
              tasks: [
                { id: "sleep", type: "io.kestra.plugin.core.flow.Sleep", duration: "PT2S" },
                { ...query("insert into lab.ready values (1)"), id: "insert" },
              ],
            },
          ],
        },
      );
      assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
      assert.deepEqual(outcome.outputsOf("query").row, { n: 1 });
      const warnings = outcome.messages.filter(({ level }) => level === "WARN").map(({ message }) => message);
      assert.ok(warnings.includes("Retrying, attempts 1 elapsed 5 seconds"), warnings.join("\n"));
    });

    it("logs its statement at DEBUG", async () => {
      const outcome = await lab.run(query("select 'canary'"));
      assert.deepEqual(outcome.messages, []);
      const answer = await lab.host.send("GET", `/logs/${outcome.taskRuns[0]!.executionId}?minLevel=DEBUG`);
      const lines = answer.json as { level: string; message: string }[];
      assert.equal(lines.find(({ level }) => level === "DEBUG")?.message, "Starting query: select 'canary'");
    });
  });

  describe("serviceAccount", () => {
    const broken: Record<string, [string, string]> = {
      "an empty one": ["", "no JSON input found"],
      "no JSON": [
        "canary-secret",
        "Use JsonReader.setStrictness(Strictness.LENIENT) to accept malformed JSON at line 1 column 1 path $\n" +
          "See https://github.com/google/gson/blob/main/Troubleshooting.md#malformed-json",
      ],
      "a user's credentials": [
        serviceAccountKey({ type: "authorized_user" }),
        "Error reading user credential from JSON,  expecting 'client_id', 'client_secret' and 'refresh_token'.",
      ],
      "one without client_email": [
        serviceAccountKey({ client_email: undefined }),
        "Error reading service account credential from JSON, expecting  'client_id', 'client_email', 'private_key' and 'private_key_id'.",
      ],
      "one with a broken private key": [serviceAccountKey({ private_key: "canary-secret" }), "Invalid PKCS#8 data."],
    };
    for (const [name, [serviceAccount, what]] of Object.entries(broken)) {
      it(`refuses ${name} with the client's message, which contains nothing of it`, async () => {
        const outcome = await lab.run(query("select 1", { serviceAccount: `{% raw %}${serviceAccount}{% endraw %}` }));
        assert.equal(outcome.state, "FAILED");
        assert.deepEqual(outcome.errors, [what]);
        assert.doesNotMatch(JSON.stringify(outcome.messages), /canary-secret|BEGIN/);
      });
    }
  });
});
