import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { getExecution } from "../../kestra/executions";
import { freePort } from "../contract/support/kestraHost";
import { stack, type Stack } from "./support/stack";

const load = "05_gcp_load_data_scheduled";
const header =
  "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual";
const ride = (id: string, start: string) =>
  `${id},classic_bike,${start},2021-01-20 10:00:00,A St,SF-A1,B St,SF-B1,37.77,-122.41,37.78,-122.42,member`;

const answers = (url: string) =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );

/** A second open-data server, on a folder of hand-made months. */
class Publisher {
  readonly folder = mkdtempSync(join(tmpdir(), "bay-wheels-published-"));
  private server?: ChildProcess;
  url = "";

  async start(): Promise<void> {
    mkdirSync(join(this.folder, "baywheels-data"));
    mkdirSync(join(this.folder, "resource"));
    this.publishCounties("the_geom,objectid,fipsstco,county\n");
    this.publish("202012", header);
    const port = await freePort();
    const args = ["--import", "tsx", "sandbox/openData/server.ts", "--port", String(port), "--folder", this.folder];
    this.server = spawn(process.execPath, [...args, "--data-dir", this.folder], { stdio: "inherit" });
    this.url = `http://127.0.0.1:${port}`;
    while (!(await answers(`${this.url}/health`))) {
      assert.equal(this.server.exitCode, null, "the open-data server ended");
      await new Promise((again) => setTimeout(again, 100));
    }
  }

  /** Publishes a month as its CSV's lines, zipped. */
  publish(month: string, ...lines: string[]): void {
    const name = `${month}-baywheels-tripdata.csv`;
    this.put(
      `${name}.zip`,
      zipSync({ [name]: strToU8(`${lines.join("\n")}\n`), [`__MACOSX/._${name}`]: strToU8("junk") }),
    );
  }

  put(object: string, content: Uint8Array): void {
    writeFileSync(join(this.folder, "baywheels-data", object), content);
  }

  publishCounties(csv: string): void {
    writeFileSync(join(this.folder, "resource", "wamw-vt4s.csv"), csv);
  }

  stop(): void {
    this.server?.kill();
    rmSync(this.folder, { recursive: true });
  }
}

