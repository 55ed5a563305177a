import assert from "node:assert/strict";
import { pluginLab, serviceAccountKey, type PluginLab, type Task } from "./support/pluginLab";

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
    });

    it("says in one line which bucket is missing", async () => {
      const outcome = await lab.run(write("x"), upload({ to: "gs://no-such-bucket/x" }));
      assert.equal(outcome.state, "FAILED");
      assert.deepEqual(outcome.errors, [
        `Cloud Storage at ${lab.storage.url}: upload to gs://no-such-bucket/x failed: HTTP 404 Not Found. Look at bucket, project and key`,
      ]);
    });

    it("says that there is no file to upload", async () => {
      const outcome = await lab.run(upload({ to: "gs://lab/x", from: "{{ '' }}" }));
      assert.deepEqual(outcome.errors, [
        "Property from is empty: there is no file to upload. Look at the task that should have made it",
      ]);
    });

    it("refuses an address that is not gs://bucket/name", async () => {
      const outcome = await lab.run(write("x"), upload({ to: "https://lab/x" }));
      assert.deepEqual(outcome.errors, [
        "Property to: 'https://lab/x' is no address of an object. Write gs://bucket/name",
      ]);
    });
  });

  describe("bigquery.Query", () => {
    it("gives rows the plugin's types", async () => {
      const sql = `select true as bool, 42 as int, 1.5 as float, numeric '1.25' as num, 'text' as text, b'abc' as bytes,
        date '2024-01-31' as day, time '01:02:03' as clock, datetime '2024-01-31 01:02:03.5' as wall, timestamp '2024-01-31 01:02:03.123456Z' as moment,
        [1, 2] as list, struct(1 as a, 'b' as b) as record, json '{"a": 1}' as doc, cast(null as string) as nothing`;
      const outcome = await lab.run(query(sql, { fetchType: "FETCH" }));
      assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
      const [row] = outcome.outputsOf("query").rows as Record<string, unknown>[];
      const { nothing, wall, ...others } = row!;
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

    it("hands on nothing, the first row or a file of rows, as asked", async () => {
      const sql = "select n from unnest(generate_array(1, 25000)) as n order by n";
      const outcome = await lab.run(
        { ...query(sql), id: "none" },
        { ...query(sql, { fetchType: "FETCH_ONE" }), id: "one" },
        { ...query("select 1 as n from (select 1) where false", { fetchType: "FETCH_ONE" }), id: "empty" },
        { ...query(sql, { fetchType: "STORE" }), id: "store" },
      );
      assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
      const { rows, row, size, uri, jobId } = outcome.outputsOf("none");
      assert.deepEqual({ rows, row, size, uri }, { rows: undefined, row: undefined, size: undefined, uri: undefined });
      assert.match(String(jobId), /^[\w-]{20,}$/);
      assert.deepEqual([outcome.outputsOf("one").row, outcome.outputsOf("one").size], [{ n: 1 }, 25000]);
      assert.deepEqual([outcome.outputsOf("empty").row, outcome.outputsOf("empty").size], [{}, 0]);
      assert.equal(outcome.outputsOf("store").size, 25000);
      const lines = (await outcome.read(outcome.outputsOf("store").uri)).trim().split("\n");
      assert.deepEqual([lines.length, lines[0], lines[24999]], [25000, "{n:1}", "{n:25000}"]);
    });

    it("labels the job with namespace, flow, execution and task", async () => {
      const outcome = await lab.run(query("select 'labelled'", { labels: { purpose: "contract" } }));
      const job = String(outcome.outputsOf("query").jobId);
      const answer = await fetch(`${lab.bigquery.url}/bigquery/v2/projects/lab/jobs/${job}`);
      const { labels } = ((await answer.json()) as { configuration: { labels: Record<string, string> } }).configuration;
      const { kestra_execution_id: execution, kestra_flow_id: flow, ...others } = labels;
      assert.deepEqual(others, { kestra_namespace: "lab", kestra_task_id: "query", purpose: "contract" });
      assert.match(String(execution), /^[a-z0-9]{15,}$/);
      assert.match(String(flow), /^flow_\d+$/);
    });

    it("fails with BigQuery's own message in one line", async () => {
      const outcome = await lab.run(query("select *\nfrom lab.no_such_table"));
      assert.equal(outcome.state, "FAILED");
      assert.equal(outcome.errors.length, 1);
      assert.match(
        outcome.errors[0]!,
        /^BigQuery at http:\/\/127\.0\.0\.1:\d+: Not found: Table lab[.:]lab\.no_such_table was not found.*\(notFound\)$/,
      );
    });

    it("fails when a statement of a script fails", async () => {
      const outcome = await lab.run(
        query("create or replace table lab.made as select 1 as n; select * from lab.no_such_table;"),
      );
      assert.equal(outcome.state, "FAILED");
    });
  });

  describe("serviceAccount", () => {
    const remedy =
      "Put the whole text of a service-account key file there, or take the property out to use application default credentials";
    const broken: Record<string, [string, string]> = {
      "an empty one": ["", "is empty"],
      "no JSON": ["canary-secret", "is not JSON"],
      "a user's credentials": [
        serviceAccountKey({ type: "authorized_user" }),
        "is not the key of a service account: its field type is not service_account",
      ],
      "one without client_email": [serviceAccountKey({ client_email: undefined }), "lacks the field client_email"],
      "one with a broken private key": [
        serviceAccountKey({ private_key: "canary-secret" }),
        "holds a private_key that is not PKCS #8, or a wrong token_uri",
      ],
    };
    for (const [name, [serviceAccount, what]] of Object.entries(broken)) {
      it(`refuses ${name} in one line that holds nothing of it`, async () => {
        const outcome = await lab.run(query("select 1", { serviceAccount: `{% raw %}${serviceAccount}{% endraw %}` }));
        assert.equal(outcome.state, "FAILED");
        assert.deepEqual(outcome.errors, [`Property serviceAccount ${what}. ${remedy}`]);
        assert.doesNotMatch(JSON.stringify(outcome.messages), /canary-secret|BEGIN/);
      });
    }
  });
});
