import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KestraClient } from "../../../kestra/client/client";
import { execute, follow, getWholeLog } from "../../../kestra/client/executions";
import { parseFlow } from "../../../kestra/flows/flowFile";
import { getKv, putKv } from "../../../kestra/client/kv";
import { kvLiteral } from "../../../kestra/client/kvValue";
import { withoutKey } from "../../../kestra/pipeline/keylessFlow";
import { putFile } from "../../../kestra/client/namespaceFiles";
import { header, Publisher, ride } from "../../support/publisher";
import { password, register, username } from "../../../local/lab/kestraHost";
import { putTexts } from "./support/monthLab";
import { pluginLab } from "../../../local/lab/pluginLab";

/** Of its own, since the one of the flows has a key while other tests run. */
const namespace = "keyless";

describe("the flows where Kestra runs as the service account", () => {
  const publisher = new Publisher();
  let client: KestraClient;

  before(async () => {
    const { host } = await pluginLab();
    client = new KestraClient({ kind: "address", url: host.url, username, password });
    await publisher.start();
    const entries = {
      GCP_PROJECT_ID: "lab",
      GCP_LOCATION: "US",
      GCP_BUCKET_NAME: "lab",
      GCP_DATASET: "lab",
      TRIPS_URL: publisher.tripsUrl,
      DBT_TARGET: "local",
    };
    for (const [key, value] of Object.entries(entries)) await putKv(client, namespace, key, kvLiteral("STRING", value));
    for (const file of ["dbt_project.yml", "profiles.yml"])
      await putFile(client, namespace, file, readFileSync(join("dbt", file)));
    await putTexts(client, namespace);
    for (const id of ["04_gcp_load_month", "06_gcp_dbt"]) {
      const { source } = withoutKey(parseFlow(id, readFileSync(join("flows", `${id}.yaml`), "utf8")));
      await register(host, source.replace("namespace: bay-wheels", `namespace: ${namespace}`));
    }
  });
  after(() => publisher.stop());

  /** Runs a flow to its end. */
  async function run(flow: string, inputs: Record<string, string>) {
    const execution = await follow(client, (await execute(client, namespace, flow, inputs)).id);
    const log = await getWholeLog(client, execution, "INFO");
    return { state: execution.state.current, said: log.map(({ message }) => message).join("\n") };
  }

  it("load a month, no key being anywhere", async () => {
    assert.equal(await getKv(client, namespace, "GCP_CREDS"), undefined);
    publisher.publish("202103", header, ride("keyless", "2021-03-05 08:00:00", "2021-03-05 08:10:00"));
    const { state, said } = await run("04_gcp_load_month", { month: "2021-03" });
    assert.equal(state, "SUCCESS", said);
  });

  it("run dbt, which gets an empty file in the key's place", async () => {
    const { state, said } = await run("06_gcp_dbt", { dbt_command: "dbt debug" });
    assert.equal(state, "SUCCESS", said);
    assert.match(said, /All checks passed/);
  });
});
