import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { namespace } from "../../../kestra/pipeline/pipeline";
import { request } from "../../../local/services/rest";
import { query } from "../../../cli/support/warehouse";
import { countiesCsv } from "../../../local/openData/counties";
import { header, Publisher, ride } from "../../support/publisher";
import { serve } from "../../support/serve";
import { FirstTries } from "./support/firstTries";
import { Kestra2, type Outcome } from "./support/kestra2";
import { namespaceFiles } from "./support/namespaceFiles";
import { register, yaml, type KestraHost } from "../../../local/lab/kestraHost";
import type { Verdict } from "../../../local/lab/kestraTypes";
import { startBigQuery, startStorage, tool, type LocalService } from "../../../local/lab/localServices";
import { pluginLab, serviceAccountKey } from "../../../local/lab/pluginLab";

const flows = Object.fromEntries(
  readdirSync("flows")
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => [file, readFileSync(join("flows", file), "utf8")]),
);

const log = (id: string, more: string, property = "") =>
  `id: ${id}\nnamespace: ${namespace}\n${more}tasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: hello\n${property}`;
const withPluginDefaults = log(
  "defaults",
  "pluginDefaults:\n  - type: io.kestra.plugin.core.log.Log\n    values: {level: WARN}\n",
);
const withUnknownProperty = log("unknown", "", "    colour: blue\n");

describe("the flows on Kestra 1.3.31", () => {
  let host: KestraHost;
  before(async () => {
    ({ host } = await pluginLab());
    // flows that start other flows need them
    for (const [file, source] of Object.entries(flows)) {
      const { status } = await host.send("GET", `/flows/${namespace}/${file.replace(".yaml", "")}`);
      if (status === 404) await register(host, source);
    }
  });

  const verdict = async (source: string) =>
    (await host.send<Verdict[]>("POST", "/flows/validate", source, yaml)).json[0]! as Verdict & {
      warnings?: string[];
      infos?: string[];
      deprecationPaths?: string[];
    };

  for (const [file, source] of Object.entries(flows))
    it(`${file} is valid, without a warning or a deprecation`, async () => {
      const { constraints, warnings = [], infos = [], deprecationPaths = [] } = await verdict(source);
      assert.deepEqual([constraints, warnings, infos, deprecationPaths], [undefined, [], [], []]);
    });

  it("an unknown property is refused; pluginDefaults of a flow are not yet", async () => {
    assert.match((await verdict(withUnknownProperty)).constraints!, /Unrecognized field "colour"/);
    assert.equal((await verdict(withPluginDefaults)).constraints, undefined);
  });
});

