import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { publishedMonths } from "../../sandbox/openData/listing";
import { freePort } from "./support/kestraHost";

const launch = (...args: string[]) =>
  spawn(process.execPath, ["--import", "tsx", "sandbox/openData/server.ts", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });

/** The exit code of a server that cannot start, and what it says. */
async function refusal(...args: string[]): Promise<{ code: number | null; words: string }> {
  const server = launch(...args);
  let words = "";
  server.stderr.on("data", (data: Buffer) => (words += data.toString()));
  return new Promise((done) => server.once("close", (code) => done({ code, words })));
}

async function ready(url: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (
      await fetch(`${url}/health`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    await sleep(100);
  }
  throw new Error(`${url} is not ready`);
}

describe("open-data server", () => {
  const folder = mkdtempSync(join(tmpdir(), "open-data-"));
  const running: ChildProcess[] = [];
  let generated: string;
  let served: string;

  before(async () => {
    mkdirSync(join(folder, "files", "baywheels-data"), { recursive: true });
    mkdirSync(join(folder, "files", "resource"));
    const names = [
      "202502-baywheels-tripdata.csv.zip",
      "202501-baywheels-tripdata.csv.zip",
      "index.html",
      "2017-fordgobike-tripdata.csv.zip",
    ];
    for (const name of names) writeFileSync(join(folder, "files", "baywheels-data", name), "not really a zip");
    writeFileSync(join(folder, "files", "resource", "wamw-vt4s.csv"), "the_geom\n");
    const ports = [await freePort(), await freePort()];
    running.push(launch("--port", String(ports[0]), "--data-dir", join(folder, "data"), "--trips", "200"));
    running.push(
      launch("--port", String(ports[1]), "--data-dir", join(folder, "data"), "--folder", join(folder, "files")),
    );
    [generated, served] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
    await Promise.all([ready(generated), ready(served)]);
  });
  after(() => {
    for (const server of running) server.kill();
    rmSync(folder, { recursive: true });
  });

  it("lists generated months, which publishedMonths reads oldest first", async () => {
    const months = await publishedMonths(`${generated}/baywheels-data`);
    assert.deepEqual(months[0], { month: "2022-11", objectName: "202211-baywheeels-tripdata.csv.zip" });
    assert.deepEqual(months.at(-1), { month: "2026-09", objectName: "202609-lyftbikes-tripdata.zip" });
  });

  it("gives the same zip again, and tells its size in the listing then", async () => {
    const url = `${generated}/baywheels-data/202503-baywheels-tripdata.zip`;
    const [first, second] = [await (await fetch(url)).arrayBuffer(), await (await fetch(url)).arrayBuffer()];
    assert.ok(Buffer.from(first).equals(Buffer.from(second)));
    const listing = await (await fetch(`${generated}/baywheels-data/?prefix=202503`)).text();
    assert.match(listing, new RegExp(`<Size>${first.byteLength}</Size>`));
    const head = await fetch(url, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(first.byteLength));
  });

  it("answers a key that is not there as S3 does, and never leaves its folder", async () => {
    for (const key of ["202404-baywheels-tripdata.csv.zip", "..%2Fresource%2Fwamw-vt4s.csv", "%2Fetc%2Fpasswd"]) {
      for (const url of [generated, served]) {
        const answer = await fetch(`${url}/baywheels-data/${key}`);
        assert.equal(answer.status, 404);
        assert.match(await answer.text(), /<Code>NoSuchKey<\/Code>/);
      }
    }
  });

  it("serves a folder's files as they are, and takes as months only what is one", async () => {
    assert.equal(await (await fetch(`${served}/resource/wamw-vt4s.csv`)).text(), "the_geom\n");
    const zip = await fetch(`${served}/baywheels-data/202501-baywheels-tripdata.csv.zip`);
    assert.equal(await zip.text(), "not really a zip");
    const months = await publishedMonths(`${served}/baywheels-data`);
    assert.deepEqual(
      months.map(({ month }) => month),
      ["2025-01", "2025-02"],
    );
  });

  it("refuses a folder that lacks a part, and a taken port, in one line", async () => {
    const lacking = await refusal("--port", "1", "--data-dir", folder, "--folder", folder);
    assert.deepEqual(lacking, {
      code: 1,
      words: `open data: ${folder}/baywheels-data is missing: a data folder holds baywheels-data/<month>.zip and resource/wamw-vt4s.csv\n`,
    });
    const port = new URL(generated).port;
    const taken = await refusal("--port", port, "--data-dir", join(folder, "data"), "--trips", "200");
    assert.equal(taken.code, 1);
    assert.match(taken.words, new RegExp(`^open data: port ${port} of 127\\.0\\.0\\.1 cannot be used: .*\n$`));
  });

  it("lets publishedMonths page through a long listing", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const marker = new URL(request.url!, "http://127.0.0.1").searchParams.get("marker")!;
      asked.push(marker);
      const key = marker === "" ? "202501-baywheels-tripdata.csv.zip" : "202502-baywheels-tripdata.csv.zip";
      response.end(`<IsTruncated>${marker === ""}</IsTruncated><Contents><Key>${key}</Key></Contents>`);
    });
    const port = await freePort();
    await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
    try {
      const months = await publishedMonths(`http://127.0.0.1:${port}/bucket`);
      assert.deepEqual(
        months.map(({ month }) => month),
        ["2025-01", "2025-02"],
      );
      assert.deepEqual(asked, ["", "202501-baywheels-tripdata.csv.zip"]);
    } finally {
      server.close();
    }
  });
});
