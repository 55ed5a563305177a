import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connects, outerAddresses } from "./support/addresses";
import { bigQueryLab, Emulator, makeDataset } from "../../../lab/bigQueryLab";
import { freePort } from "../../../lab/kestraHost";
import { tool } from "../../../lab/localServices";

/** The server's process over one data folder, started and ended as often as a test likes. */
class Server {
  readonly emulator: Emulator;
  private child: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly grpcPort: number,
  ) {
    this.emulator = new Emulator(`http://127.0.0.1:${port}`);
  }

  static async create(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "bigquery-server-"));
    mkdirSync(join(folder, "storage", "lab"), { recursive: true });
    return new Server(folder, await freePort(), await freePort());
  }

  async start(): Promise<void> {
    this.child = spawnServer(this.folder, this.port, this.grpcPort);
    while (
      !(await fetch(`${this.emulator.url}/readyz`)
        .then(({ ok }) => ok)
        .catch(() => false))
    ) {
      assert.equal(this.child.exitCode, null, "the server ended before it was ready");
      await sleep(100);
    }
  }

  /** Sends the signal; the exit status, or the signal's name when that ended the process. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const gone = new Promise<number | NodeJS.Signals | null>((ended) =>
      this.child?.once("exit", (status, by) => ended(status ?? by)),
    );
    this.child?.kill(signal);
    return gone;
  }

  async dispose(): Promise<void> {
    if (this.child?.exitCode === null && this.child.signalCode === null) await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function spawnServer(folder: string, port: number, grpcPort: number): ChildProcess {
  const python = tool(process.env.BIGQUERY_PYTHON, "bigquery", "bin", "python");
  const ports = ["--port", String(port), "--grpc-port", String(grpcPort)];
  const data = ["--data-dir", join(folder, "data"), "--storage-root", join(folder, "storage")];
  return spawn(python, [join("local", "bigquery", "main.py"), ...ports, ...data], {
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** Exit status and text on stderr. */
async function outcomeOf(child: ChildProcess): Promise<{ status: number | null; text: string }> {
  let text = "";
  child.stderr?.on("data", (data: Buffer) => (text += data.toString()));
  return new Promise((ended) => child.once("close", (status) => ended({ status, text })));
}

describe("BigQuery emulator: the server", () => {
  describe("data", () => {
    let server: Server;

    before(async () => {
      server = await Server.create();
      await server.start();
      await makeDataset(server.emulator);
      writeFileSync(join(server.folder, "storage", "lab", "rides.csv"), "ride_id\nA1\n");
    });

    after(() => server.dispose());

    for (const [signal, ends] of [
      ["SIGKILL", "SIGKILL"],
      ["SIGTERM", 0],
    ] as const)
      it(`is there after ${signal} and a new start: tables, views, external tables, layout, jobs`, async () => {
        const { emulator } = server;
        const options = "options (format = 'CSV', uris = ['gs://lab/rides.csv'], skip_leading_rows = 1)";
        await emulator.rows([
          `create or replace external table lab.rides_ext (ride_id string) ${options}`,
          "create or replace table lab.kept partition by day cluster by n as select date '2024-01-01' as day, n from unnest(generate_array(1, 3)) as n",
          "create or replace view lab.kept_view as select count(*) as n from lab.kept",
        ]);
        const { jobReference } = await emulator.job("delete from lab.kept where n = 2", {
          labels: { month: "2024-01" },
        });
        assert.equal(await server.end(signal), ends);
        await server.start();
        assert.deepEqual(await emulator.rows("select n from lab.kept order by n"), [["1"], ["3"]]);
        assert.deepEqual(await emulator.rows("select n from lab.kept_view"), [["2"]]);
        assert.deepEqual(await emulator.rows("select ride_id from lab.rides_ext"), [["A1"]]);
        const { timePartitioning, clustering } = await emulator.table("kept");
        assert.deepEqual([timePartitioning, clustering], [{ type: "DAY", field: "day" }, { fields: ["n"] }]);
        const { sourceUris } = (await emulator.table("rides_ext")).externalDataConfiguration as {
          sourceUris: string[];
        };
        assert.deepEqual(sourceUris, ["gs://lab/rides.csv"]);
        const { body } = await emulator.send("GET", `/jobs/${jobReference.jobId}`);
        assert.deepEqual((body as { configuration: { labels: unknown } }).configuration.labels, { month: "2024-01" });
      });

    it("can be asked for on 127.0.0.1 alone", async () => {
      for (const port of [server.port, server.grpcPort]) {
        assert.equal(await connects("127.0.0.1", port), true);
        for (const host of outerAddresses()) assert.equal(await connects(host, port), false, `${host}:${port}`);
      }
    });

    it("of a transaction that SIGKILL broke off is as before it", async () => {
      const { emulator } = server;
      await emulator.rows("create or replace table lab.whole as select 1 as n");
      const busy =
        "select countif(mod(a * b, 7) = 3) from unnest(generate_array(1, 100000)) as a cross join unnest(generate_array(1, 20000)) as b";
      const broken = emulator.rows(`begin transaction; delete from lab.whole where true; ${busy}; commit transaction;`);
      const answered = broken.then(
        () => true,
        () => false,
      );
      await sleep(500);
      await server.end("SIGKILL");
      assert.equal(await answered, false, "the transaction was over before the signal");
      await server.start();
      assert.deepEqual(await emulator.rows("select n from lab.whole"), [["1"]]);
    });
  });

  for (const option of ["--port", "--grpc-port"] as const)
    it(`names a taken port of ${option} and the remedy in one line`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "bigquery-port-"));
      const holder = createServer();
      await new Promise<void>((listening) => holder.listen(0, "127.0.0.1", listening));
      const { port } = holder.address() as AddressInfo;
      const free = await freePort();
      const child = option === "--port" ? spawnServer(folder, port, free) : spawnServer(folder, free, port);
      const { status, text } = await outcomeOf(child);
      await new Promise((closed) => holder.close(closed));
      rmSync(folder, { recursive: true, force: true });
      assert.equal(
        text,
        `bigquery: port ${port} (${option}) of 127.0.0.1 cannot be used: Address already in use. Stop the process that listens there or choose another port.\n`,
      );
      assert.equal(status, 1);
    });

  it("answers many requests at once, each with its own result", async () => {
    const { patched } = await bigQueryLab();
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    const ready = numbers.map(async () => (await fetch(`${patched.url}/readyz`)).status);
    const results = await Promise.all(numbers.map((i) => patched.rows(`select ${i}, repeat('${i}.', 3)`)));
    assert.deepEqual(
      results,
      numbers.map((i) => [[String(i), `${i}.`.repeat(3)]]),
    );
    assert.deepEqual(
      await Promise.all(ready),
      numbers.map(() => 200),
    );
  });
});