describe("the flows on Kestra 2.0.0", () => {
  const folder = mkdtempSync(join(tmpdir(), "kestra-2-lab-"));
  const publisher = new Publisher();
  let storage: LocalService, bigquery: LocalService;
  let source: FirstTries, statements: FirstTries, uploads: FirstTries;
  let kestra: Kestra2;

  before(async () => {
    mkdirSync(join(folder, "storage"));
    [storage, bigquery] = await Promise.all([
      startStorage(join(folder, "storage")),
      startBigQuery(join(folder, "bigquery"), join(folder, "storage")),
      publisher.start(),
    ]);
    await request("Bucket", "POST", `${storage.url}/storage/v1/b?project=lab`, { name: "lab" });
    await request("Dataset", "POST", `${bigquery.url}/bigquery/v2/projects/lab/datasets`, {
      datasetReference: { projectId: "lab", datasetId: "trips" },
      location: "US",
    });
    // answers that only a task's own retry gets over: clients repeat a request that is answered with 503 by themselves
    const reason = JSON.stringify({
      error: { code: 400, message: "refused once", errors: [{ reason: "invalid", message: "refused once" }] },
    });
    source = await FirstTries.start(new URL(publisher.tripsUrl).origin, (line) => line, { status: 500, body: "" });
    statements = await FirstTries.start(
      bigquery.url,
      (line, body) => (/^POST \S+\/jobs\b/.test(line) ? statementOf(body) : undefined),
      { status: 400, body: reason },
    );
    // plugin-gcp repeats what BigQuery calls transient by itself; no statement may run twice
    statements.refusing = false;
    uploads = await FirstTries.start(
      storage.url,
      (line) => /^POST \/(?:resumable\/)?upload\/\S+?[?&]name=[^&]*/.exec(line)?.[0],
      { status: 400, body: reason },
    );
    const dbt = dirname(resolve(tool(process.env.DBT_BIN && join(process.env.DBT_BIN, "dbt"), "dbt", "bin", "dbt")));
    kestra = Kestra2.start(namespace, {
      STORAGE_EMULATOR_HOST: uploads.url,
      BIGQUERY_EMULATOR_HOST: statements.url,
      PATH: `${dbt}${delimiter}${process.env.PATH}`,
    });
    const onProxy = (address: string) => source.url + new URL(address).pathname;
    await kestra.ask({
      kv: {
        GCP_CREDS: JSON.parse(serviceAccountKey()) as object,
        TRIPS_URL: onProxy(publisher.tripsUrl),
        COUNTIES_URL: onProxy(publisher.countiesUrl),
        DBT_TARGET: "local",
      },
      files: namespaceFiles(),
      // with a shorter wait before the second try: the test makes thirteen of them
      flows: Object.values(flows).map((source) => source.replaceAll("interval: PT2S", "interval: PT0.1S")),
    });
  });
  after(async () => {
    for (const proxy of [source, statements, uploads]) proxy?.stop();
    await Promise.all([kestra?.stop(), storage?.stop(), bigquery?.stop()]);
    publisher.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const rows = async (sql: string) =>
    (await query({ url: bigquery.url, project: "lab", dataset: "trips" }, "Test", sql)).map((row) =>
      Object.values(row).join(" "),
    );

  /**
   * Runs a flow, which must succeed though the first try of each download and upload is refused: each is made twice,
   * and each statement once.
   */
  async function twice(flow: string, inputs: Record<string, string> = {}): Promise<Outcome> {
    const proxies = [source, statements, uploads];
    for (const proxy of proxies) proxy.forget();
    const outcome = await kestra.run(flow, inputs);
    for (const proxy of proxies) assert.ok(proxy.tries.size > 0, JSON.stringify(outcome));
    const wrong = proxies.flatMap((proxy) =>
      [...proxy.tries].filter(([, count]) => count !== (proxy.refusing ? 2 : 1)),
    );
    assert.deepEqual([outcome.state, wrong], ["SUCCESS", []], JSON.stringify(outcome));
    return outcome;
  }

  for (const [file, source] of Object.entries(flows))
    it(`${file} is valid, without a warning or a deprecation`, async () => {
      const { id } = parse(source) as { id: string };
      const accepted = { flow: id, warnings: [], deprecations: [], infos: [] };
      assert.deepEqual(await kestra.validate([source]), [accepted]);
    });

  it("pluginDefaults of a flow and an unknown property are refused", async () => {
    const [defaults, unknown] = await kestra.validate([withPluginDefaults, withUnknownProperty]);
    assert.match(defaults!.error!, /Unrecognized field "pluginDefaults"/);
    assert.match(unknown!.error!, /Unrecognized field "colour"/);
  });

  it("01 sets the entries that the others read", async () => {
    const inputs = { project_id: "lab", location: "US", bucket_name: "lab", dataset: "trips" };
    assert.equal((await kestra.run("01_gcp_kv", inputs)).state, "SUCCESS");
  });

  it("02 loads the counties, each request once per try", async () => {
    publisher.publishCounties(countiesCsv());
    await twice("02_gcp_load_bay_area_county");
    assert.deepEqual(await rows("select county from {bay_area_county_ext} order by fipsstco limit 2"), [
      "Alameda",
      "Contra Costa",
    ]);
  });

  it("04 loads a month, each request once per try", async () => {
    const bad = ride("back", "2021-01-06 08:00:00", "2021-01-06 07:00:00");
    const good = ["a", "b"].map((id) => ride(id, "2021-01-05 08:00:00", "2021-01-05 08:10:00"));
    publisher.publish("202101", header, ...good, bad);
    const { labels, outputs, logs, tasks } = await twice("04_gcp_load_month", { month: "2021-01" });
    assert.deepEqual(
      [labels, outputs],
      [
        { month: "2021-01", result: "loaded" },
        { month: "2021-01", newest: "" },
      ],
    );
    assert.match(logs.at(-1)!.message, /^Month 2021-01 is loaded .*: 2 of 3 rows; rejected: 1 end before start$/);
    assert.deepEqual(tasks.find(({ id }) => id === "listing")!.attempts, ["FAILED", "SUCCESS"]);
    assert.deepEqual(await rows("select ride_id, source_month from {baywheels_tripdata} order by 1"), [
      "a 2021-01-01",
      "b 2021-01-01",
    ]);
    assert.deepEqual(await rows("select reason, substr(raw, 1, 4) from {baywheels_tripdata_rejected}"), [
      "end before start back",
    ]);
    assert.deepEqual(await rows("select source_month, rows_loaded, rows_rejected from {baywheels_loads}"), [
      "2021-01-01 2 1",
    ]);
  });

  it("05 loads the month that it is given", async () => {
    for (const proxy of [source, statements, uploads]) proxy.refusing = false;
    publisher.publish("202102", header, ride("c", "2021-02-05 08:00:00", "2021-02-05 08:10:00"));
    const { state, children, ...rest } = await kestra.run("05_gcp_load_data_scheduled", {
      month: "2021-02",
      build: "false",
    });
    assert.equal(state, "SUCCESS", JSON.stringify({ children, ...rest }));
    assert.deepEqual(
      children.map((child) => [child.flow, child.state, child.labels.result]),
      [["04_gcp_load_month", "SUCCESS", "loaded"]],
    );
    assert.deepEqual(await rows("select ride_id from {baywheels_tripdata} order by 1"), ["a", "b", "c"]);
  });

  it("04 and 05 fail, warn and alert as they do on 1.3.31", async () => {
    const alerts: string[] = [];
    const hook = await serve((asked, answer) => {
      asked.on("data", (part: Buffer) => alerts.push(part.toString()));
      asked.on("end", () => answer.end());
    });
    await kestra.ask({ kv: { ALERT_WEBHOOK: hook.url } });
    publisher.put("202103-baywheels-tripdata.csv.zip", Buffer.from("no zip"));
    const failed = await kestra.run("04_gcp_load_month", { month: "2021-03" });
    const missing = await kestra.run("05_gcp_load_data_scheduled", { month: "2021-04", build: "false" });
    await kestra.ask({ kv: { ALERT_WEBHOOK: "" } });
    hook.stop();
    assert.deepEqual([failed.state, failed.labels.result], ["FAILED", "failed"]);
    const [said] = failed.logs.filter(({ task }) => task === "say_what_to_do");
    assert.match(said!.message, /^Month 2021-03 was not loaded; its existing rows are unchanged\. http.*zip/);
    assert.deepEqual(alerts, [JSON.stringify({ text: said!.message })]);
    assert.equal(missing.state, "WARNING", JSON.stringify(missing));
  });

  it("06 builds the models", async () => {
    const { state, logs } = await kestra.run("06_gcp_dbt");
    assert.equal(state, "SUCCESS", JSON.stringify(logs));
    assert.deepEqual(await rows("select count(*) from {facts_baywheels_trips}"), ["3"]);
    const again = await kestra.run("06_gcp_dbt");
    assert.deepEqual([again.state, again.labels.result], ["SUCCESS", "nothing new"]);
  });
});

/** The SQL of a job that is inserted. */
function statementOf(body: Buffer): string | undefined {
  const { configuration } = JSON.parse(body.toString()) as { configuration?: { query?: { query?: string } } };
  return configuration?.query?.query;
}
