import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connects, outerAddresses } from "./support/addresses";
import { bigQueryLab, Emulator, makeDataset, type Job } from "../../../lab/bigQueryLab";
import { eventually, freePort } from "../../../lab/kestraHost";
import { startBigQuery, type LocalService } from "../../../lab/localServices";

describe("BigQuery emulator: the server", () => {
  let folder: string;
  let grpcPort: number;
  let server: LocalService;
  let emulator: Emulator;

  async function start(): Promise<void> {
    server = await startBigQuery(join(folder, "data"), join(folder, "storage"), grpcPort);
    emulator = new Emulator(server.url);
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bigquery-server-"));
    mkdirSync(join(folder, "storage", "lab"), { recursive: true });
    grpcPort = await freePort();
    await start();
    await makeDataset(emulator);
    writeFileSync(join(folder, "storage", "lab", "rides.csv"), "ride_id\nA1\n");
  });

  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [signal, end] of [
    ["SIGKILL", "SIGKILL"],
    ["SIGTERM", 0],
  ] as const)
    it(`keeps tables, views, external tables, layout and jobs after ${signal} and a new start`, async () => {
      await emulator.rows([
        "create or replace external table lab.rides_ext (ride_id string) options (format = 'CSV', uris = ['gs://lab/rides.csv'], skip_leading_rows = 1)",
        "create or replace table lab.kept partition by day cluster by n as select date '2024-01-01' as day, n from unnest(generate_array(1, 3)) as n",
        "create or replace view lab.kept_view as select count(*) as n from lab.kept",
      ]);
      const labels = { month: "2024-01" };
      const { jobReference } = await emulator.job("delete from lab.kept where n = 2", { labels });
      const described = await Promise.all(["rides_ext", "kept"].map((name) => emulator.table(name)));
      assert.equal(await server.stop(signal), end);
      await start();
      assert.deepEqual(await emulator.rows("select n from lab.kept order by n"), [["1"], ["3"]]);
      assert.deepEqual(await emulator.rows("select n from lab.kept_view"), [["2"]]);
      assert.deepEqual(await emulator.rows("select ride_id from lab.rides_ext"), [["A1"]]);
      assert.deepEqual(await Promise.all(["rides_ext", "kept"].map((name) => emulator.table(name))), described);
      const { body } = await emulator.send("GET", `/jobs/${jobReference.jobId}`);
      assert.deepEqual((body as Job).configuration.labels, labels);
    });

  it("listens on 127.0.0.1 only", async () => {
    for (const port of [Number(new URL(server.url).port), grpcPort]) {
      assert.equal(await connects("127.0.0.1", port), true);
      for (const host of outerAddresses()) assert.equal(await connects(host, port), false, `${host}:${port}`);
    }
  });

  it("has the state before a transaction that SIGKILL interrupts", async () => {
    await emulator.rows("create or replace table lab.whole as select 1 as n");
    const busy =
      "select countif(mod(a * b, 7) = 3) from unnest(generate_array(1, 1000000)) as a cross join unnest(generate_array(1, 1000000)) as b";
    const query = `begin transaction; delete from lab.whole where true; ${busy}; commit transaction;`;
    const inserted = emulator.send("POST", "/jobs", {
      jobReference: { projectId: "lab", jobId: "interrupted" },
      configuration: { query: { query, useLegacySql: false } },
    });
    const unanswered = assert.rejects(inserted);
    await eventually(async () => ((await emulator.send("GET", "/jobs/interrupted")).body as Job).status);
    await server.stop("SIGKILL");
    await unanswered;
    await start();
    assert.deepEqual(await emulator.rows("select n from lab.whole"), [["1"]]);
  });

  it("names a taken port and the remedy in one line", async () => {
    const holder = createServer();
    await new Promise<void>((listening) => holder.listen(0, "127.0.0.1", listening));
    const { port } = holder.address() as AddressInfo;
    const line = `bigquery: port ${port} (--grpc-port) of 127.0.0.1 cannot be used: Address already in use. Stop the process that listens there or choose another port.\n`;
    const taken = startBigQuery(join(folder, "other"), join(folder, "storage"), port);
    await assert.rejects(taken, (error: Error) => error.message.endsWith(`ended with status 1: ${line}`));
    await new Promise((closed) => holder.close(closed));
  });

  it("answers many requests at once, each with its own result", async () => {
    const { patched } = await bigQueryLab();
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    assert.deepEqual(
      await Promise.all(numbers.map((i) => patched.rows(`select ${i}, repeat('${i}.', 3)`))),
      numbers.map((i) => [[String(i), `${i}.`.repeat(3)]]),
    );
  });
});