describe("the flows on bad and changed input", () => {
  let local: Stack;
  const publisher = new Publisher();
  const kept: Record<string, string> = {};

  before(async function () {
    this.timeout("10m");
    local = await stack();
    await publisher.start();
    for (const key of ["TRIPS_URL", "COUNTIES_URL"]) kept[key] = String(await local.kv(key));
    await local.setKv("TRIPS_URL", `${publisher.url}/baywheels-data`);
    await local.setKv("COUNTIES_URL", `${publisher.url}/resource/wamw-vt4s.csv`);
  });
  after(async () => {
    for (const [key, value] of Object.entries(kept)) await local.setKv(key, value);
    publisher.stop();
  });

  const main = () => local.content("baywheels_tripdata");
  const loaded = (month: string) =>
    local.rows(
      `select ride_id, cast(date(started_at) as string) as day from {baywheels_tripdata} where source_month = '${month}' order by 1`,
    );

  /** The last error line of a load that must fail; every error line is a sentence without a stack trace. */
  async function refusal(flow: string, inputs: Record<string, string> = {}): Promise<string> {
    const run = await local.run(flow, inputs);
    assert.equal(run.state.current, "FAILED");
    const said = run.logs.filter((line) => line.level === "ERROR").map((line) => line.message);
    for (const line of said) assert.doesNotMatch(line, /^\s+at /m, line);
    return said.at(-1)!;
  }

  it("a corrupt zip is named, the main table stays, and the mended file loads", async function () {
    this.timeout("2m");
    const before = await main();
    publisher.put("202101-baywheels-tripdata.csv.zip", strToU8("PK\u0003\u0004 this is no zip"));
    const said = await refusal(load, { month: "2021-01" });
    const url = `${publisher.url}/baywheels-data/202101-baywheels-tripdata.csv.zip`;
    assert.ok(
      said.startsWith(`Month 2021-01 was not loaded, the main table holds of it what it held before. ${url}: `),
      said,
    );
    assert.match(said, /zip/i);
    assert.match(said, /When that is mended, run this flow again with month 2021-01$/);
    assert.equal(await main(), before);
    publisher.publish(
      "202101",
      header,
      ride("A1", "2021-01-05 08:00:00"),
      ride("B1", "2021-01-06 08:00:00"),
      ride("C1", "2020-12-31 23:55:00"),
    );
    await local.succeed(load, { month: "2021-01" });
    assert.deepEqual(await loaded("2021-01-01"), [
      { ride_id: "A1", day: "2021-01-05" },
      { ride_id: "B1", day: "2021-01-06" },
      { ride_id: "C1", day: "2020-12-31" },
    ]);
  });

  it("a corrected file makes the main table equal to it: moved, vanished and new rides", async function () {
    this.timeout("2m");
    publisher.publish(
      "202101",
      header,
      ride("A1", "2021-01-09 08:00:00"),
      ride("C1", "2020-12-31 23:55:00"),
      ride("D1", "2021-01-31 08:00:00"),
    );
    await local.succeed(load, { month: "2021-01" });
    assert.deepEqual(await loaded("2021-01-01"), [
      { ride_id: "A1", day: "2021-01-09" },
      { ride_id: "C1", day: "2020-12-31" },
      { ride_id: "D1", day: "2021-01-31" },
    ]);
  });

  it("a ride that two files bring stands once, and goes back to the older file when the newer one drops it", async function () {
    this.timeout("5m");
    const rides = async () =>
      [...(await loaded("2021-01-01")), ...(await loaded("2021-02-01"))].map((row) => `${row.ride_id} ${row.day}`);
    const january = ["A1 2021-01-09", "C1 2020-12-31", "D1 2021-01-31"];
    await local.succeed("06_gcp_dbt");
    publisher.publish("202102", header, ride("D1", "2021-02-03 08:00:00"), ride("E1", "2021-02-10 08:00:00"));
    await local.succeed(load, { month: "2021-02" });
    assert.deepEqual(await rides(), ["A1 2021-01-09", "C1 2020-12-31", "D1 2021-02-03", "E1 2021-02-10"]);
    // the day that the ride left is written anew as well
    await local.succeed("06_gcp_dbt");
    const facts = await local.rows(
      "select ride_id, cast(started_on as string) as day from {facts_baywheels_trips} where ride_id = 'D1'",
    );
    assert.deepEqual(facts, [{ ride_id: "D1", day: "2021-02-03" }]);

    await local.succeed(load, { month: "2021-01" });
    assert.deepEqual(await rides(), ["A1 2021-01-09", "C1 2020-12-31", "D1 2021-02-03", "E1 2021-02-10"]);
    publisher.publish("202102", header, ride("E1", "2021-02-10 08:00:00"));
    await local.succeed(load, { month: "2021-02" });
    assert.deepEqual(await rides(), ["A1 2021-01-09", "C1 2020-12-31", "D1 2021-02-03", "E1 2021-02-10"]);
    assert.deepEqual((await loaded("2021-01-01")).at(-1), { ride_id: "D1", day: "2021-02-03" });
    await local.succeed(load, { month: "2021-01" });
    assert.deepEqual(await rides(), [...january, "E1 2021-02-10"]);
  });

  it("a row whose date is far from its file's month is rejected and counted", async function () {
    this.timeout("2m");
    publisher.publish("202102", header, ride("E1", "2021-02-10 08:00:00"), ride("Z1", "1970-01-01 00:00:00"));
    await local.succeed(load, { month: "2021-02" });
    const [row] = await local.rows(
      "select rows_in_file, rows_loaded, rows_rejected, first_day from {baywheels_loads} where source_month = '2021-02-01'",
    );
    assert.deepEqual(row, { rows_in_file: "2", rows_loaded: "1", rows_rejected: "1", first_day: "2021-01-31" });
  });

  it("a CSV that lacks a column is refused by that column's name, and the main table stays", async function () {
    this.timeout("2m");
    const before = await main();
    publisher.publish("202103", header.replace("end_lat", "end_latitude"), ride("F1", "2021-03-02 08:00:00"));
    const said = await refusal(load, { month: "2021-03" });
    assert.match(
      said,
      /202103-baywheels-tripdata\.csv\.zip: .*lacks these columns, or has them elsewhere: end_lat\. Expected in this order: ride_id, /,
    );
    publisher.publish("202103", header);
    assert.match(await refusal(load, { month: "2021-03" }), /its CSV has 0 rows, none with a ride_id/);
    assert.equal(await main(), before);
  });

  it("a zip without a CSV is refused in words", async () => {
    publisher.put("202104-baywheels-tripdata.csv.zip", zipSync({ "readme.txt": strToU8("nothing") }));
    assert.match(
      await refusal(load, { month: "2021-04" }),
      /202104-baywheels-tripdata\.csv\.zip: it must hold one CSV file; it holds readme\.txt\./,
    );
  });

  it("a counties file with other columns is refused, and the table stays as it was", async () => {
    const before = await local.content("bay_area_county_ext");
    publisher.publishCounties("name,outline\nAlameda,somewhere\n");
    const said = await refusal("02_gcp_load_bay_area_county");
    assert.match(
      said,
      /wamw-vt4s\.csv: its columns are name,outline; they must be the_geom,objectid,fipsstco,county, the first with outlines\. The table of counties is as it was/,
    );
    assert.equal(await local.content("bay_area_county_ext"), before);
  });

  it("a source that is gone is named with its address", async () => {
    await local.setKv("TRIPS_URL", "http://127.0.0.1:1/baywheels-data");
    const said = await refusal(load, { month: "2021-01" });
    await local.setKv("TRIPS_URL", `${publisher.url}/baywheels-data`);
    assert.match(
      said,
      /^Month 2021-01 was not loaded, the main table holds of it what it held before\. http:\/\/127\.0\.0\.1:1\/baywheels-data\/: .*(refused|connect)/i,
    );
  });
});

describe("a service that is gone", () => {
  let local: Stack;
  before(async function () {
    this.timeout("10m");
    local = await stack();
  });

  for (const [service, port, flow, inputs] of [
    ["storage", 2, "02_gcp_load_bay_area_county", {}],
    ["bigquery", 3, load, { month: "2026-09" }],
  ] as const) {
    it(`${service}: its address is named, and npm start brings it back with its data`, async function () {
      this.timeout("5m");
      const before = await local.content("baywheels_tripdata");
      local.kill(service);
      const run = await local.run(flow, inputs);
      assert.equal(run.state.current, "FAILED");
      const said = run.logs.filter((line) => line.level === "ERROR").map((line) => line.message);
      assert.ok(
        said.some((line) => line.includes(`127.0.0.1:${local.workspace.firstPort + port}`)),
        said.join("\n"),
      );
      await local.workspace.succeed("start");
      assert.equal(await local.content("baywheels_tripdata"), before);
      await local.succeed(flow, inputs);
    });
  }

  it("kestra: npm start brings it back with flows, entries and history", async function () {
    this.timeout("5m");
    const { id } = await local.succeed("01_gcp_kv");
    local.kill("kestra");
    const output = await local.workspace.succeed("start");
    assert.match(output, /~ 1 updated/);
    const execution = await getExecution(local.client, id);
    assert.equal(execution.state.current, "SUCCESS");
    await local.succeed("01_gcp_kv");
  });
});
