import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { bigQueryLab, type Emulator, type Job } from "../../../lab/bigQueryLab";
import { eventually } from "../../../lab/kestraHost";

/** A statement that would run for hours. */
const endless =
  "select countif(mod(a * b, 7) = 3) from unnest(generate_array(1, 1000000)) as a cross join unnest(generate_array(1, 1000000)) as b";

/** The reason of a job whose client has gone. */
const absent = /^Job execution was cancelled: its client closed the connection/;

describe("BigQuery emulator: jobs that take long", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = (await bigQueryLab()).patched;
  });

  const job = async (jobId: string) => (await emulator.send("GET", `/jobs/${jobId}`)).body as Job;

  /** Fields of jobs.insert. */
  const inserted = (jobId: string, query = endless) => ({
    jobReference: { projectId: "lab", jobId },
    configuration: { query: { query, useLegacySql: false }, labels: { month: "2024-01" } },
  });
  const insert = (jobId: string, query?: string) => emulator.send("POST", "/jobs", inserted(jobId, query));

  /** Sends a request and closes its connection, by default once the job that it's about is known to run. */
  async function sendAndGo(method: string, path: string, body?: unknown, jobId?: string): Promise<void> {
    const connection = new AbortController();
    const headers = { "content-type": "application/json" };
    const sent = fetch(`${emulator.url}/bigquery/v2/projects/lab${path}`, {
      method,
      signal: connection.signal,
      ...(body ? { body: JSON.stringify(body), headers } : {}),
    });
    const refused = assert.rejects(sent, { name: "AbortError" });
    // jobs.query doesn't name its job: a second later the server has at least read the request
    if (jobId === undefined) await sleep(1000);
    else await eventually(async () => (await job(jobId)).status);
    connection.abort();
    await refused;
  }

  /** Asserts that the engine is free: behind a statement that runs for hours, this one would get no answer. */
  async function assertFree(): Promise<void> {
    assert.deepEqual(await emulator.rows("select 1"), [["1"]]);
  }

  describe("jobs.query, whose client closes the connection,", () => {
    const queries: Record<string, string> = {
      "is stopped, and rolls its transaction back": `begin transaction; delete from lab.left_alone where true; ${endless}; commit transaction;`,
      "is stopped between the short statements of a loop":
        "declare i int64 default 0; while i < 1000000 do set i = i + 1; end while;",
    };
    for (const [what, query] of Object.entries(queries))
      it(what, async () => {
        await emulator.rows("create or replace table lab.left_alone as select 1 as n");
        await sendAndGo("POST", "/queries", { query, useLegacySql: false });
        await assertFree();
        assert.deepEqual(await emulator.rows("select n from lab.left_alone"), [["1"]]);
      });

    it("is stopped while it waits for its turn", async () => {
      const both = [1, 2].map(() => sendAndGo("POST", "/queries", { query: endless, useLegacySql: false }));
      await Promise.all(both);
      await assertFree();
    });
  });

  it("jobs.insert is stopped when its client closes the connection and nobody asks for the job", async () => {
    await sendAndGo("POST", "/jobs", inserted("dropped_insert"), "dropped_insert");
    await assertFree();
    const { state, errorResult } = (await job("dropped_insert")).status;
    assert.deepEqual([state, errorResult?.reason], ["DONE", "stopped"]);
    assert.match(errorResult?.message ?? "", absent);
  });

  it("a job continues when it's asked for after a dropped poll, until a poll is dropped for good", async () => {
    assert.equal(((await insert("polled")).body as Job).status.state, "RUNNING");
    assert.equal((await insert("polled")).status, 409);
    await sendAndGo("GET", "/queries/polled?timeoutMs=30000", undefined, "polled");
    await job("polled");
    // longer than the three seconds after which a job is stopped that nobody asks for
    await sleep(3500);
    assert.equal((await job("polled")).status.state, "RUNNING");
    await sendAndGo("GET", "/queries/polled?timeoutMs=30000", undefined, "polled");
    await assertFree();
    assert.match((await job("polled")).status.errorResult?.message ?? "", absent);
  });

  it("a cancelled job ends, as jobs.get and jobs.getQueryResults report", async () => {
    await insert("cancelled");
    const waits = emulator.send("GET", "/queries/cancelled?timeoutMs=30000");
    const { body } = await emulator.send("GET", "/queries/cancelled?timeoutMs=100");
    assert.equal((body as { jobComplete: boolean }).jobComplete, false);
    assert.equal((await emulator.send("POST", "/jobs/cancelled/cancel")).status, 200);
    const message = "Job execution was cancelled: User requested cancellation";
    const { status, body: answer } = await waits;
    const { errors } = (answer as { error: { errors: { reason: string; message: string }[] } }).error;
    assert.deepEqual([status, errors[0]!.reason, errors[0]!.message], [499, "stopped", message]);
    const { configuration, status: end } = await job("cancelled");
    assert.deepEqual([end.state, end.errorResult], ["DONE", { reason: "stopped", message }]);
    assert.deepEqual(configuration.labels, { month: "2024-01" });
    await assertFree();
  });

  it("returns the result of a job that jobs.insert didn't wait for", async () => {
    // the first job takes the engine
    await insert("before");
    assert.equal(((await insert("behind", "select 7")).body as Job).status.state, "RUNNING");
    const waits = emulator.send("GET", "/queries/behind?timeoutMs=30000");
    await emulator.send("POST", "/jobs/before/cancel");
    const { jobComplete, rows } = (await waits).body as { jobComplete: boolean; rows: { f: { v: string }[] }[] };
    assert.deepEqual([jobComplete, rows[0]!.f[0]!.v], [true, "7"]);
    assert.equal((await job("behind")).status.state, "DONE");
  });
});
