import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KestraClient } from "../../../../kestra/client/client";
import { execute, follow, getWholeLog, type LogLine } from "../../../../kestra/client/executions";
import { deleteKv, putKv } from "../../../../kestra/client/kv";
import { kvLiteral } from "../../../../kestra/client/kvValue";
import { deleteFile, putFile } from "../../../../kestra/client/namespaceFiles";
import { namespace } from "../../../../kestra/pipeline/pipeline";
import { query } from "../../../../cli/support/warehouse";
import { Publisher } from "../../../support/publisher";
import { password, register, username } from "../../../../local/lab/kestraHost";
import { pluginLab, serviceAccountKey } from "../../../../local/lab/pluginLab";

const flows = ["02_gcp_load_bay_area_county", "04_gcp_load_month", "05_gcp_load_data_scheduled", "06_gcp_dbt"];

/** Text of a flow, whose tasks wait less before they try again: many tests make them fail. */
export const impatientFlow = (id: string) =>
  readFileSync(join("flows", `${id}.yaml`), "utf8").replaceAll("interval: PT2S", "interval: PT0.1S");

/** Puts the statements and texts that the flows read into a namespace, as the program does. */
export async function putTexts(client: KestraClient, namespace: string): Promise<void> {
  for (const folder of ["sql", "templates"])
    for (const name of readdirSync(join("flows", folder)))
      await putFile(client, namespace, `${folder}/${name}`, readFileSync(join("flows", folder, name)));
}

/** An ended execution, its log and its own labels. */
export interface Run {
  id: string;
  state: { current: string; histories: { state: string; date: string }[] };
  logs: LogLine[];
  labelled: Record<string, string>;
}

/** The loading flows on Kestra's engine and the emulators, and a source of hand-made months. */
export class MonthLab {
  readonly publisher = new Publisher();
  readonly warehouse;
  private readonly client;

  private constructor(kestraUrl: string, bigqueryUrl: string, dataset: string) {
    this.client = new KestraClient({ kind: "address", url: kestraUrl, username, password });
    this.warehouse = { url: bigqueryUrl, project: "lab", dataset };
  }

  /** Registers the flows, with a dataset of its own. */
  static async start(dataset: string): Promise<MonthLab> {
    const { host, bigquery } = await pluginLab();
    const lab = new MonthLab(host.url, bigquery.url, dataset);
    await lab.publisher.start();
    const answer = await fetch(`${bigquery.url}/bigquery/v2/projects/lab/datasets`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ datasetReference: { projectId: "lab", datasetId: dataset }, location: "US" }),
    });
    assert.equal(answer.status, 200);
    const entries = { GCP_PROJECT_ID: "lab", GCP_LOCATION: "US", GCP_BUCKET_NAME: "lab", GCP_DATASET: dataset };
    for (const [key, value] of Object.entries({ ...entries, TRIPS_URL: lab.publisher.tripsUrl }))
      await lab.setKv(key, value);
    await lab.setKey(serviceAccountKey());
    await putTexts(lab.client, namespace);
    for (const flow of flows)
      if ((await host.send("GET", `/flows/${namespace}/${flow}`)).status === 404)
        await register(host, impatientFlow(flow));
    return lab;
  }

  stop(): void {
    this.publisher.stop();
  }

  setKv(key: string, value: string): Promise<void> {
    return putKv(this.client, namespace, key, kvLiteral("STRING", value));
  }

  deleteKv(key: string): Promise<void> {
    return deleteKv(this.client, namespace, key);
  }

  /** Puts a key into GCP_CREDS. */
  setKey(key: string): Promise<void> {
    return putKv(this.client, namespace, "GCP_CREDS", key);
  }

  /** Puts namespace files, by their paths, beside dbt's profiles. */
  async putFiles(files: Record<string, string>): Promise<void> {
    const all = { ...files, "profiles.yml": readFileSync(join("dbt", "profiles.yml"), "utf8") };
    for (const [path, content] of Object.entries(all))
      await putFile(this.client, namespace, path, Buffer.from(content));
  }

  /** Takes namespace files away: other tests share the namespace. */
  async removeFiles(...paths: string[]): Promise<void> {
    for (const path of paths) await deleteFile(this.client, namespace, path);
  }

  /** Runs a flow to its end. */
  async run(flow: string, inputs: Record<string, string> = {}): Promise<Run> {
    const execution = await follow(this.client, (await execute(this.client, namespace, flow, inputs)).id);
    const whole = (await (await this.client.send("GET", `/executions/${execution.id}`)).json()) as Run & {
      labels: { key: string; value: string }[];
    };
    const own = whole.labels.filter(({ key }) => !key.startsWith("system"));
    const labelled = Object.fromEntries(own.map(({ key, value }) => [key, value]));
    return { ...whole, logs: await getWholeLog(this.client, execution, "INFO"), labelled };
  }

  /** All that Kestra shows of an execution: itself with labels, outputs and task runs, and its log from TRACE on. */
  async shown({ id, state }: Run): Promise<string> {
    const execution = await (await this.client.send("GET", `/executions/${id}`)).text();
    return execution + JSON.stringify(await getWholeLog(this.client, { id, state }, "TRACE"));
  }

  /** Loads a month, which must succeed; the last thing that the flow says. */
  async load(month: string, more: Record<string, string> = {}): Promise<string> {
    const { state, logs } = await this.run("04_gcp_load_month", { month, ...more });
    assert.equal(state.current, "SUCCESS", JSON.stringify(logs));
    return logs.at(-1)!.message;
  }

  /** Loads a month, which must fail; its last line. Each error is a sentence without a stack trace. */
  async refusal(month: string): Promise<{ said: string; reason: string }> {
    const { state, logs, labelled } = await this.run("04_gcp_load_month", { month });
    assert.equal(state.current, "FAILED");
    assert.equal(labelled.result, "failed");
    const errors = logs.filter((line) => line.level === "ERROR").map((line) => line.message);
    for (const line of errors) assert.doesNotMatch(line, /^\s+at /m, line);
    return { said: errors.at(-1)!, reason: labelled.reason! };
  }

  /** Rows of a query as lists of texts; tables in braces. */
  async rows(sql: string): Promise<(string | null)[][]> {
    return (await query(this.warehouse, "Test", sql)).map((row) => Object.values(row));
  }

  /** The main table's trips as `ride day month older-month`, in the order of their ids. */
  async trips(): Promise<string[]> {
    const rows = await this.rows(`select ride_id, date(started_at) as day, source_month, older_month
      from {baywheels_tripdata} order by ride_id, day`);
    return rows.map((row) => row.filter((value) => value !== null).join(" "));
  }
}
