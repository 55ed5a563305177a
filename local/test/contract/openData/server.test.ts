import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishedMonths } from "../../../openData/listing";
import { eventually, freePort } from "../../../lab/kestraHost";
import { startService, type LocalService } from "../../../lab/localServices";

const md5 = (content: Buffer) => createHash("md5").update(content).digest("hex");

describe("open-data server", () => {
  const folder = mkdtempSync(join(tmpdir(), "open-data-"));
  const running: LocalService[] = [];
  let generated: string;
  let served: string;

  async function start(data: string, ...source: string[]): Promise<LocalService> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const args = ["--import", "tsx", "local/openData/server.ts", "--port", String(port), "--data-dir", data, ...source];
    const service = await startService(process.execPath, args, {}, url, `${url}/health`);
    running.push(service);
    return service;
  }

  const bytes = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());
  const list = async (query: string) => (await fetch(`${generated}/baywheels-data/?${query}`)).text();

  before(async () => {
    mkdirSync(join(folder, "files", "baywheels-data"), { recursive: true });
    mkdirSync(join(folder, "files", "resource"));
    const months = ["202502-baywheels-tripdata.csv.zip", "202501-baywheels-tripdata.csv.zip"];
    for (const name of [...months, "index.html", "2017-fordgobike-tripdata.csv.zip"])
      writeFileSync(join(folder, "files", "baywheels-data", name), "not really a zip");
    writeFileSync(join(folder, "files", "resource", "wamw-vt4s.csv"), "the_geom\n");
    const data = join(folder, "data");
    const sources = [
      ["--trips", "200"],
      ["--folder", join(folder, "files")],
    ];
    const services = await Promise.all(sources.map((source) => start(data, ...source)));
    [generated, served] = services.map(({ url }) => url) as [string, string];
  });
  after(async () => {
    await Promise.all(running.map((service) => service.stop()));
    rmSync(folder, { recursive: true });
  });

  it("lists generated months, which publishedMonths reads oldest first", async () => {
    const months = await publishedMonths(`${generated}/baywheels-data`);
    assert.equal(months.length, 100);
    assert.deepEqual(months[0], { month: "2018-01", objectName: "201801-fordgobike-tripdata.csv.zip" });
    assert.deepEqual(months.at(-1), { month: "2026-09", objectName: "202609-lyftbikes-tripdata.zip" });
  });

  it("returns the same zip each time, and its size in a listing of many from then on", async () => {
    const url = `${generated}/baywheels-data/202503-baywheels-tripdata.zip`;
    const dateOf = (xml: string) => /<Key>202503.*?<LastModified>([^<]+)</.exec(xml)![1]!;
    const before = await list("prefix=2025");
    assert.doesNotMatch(before, /<Size>/);
    const zip = await bytes(url);
    assert.deepEqual(await bytes(url), zip);
    const after = await list("prefix=2025");
    assert.match(after, new RegExp(`<ETag>&quot;${md5(zip)}&quot;</ETag><Size>${zip.length}</Size>`));
    assert.equal(dateOf(after), dateOf(before));
    const { headers } = await fetch(url, { method: "HEAD" });
    assert.deepEqual(
      ["content-length", "etag", "last-modified"].map((name) => headers.get(name)),
      [String(zip.length), `"${md5(zip)}"`, new Date(dateOf(before)).toUTCString()],
    );
  });

  it("generates the only month of a listing, for its hash and size", async () => {
    assert.doesNotMatch(await list("prefix=20240"), /<Size>/);
    const alone = await list("prefix=202405");
    const zip = await bytes(`${generated}/baywheels-data/202405-baywheels-tripdata.csv.zip`);
    assert.match(alone, new RegExp(`<ETag>&quot;${md5(zip)}&quot;</ETag><Size>${zip.length}</Size></Contents></List`));
    assert.match(await list("prefix=20240&marker=202406&max-keys=1"), /<IsTruncated>true<.*<Key>202406.*<Size>/);
  });

  it("keeps the months of each set of irregularities apart", async () => {
    const data = join(folder, "data");
    const { url } = await start(data, "--trips", "200", "--irregularities", "renamed,quoted");
    const months = await publishedMonths(`${url}/baywheels-data`);
    assert.equal(months.length, 105);
    assert.deepEqual(months[0], { month: "2018-01", objectName: "201801-baywheels-tripdata.csv.zip" });
    assert.equal(readdirSync(data).length, 2);
    const path = "/baywheels-data/202609-lyftbikes-tripdata.zip";
    assert.notDeepEqual(await bytes(generated + path), await bytes(url + path));
  });

  it("answers like S3 for a missing key, and never leaves its folder", async () => {
    for (const key of ["202404-baywheels-tripdata.csv.zip", "..%2Fresource%2Fwamw-vt4s.csv", "%2Fetc%2Fpasswd", "%zz"])
      for (const url of [generated, served]) {
        const answer = await fetch(`${url}/baywheels-data/${key}`);
        assert.equal(answer.status, 404, key);
        assert.match(await answer.text(), /<Code>NoSuchKey<\/Code>/);
      }
  });

  it("serves a folder's files unchanged, and lists as months only those that are", async () => {
    assert.equal(await (await fetch(`${served}/resource/wamw-vt4s.csv`)).text(), "the_geom\n");
    const zip = await fetch(`${served}/baywheels-data/202501-baywheels-tripdata.csv.zip`);
    assert.equal(await zip.text(), "not really a zip");
    const months = await publishedMonths(`${served}/baywheels-data`);
    assert.deepEqual(
      months.map(({ month }) => month),
      ["2025-01", "2025-02"],
    );
  });

  it("generates a month once, answers others meanwhile, and leaves no half month when it is killed", async () => {
    const data = join(folder, "large");
    const service = await start(data, "--trips", "60000");
    const zip = (name: string) => `${service.url}/baywheels-data/${name}`;
    const file = (name: string) => join(data, readdirSync(data)[0]!, name);
    const begun = (name: string) => eventually(() => Promise.resolve(existsSync(file(`${name}.part`)) || undefined));

    const whole = "202609-lyftbikes-tripdata.zip";
    const both = Promise.all([bytes(zip(whole)), bytes(zip(whole))]);
    await begun(whole);
    await fetch(`${service.url}/health`);
    assert.equal(existsSync(file(whole)), false, "the server answered only after it had generated the month");
    const [first, second] = await both;
    assert.deepEqual(first, second);

    const half = "202608-baywheels-tripdata.csv.zip";
    const broken = assert.rejects(bytes(zip(half)));
    await begun(half);
    await service.stop("SIGKILL");
    await broken;
    assert.ok(existsSync(file(whole)) && !existsSync(file(half)));
  });

  it("refuses requests that it doesn't answer like S3", async () => {
    const cases: [string, number, string][] = [
      ["?max-keys=many", 400, "InvalidArgument"],
      ["?list-type=2", 501, "NotImplemented"],
      ["?delimiter=/", 501, "NotImplemented"],
    ];
    for (const [path, status, code] of cases) {
      const answer = await fetch(`${generated}/baywheels-data/${path}`);
      assert.equal(answer.status, status, path);
      assert.match(await answer.text(), new RegExp(`<Code>${code}</Code>`));
    }
    assert.equal((await fetch(`${generated}/health`, { method: "POST" })).status, 405);
    const page = await fetch(`${generated}/baywheels-data/index.html`);
    assert.equal(page.headers.get("content-type"), "text/html");
  });

  it("refuses an invalid command line or folder, and a taken port, in one line", async () => {
    const empty = join(folder, "empty");
    for (const part of ["resource", "baywheels-data"]) mkdirSync(join(empty, part), { recursive: true });
    writeFileSync(join(empty, "resource", "wamw-vt4s.csv"), "the_geom\n");
    const refused: [string[], RegExp][] = [
      [["--folder", empty], / \S+ holds no \.zip: a data folder holds /],
      [["--folder", folder], / \S+\/baywheels-data is missing: a data folder holds baywheels-data\/<month>\.zip and /],
      [[], / usage: /],
      [["--folder", folder, "--irregularities="], / usage: /],
      [["--trips", "many"], / --trips is 'many': /],
      [
        ["--trips", "9", "--irregularities", "quoted,rain"],
        / --irregularities is 'quoted,rain': unknown .* 'rain'; use /,
      ],
      [["--trips", "9", "--port", new URL(generated).port], / can't listen on port \d+ of 127\.0\.0\.1: /],
    ];
    for (const [args, words] of refused)
      await assert.rejects(start(join(folder, "data"), ...args), ({ message }: Error) => {
        const [, line] = /ended with status 1: (open data: .*)\n$/.exec(message) ?? [];
        assert.match(line ?? message, words);
        return true;
      });
  });

  it("makes publishedMonths name an address without a listing", async () => {
    const failures: [string, RegExp][] = [
      ["http://127.0.0.1:1/bucket", /The listing at http:\S+:1\/bucket\/\S+ can't be/],
      [`${generated}/bucket`, /\/bucket\/\S+ returned status 404/],
      [`${generated}/health?`, /returned status 200 and no bucket listing/],
    ];
    for (const [url, message] of failures) await assert.rejects(publishedMonths(url), message);
  });
});
