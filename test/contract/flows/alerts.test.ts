import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { strToU8 } from "fflate";
import { namespace } from "../../../kestra/pipeline/pipeline";
import { header, ride } from "../../support/publisher";
import { serve, type Served } from "../../support/serve";
import { MonthLab } from "./support/monthLab";
import { pluginLab, serviceAccountKey } from "../../../local/lab/pluginLab";
import { eventually, yaml } from "../../../local/lab/kestraHost";

const canary = "CanaryOfTheKey";

describe("an alert", () => {
  let lab: MonthLab;
  let status = 200;
  let alerts: { method?: string; type?: string; body: string }[] = [];
  let hook: Served;

  before(async () => {
    lab = await MonthLab.start("alerts");
    hook = await serve((request, answer) => {
      void text(request).then((body) => {
        alerts.push({ method: request.method, type: request.headers["content-type"], body });
        answer.writeHead(status).end("ok");
      });
    });
    await lab.setKv("COUNTIES_URL", lab.publisher.countiesUrl);
    const key = JSON.parse(serviceAccountKey()) as { private_key: string };
    await lab.setKey(JSON.stringify({ ...key, private_key: `${canary}\n${key.private_key}` }));
  });
  beforeEach(async () => {
    alerts = [];
    status = 200;
    await lab.setKv("ALERT_WEBHOOK", `${hook.url}/services/T1/B2`);
  });
  after(async () => {
    await lab.setKv("ALERT_WEBHOOK", "");
    await lab.setKey(serviceAccountKey());
    hook.stop();
    lab.stop();
  });

  /** The text of the only alert, which is JSON of nothing else. */
  function alertText(): string {
    const [alert, ...more] = alerts;
    assert.deepEqual(more, []);
    assert.equal(alert?.method, "POST");
    assert.match(alert.type!, /^application\/json/);
    const { text: alerted, ...others } = JSON.parse(alert.body) as { text: string };
    assert.deepEqual(others, {});
    assert.ok(!alerted.includes(canary));
    return alerted;
  }

  it("reports a failed load, as the log does", async () => {
    lab.publisher.put("202101-baywheels-tripdata.csv.zip", strToU8('no "zip"'));
    const { said } = await lab.refusal("2021-01");
    assert.match(said, /^Month 2021-01 was not loaded/);
    assert.equal(alertText(), said);
  });

  it("reports a failed county run", async () => {
    lab.publisher.publishCounties("the_geom,county\n");
    assert.equal((await lab.run("02_gcp_load_bay_area_county")).state.current, "FAILED");
    assert.match(alertText(), /^The counties were not loaded; the existing table is unchanged\. http:.*: the file lacks these columns: /);
  });

  it("isn't sent after a success, nor without an address", async () => {
    lab.publisher.publish("202101", header, ride("a", "2021-01-05 08:00:00", "2021-01-05 08:10:00"));
    await lab.load("2021-01");
    await lab.setKv("ALERT_WEBHOOK", "");
    lab.publisher.put("202102-baywheels-tripdata.csv.zip", strToU8("no zip"));
    await lab.refusal("2021-02");
    lab.publisher.withdraw("202102-baywheels-tripdata.csv.zip");
    assert.deepEqual(alerts, []);
  });

  it("says that a load failed which can't say why, since the entry is gone that it reads", async () => {
    await lab.deleteKv("TRIPS_URL");
    const { state, labelled } = await lab.run("04_gcp_load_month", { month: "2021-01" });
    await lab.setKv("TRIPS_URL", lab.publisher.tripsUrl);
    assert.deepEqual([state.current, labelled.result], ["FAILED", "failed"]);
    assert.match(alertText(), /^Month 2021-01 was not loaded; its existing rows are unchanged\. TRIPS_URL\/: .*TRIPS_URL/);
  });

  it("reports a failed build, without the token of a Git URL", async () => {
    const url = "http://TokenOfGit@127.0.0.1:1/o/r";
    const { state, labelled } = await lab.run("06_gcp_dbt", { git_url: url });
    assert.equal(state.current, "FAILED");
    assert.match(alertText(), /^Some or all models were not built: the Git repository could not be read: see the log of task sync\. /);
    assert.doesNotMatch(alertText() + labelled.reason, /TokenOfGit/);
  });

  it("doesn't change the result of a failed load when the webhook can't be reached", async () => {
    lab.publisher.put("202103-baywheels-tripdata.csv.zip", strToU8("no zip"));
    await lab.setKv("ALERT_WEBHOOK", "http://127.0.0.1:1/");
    const { state, labelled } = await lab.run("04_gcp_load_month", { month: "2021-03" });
    assert.deepEqual([state.current, labelled.result], ["FAILED", "failed"]);
    lab.publisher.withdraw("202103-baywheels-tripdata.csv.zip");
  });

  it("reports a month that is late, at a scheduled run, which succeeds even when the webhook fails", async function () {
    this.timeout("3m");
    status = 500;
    const { host } = await pluginLab();
    const flow = readFileSync(join("flows", "05_gcp_load_data_scheduled.yaml"), "utf8");
    // the same flow, which the schedule starts within a minute
    const soon = flow
      .replace("id: 05_gcp_load_data_scheduled", "id: soon")
      .replace("cron: 0 9 15 * *", "cron: '* * * * *'");
    await host.send(
      "POST",
      "/flows",
      soon.replace(
        "{id: build, type: BOOL, displayName: Build the models afterwards, defaults: true}",
        "{id: build, type: BOOL, defaults: false}",
      ),
      yaml,
    );
    const execution = await eventually(async () => {
      const { results } = (await host.send("GET", `/executions/search?filters[flowId][EQUALS]=soon`)).json as {
        results: { state: { current: string; endDate?: string } }[];
      };
      return results.find(({ state }) => /SUCCESS|WARNING|FAILED/.test(state.current));
    }, 120_000);
    await host.send("DELETE", `/flows/${namespace}/soon`);
    const now = new Date();
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);
    assert.ok(alertText().startsWith(`Month ${month} is late: it is not published at ${lab.publisher.tripsUrl}. `), alertText());
    assert.equal(execution.state.current, "SUCCESS");
  });
});
