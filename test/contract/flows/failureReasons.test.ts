import assert from "node:assert/strict";
import { serve, type Served } from "../../support/serve";
import { MonthLab } from "./support/monthLab";
import { serviceAccountKey } from "../../../local/lab/pluginLab";

const template = "{{kv('GCP_CREDS').private_key}}";
const remedy = "change keyRotation and run pulumi up, or check the service account";

/** The smallest project that dbt builds, with a test of its only model. */
const project = (sql: string) => ({
  "dbt_project.yml": 'name: tiny\nversion: "1.0"\nprofile: bay_wheels\nmodels: {+materialized: table}\n',
  "models/numbers.sql": sql,
  "models/numbers.yml": "models: [{name: numbers, columns: [{name: id, data_tests: [not_null]}]}]\n",
});

describe("the reason of a failure", () => {
  let lab: MonthLab;
  let tokens: Served;

  before(async () => {
    lab = await MonthLab.start("reasons");
    tokens = await serve((_, answer) => {
      answer.writeHead(400, { "content-type": "application/json" });
      answer.end('{"error":"invalid_grant","error_description":"Invalid JWT Signature."}');
    });
  });
  after(async () => {
    tokens.stop();
    lab.stop();
    await lab.setKey(serviceAccountKey());
  });

  /** The whole reason, as the last line has it; the label is its start. */
  async function reasonOf(flow: string, inputs: Record<string, string> = {}): Promise<string> {
    const { state, labelled, logs } = await lab.run(flow, inputs);
    assert.equal(state.current, "FAILED");
    const said = logs.at(-1)!.message;
    const label = labelled.reason!.replace(/\.\.\.$/, "");
    assert.ok(label.length <= 120 && said.includes(label), `${label} is no part of ${said}`);
    return said.slice(said.indexOf(label));
  }

  describe("of BigQuery or Cloud Storage", () => {
    const refuseKey = () =>
      lab.setKey(serviceAccountKey({ token_uri: `${tokens.url}/token` }));

    it("is the first error's message", async () => {
      await lab.setKv("GCP_DATASET", "no_such_dataset");
      const reason = await reasonOf("04_gcp_load_month", { month: "2021-01" });
      await lab.setKv("GCP_DATASET", "reasons");
      assert.match(reason, /^Query execution failed: [^{}]*no_such_dataset[^{}]*\. Once that is fixed/);
    });

    it("is the key, where BigQuery refuses it and names no error", async () => {
      await refuseKey();
      const reason = await reasonOf("04_gcp_load_month", { month: "2021-01" });
      const expected = `the key was refused, or BigQuery can't be reached (it gives no reason): ${remedy}. Once`;
      assert.equal(reason.slice(0, expected.length), expected);
    });

    it("is the key, where Cloud Storage refuses it", async () => {
      await refuseKey();
      await lab.setKv("COUNTIES_URL", lab.publisher.countiesUrl);
      lab.publisher.publishCounties("the_geom,objectid,fipsstco,county\nPOLYGON\n");
      const reason = await reasonOf("02_gcp_load_bay_area_county");
      const expected = `the key was refused: ${remedy}. Once`;
      assert.equal(reason.slice(0, expected.length), expected);
    });
  });

  describe("of dbt", function () {
    this.timeout("2m");
    before(async () => {
      await lab.setKey(serviceAccountKey());
      await lab.setKv("DBT_TARGET", "local");
      await lab.rows(
        "create or replace table {baywheels_loads} (source_month date, touched_months array<date>, loaded_at timestamp)",
      );
    });

    const build = async (sql: string) => {
      await lab.putFiles(project(sql));
      return reasonOf("06_gcp_dbt", { dbt_command: "dbt build --full-refresh" });
    };

    it("is the model and its message, which is no template", async () => {
      const reason = await build(`select error("{% raw %}${template}{% endraw %}") as id`);
      assert.match(reason, /^model numbers \(models\/numbers\.sql\): /);
      assert.ok(reason.includes(template), reason);
    });

    it("is the test and its message", async () => {
      const expected =
        "test not_null_numbers_id (models/numbers.yml): Got 1 result, configured to fail if != 0. The log of";
      assert.equal((await build("select cast(null as int64) as id")).slice(0, expected.length), expected);
    });

    it("is the last line, without its colours, where no node is built", async () => {
      await lab.rows("create or replace table {old_rows} as select timestamp '2020-01-01 00:00:00+00' as seen_at");
      const freshness = "loaded_at_field: seen_at, freshness: {error_after: {count: 1, period: day}}";
      const source = `sources: [{name: reasons, tables: [{name: old_rows, ${freshness}}]}]`;
      await lab.putFiles({ ...project("select 1 as id"), "models/sources.yml": source });
      const reason = await reasonOf("06_gcp_dbt", { dbt_command: "dbt source freshness" });
      assert.match(reason, /^1 of 1 ERROR STALE freshness of reasons\.old_rows \.* \[ERROR STALE in [\d.]+s\]/);
    });

    it("is the project's own error, where nothing is built", async () => {
      assert.match(await build("select {{ ref('nothing') }}"), /^Encountered an error: Compilation Error .*'nothing'/);
    });
  });
});
