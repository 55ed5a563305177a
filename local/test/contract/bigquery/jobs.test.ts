import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { bigQueryLab, type BigQueryLab, type Emulator, type Job } from "../../../lab/bigQueryLab";

/** A statement that would run for hours. */
const endless =
  "select countif(mod(a * b, 7) = 3) from unnest(generate_array(1, 1000000)) as a cross join unnest(generate_array(1, 1000000)) as b";

/** What a job's reason says when its client has gone. */
const absent = /^Job execution was cancelled: its client closed the connection/;

describe("BigQuery emulator: jobs that take long", () => {
  let lab: BigQueryLab;
  let emulator: Emulator;

  /** Sends a request and closes its connection after a second. */
  async function sendAndGo(method: string, path: string, body?: unknown): Promise<void> {
    const url = `${emulator.url}/bigquery/v2/projects/lab${path}`;
    const signal = AbortSignal.timeout(1000);
    const headers = { "content-type": "application/json" };
    const sent = fetch(url, { method, signal, ...(body ? { body: JSON.stringify(body), headers } : {}) });
    await assert.rejects(sent, { name: "TimeoutError" });
  }

  const insert = (jobId: string) =>
    emulator.send("POST", "/jobs", {
      jobReference: { projectId: "lab", jobId },
      configuration: { query: { query: endless, useLegacySql: false }, labels: { month: "2024-01" } },
    });

  const job = async (jobId: string) => (await emulator.send("GET", `/jobs/${jobId}`)).body as Job;

  /** Asserts that the engine is free: behind a statement that runs for hours, this one gets no answer. */
  async function answersSoon(): Promise<void> {
    assert.deepEqual(await emulator.rows("select 1"), [["1"]]);
  }

  before(async () => {
    lab = await bigQueryLab();
    emulator = lab.patched;
  });

  it("stops jobs.query when its client closes the connection", async () => {
    await sendAndGo("POST", "/queries", { query: endless, useLegacySql: false });
    await answersSoon();
  });

  it("rolls back the transaction of a script whose client closes the connection", async () => {
    await emulator.rows("create or replace table lab.left_alone as select 1 as n");
    const query = `begin transaction; delete from lab.left_alone where true; ${endless}; commit transaction;`;
    await sendAndGo("POST", "/queries", { query, useLegacySql: false });
    await answersSoon();
    assert.deepEqual(await emulator.rows("select n from lab.left_alone"), [["1"]]);
  });

  it("stops a script that loops between short statements", async () => {
    const query = "declare i int64 default 0; while i < 1000000 do set i = i + 1; end while;";
    await sendAndGo("POST", "/queries", { query, useLegacySql: false });
    await answersSoon();
  });

  it("stops a job that waits for its turn, too", async () => {
    const running = sendAndGo("POST", "/queries", { query: endless, useLegacySql: false });
    await sendAndGo("POST", "/queries", { query: endless, useLegacySql: false });
    await running;
    await answersSoon();
  });

  it("stops jobs.insert when its client closes the connection and nobody asks for the job", async () => {
    const body = { configuration: { query: { query: endless, useLegacySql: false } } };
    await sendAndGo("POST", "/jobs", { jobReference: { projectId: "lab", jobId: "dropped_insert" }, ...body });
    await answersSoon();
    const { state, errorResult } = (await job("dropped_insert")).status;
    assert.deepEqual([state, errorResult?.reason], ["DONE", "stopped"]);
    assert.match(errorResult?.message ?? "", absent);
  });

  it("goes on with a job that a slow client polls, and with one that is asked for after a dropped poll", async () => {
    const { body } = await insert("slowly_polled");
    assert.equal((body as Job).status.state, "RUNNING");
    for (let i = 0; i < 3; i++) {
      await sleep(2000);
      assert.equal((await job("slowly_polled")).status.state, "RUNNING");
    }
    await sendAndGo("GET", "/queries/slowly_polled?timeoutMs=30000");
    await sleep(1000);
    assert.equal((await job("slowly_polled")).status.state, "RUNNING");
    await sleep(5000);
    assert.equal((await job("slowly_polled")).status.state, "RUNNING");
    const again = await insert("slowly_polled");
    assert.equal(again.status, 409);
    await emulator.send("POST", "/jobs/slowly_polled/cancel");
    await answersSoon();
  }).timeout(60_000);

  it("cancels a job when it's told to: jobs.get and jobs.getQueryResults say so", async () => {
    await insert("cancelled");
    const waits = emulator.send("GET", "/queries/cancelled?timeoutMs=30000");
    const { body } = await emulator.send("GET", "/queries/cancelled?timeoutMs=100");
    assert.equal((body as { jobComplete: boolean }).jobComplete, false);
    const cancelled = await emulator.send("POST", "/jobs/cancelled/cancel");
    assert.equal(cancelled.status, 200);
    const message = "Job execution was cancelled: User requested cancellation";
    const { status, body: answer } = await waits;
    const { errors } = (answer as { error: { errors: { reason: string; message: string }[] } }).error;
    assert.deepEqual([status, errors[0]!.reason, errors[0]!.message], [499, "stopped", message]);
    const { configuration, status: end } = await job("cancelled");
    assert.deepEqual([end.state, end.errorResult], ["DONE", { reason: "stopped", message }]);
    assert.deepEqual(configuration.labels, { month: "2024-01" });
    await answersSoon();
  }).timeout(60_000);

  it("stops a job whose poll is dropped and that nobody asks for again", async () => {
    await insert("dropped_poll");
    await sendAndGo("GET", "/queries/dropped_poll?timeoutMs=30000");
    await answersSoon();
    assert.match((await job("dropped_poll")).status.errorResult?.message ?? "", absent);
  }).timeout(60_000);

  it("gives the result of a job that jobs.insert didn't wait for", async () => {
    // the job before it takes the engine
    await insert("before");
    const { body } = await emulator.send("POST", "/jobs", {
      jobReference: { projectId: "lab", jobId: "behind" },
      configuration: { query: { query: "select 7", useLegacySql: false } },
    });
    assert.equal((body as Job).status.state, "RUNNING");
    const waits = emulator.send("GET", "/queries/behind?timeoutMs=30000");
    await emulator.send("POST", "/jobs/before/cancel");
    const { jobComplete, rows } = (await waits).body as { jobComplete: boolean; rows: { f: { v: string }[] }[] };
    assert.deepEqual([jobComplete, rows[0]!.f[0]!.v], [true, "7"]);
    assert.equal((await job("behind")).status.state, "DONE");
  }).timeout(60_000);
});
