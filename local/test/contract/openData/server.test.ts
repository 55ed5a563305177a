import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { publishedMonths } from "../../../openData/listing";
import { freePort } from "../../../lab/kestraHost";

const launch = (...args: string[]) =>
  spawn(process.execPath, ["--import", "tsx", "local/openData/server.ts", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });

/** Exit code and error message of a server that can't start. */
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
    assert.equal(months.length, 100);
    assert.deepEqual(months[0], { month: "2018-01", objectName: "201801-fordgobike-tripdata.csv.zip" });
    assert.deepEqual(months.at(-1), { month: "2026-09", objectName: "202609-lyftbikes-tripdata.zip" });
  });

  it("gives the same zip again, and tells its size in the listing of many then", async () => {
    const url = `${generated}/baywheels-data/202503-baywheels-tripdata.zip`;
    const dateOf = (xml: string) => /<Key>202503.*?<LastModified>([^<]+)</.exec(xml)![1]!;
    const promised = await (await fetch(`${generated}/baywheels-data/?prefix=2025`)).text();
    assert.doesNotMatch(promised, /<Size>/);
    const [first, second] = [await (await fetch(url)).arrayBuffer(), await (await fetch(url)).arrayBuffer()];
    assert.ok(Buffer.from(first).equals(Buffer.from(second)));
    const listing = await (await fetch(`${generated}/baywheels-data/?prefix=2025`)).text();
    assert.match(listing, new RegExp(`<Size>${first.byteLength}</Size>`));
    const head = await fetch(url, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(first.byteLength));
    const md5 = createHash("md5").update(Buffer.from(first)).digest("hex");
    assert.equal(head.headers.get("etag"), `"${md5}"`);
    assert.match(listing, new RegExp(`<ETag>&quot;${md5}&quot;</ETag>`));
    assert.equal(dateOf(listing), dateOf(promised));
    assert.equal(head.headers.get("last-modified"), new Date(dateOf(promised)).toUTCString());
  });

  it("makes what a listing names alone, so that it tells hash and size", async () => {
    const list = async (query: string) => (await fetch(`${generated}/baywheels-data/?${query}`)).text();
    assert.doesNotMatch(await list("prefix=20240"), /<Size>/);
    const alone = await list("prefix=202405");
    const zip = Buffer.from(
      await (await fetch(`${generated}/baywheels-data/202405-baywheels-tripdata.csv.zip`)).arrayBuffer(),
    );
    const md5 = createHash("md5").update(zip).digest("hex");
    assert.match(alone, new RegExp(`<ETag>&quot;${md5}&quot;</ETag><Size>${zip.length}</Size></Contents></List`));
    assert.match(await list("prefix=20240&marker=202406&max-keys=1"), /<IsTruncated>true<.*<Key>202406.*<Size>/);
    assert.equal((await list("prefix=2024").then((xml) => xml.match(/<Size>/g)))?.length, 2);
  });

  it("keeps the months of each set of irregularities for themselves", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/baywheels-data`;
    const data = join(folder, "data");
    running.push(
      launch("--port", String(port), "--data-dir", data, "--trips", "200", "--irregularities", "renamed,quoted"),
    );
    await ready(`http://127.0.0.1:${port}`);
    const months = await publishedMonths(url);
    assert.equal(months.length, 105);
    assert.deepEqual(months[0], { month: "2018-01", objectName: "201801-baywheels-tripdata.csv.zip" });
    assert.deepEqual(months.at(-1), { month: "2026-09", objectName: "202609-lyftbikes-tripdata.zip" });
    assert.equal(readdirSync(data).length, 2);
    const sizes = await Promise.all(
      [`${generated}/baywheels-data`, url].map(async (bucket) =>
        (await fetch(`${bucket}/202609-lyftbikes-tripdata.zip`)).headers.get("content-length"),
      ),
    );
    assert.notEqual(sizes[0], sizes[1]);
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

  it("answers others while it makes a month, and makes it once", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    running.push(launch("--port", String(port), "--data-dir", join(folder, "large"), "--trips", "60000"));
    await ready(url);
    let made = false;
    const month = () => fetch(`${url}/baywheels-data/202609-lyftbikes-tripdata.zip`).then((zip) => zip.arrayBuffer());
    const both = Promise.all([month(), month()]).finally(() => (made = true));
    const [kept] = readdirSync(join(folder, "large"));
    const part = join(folder, "large", kept!, "202609-lyftbikes-tripdata.zip.part");
    let answers = 0;
    while (!made) {
      await fetch(`${url}/health`);
      if (existsSync(part)) answers++;
    }
    const [first, second] = await both;
    assert.ok(Buffer.from(first).equals(Buffer.from(second)));
    assert.ok(answers >= 5, `${answers} answers while the month was being made`);
  });

  it("leaves no half month behind when it is killed", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = launch("--port", String(port), "--data-dir", join(folder, "killed"), "--trips", "300000");
    running.push(server);
    await ready(url);
    const ended = new Promise((done) => server.once("close", done));
    const broken = fetch(`${url}/baywheels-data/202609-lyftbikes-tripdata.zip`).catch(() => undefined);
    const [kept] = readdirSync(join(folder, "killed"));
    const file = join(folder, "killed", kept!, "202609-lyftbikes-tripdata.zip");
    for (let i = 0; i < 500 && readdirSync(join(folder, "killed", kept!)).length < 3; i++) await sleep(10);
    server.kill("SIGKILL");
    await Promise.all([ended, broken]);
    assert.ok(existsSync(`${file}.part`) && !existsSync(file));
  });

  it("refuses what it cannot answer as S3 does", async () => {
    const cases: [string, number, string][] = [
      ["?max-keys=many", 400, "InvalidArgument"],
      ["?list-type=2", 501, "NotImplemented"],
      ["?delimiter=/", 501, "NotImplemented"],
      ["%zz", 404, "NoSuchKey"],
    ];
    for (const [path, status, code] of cases) {
      const answer = await fetch(`${generated}/baywheels-data/${path}`);
      assert.equal(answer.status, status, path);
      assert.match(await answer.text(), new RegExp(`<Code>${code}</Code>`));
    }
    assert.equal((await fetch(`${generated}/health`, { method: "POST" })).status, 405);
  });

  it("has a page that is no month", async () => {
    const answer = await fetch(`${generated}/baywheels-data/index.html`);
    assert.equal(answer.headers.get("content-type"), "text/html");
    assert.match(await (await fetch(`${generated}/baywheels-data/`)).text(), /<Key>index.html<\/Key>/);
  });

  it("refuses a folder without a month, and a command line that says too little", async () => {
    const empty = join(folder, "empty");
    cpSync(join(folder, "files", "resource"), join(empty, "resource"), { recursive: true });
    mkdirSync(join(empty, "baywheels-data"));
    const refused = [
      [
        ["--port", "1", "--data-dir", folder, "--folder", empty],
        /^open data: \S+ holds no \.zip: a data folder holds .*\n$/,
      ],
      [["--port", "1", "--data-dir", folder], /^open data: usage: .*\n$/],
      [["--port", "1", "--data-dir", folder, "--trips", "many"], /^open data: --trips is 'many': .*\n$/],
      [
        ["--port", "1", "--data-dir", folder, "--trips", "9", "--irregularities", "quoted,rain"],
        /^open data: --irregularities is 'quoted,rain': unknown irregularity 'rain'; use wholeYear, .*\n$/,
      ],
      [["--port", "1", "--data-dir", folder, "--folder", folder, "--irregularities="], /^open data: usage: .*\n$/],
    ] as const;
    for (const [args, words] of refused) {
      const answer = await refusal(...args);
      assert.equal(answer.code, 1);
      assert.match(answer.words, words);
    }
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
    assert.match(taken.words, new RegExp(`^open data: can't listen on port ${port} of 127\\.0\\.0\\.1: .*\n$`));
  });

  it("lets publishedMonths say which address gives no listing", async () => {
    await assert.rejects(
      publishedMonths("http://127.0.0.1:1/bucket"),
      /The listing at http:\S+:1\/bucket\/\S+ can't be/,
    );
    await assert.rejects(publishedMonths(`${generated}/bucket`), /\/bucket\/\S+ returned status 404/);
    await assert.rejects(publishedMonths(`${generated}/health?`), /returned status 200 and no bucket listing/);
  });
});
