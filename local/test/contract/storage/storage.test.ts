import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connects, outerAddresses } from "../bigquery/support/addresses";
import { Emulator, makeDataset } from "../../../lab/bigQueryLab";
import { startBigQuery, startStorage, type LocalService } from "../../../lab/localServices";

interface StoredObject {
  name: string;
  size: string;
  md5Hash: string;
  contentType: string;
}

describe("Cloud Storage emulator", () => {
  let folder: string;
  let storage: LocalService;

  const send = (method: string, path: string, body?: string, type = "application/json") =>
    fetch(`${storage.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { "content-type": type } }),
    });

  const objectPath = (name: string) => `/storage/v1/b/lab/o/${encodeURIComponent(name)}`;

  const upload = (name: string, content: string, bucket = "lab") =>
    send(
      "POST",
      `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`,
      content,
      "text/csv",
    );

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "storage-"));
    mkdirSync(join(folder, "objects"));
    storage = await startStorage(join(folder, "objects"));
    assert.equal((await send("POST", "/storage/v1/b?project=lab", JSON.stringify({ name: "lab" }))).status, 200);
  });

  after(async () => {
    await storage.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps an object's bytes, media type and checksum", async () => {
    const content = 'ride_id,start_station_name\r\nA1,"Embarcadero\nü"\r\n';
    assert.equal((await upload("202401-baywheels-tripdata.csv", content)).status, 200);
    const object = (await (await send("GET", objectPath("202401-baywheels-tripdata.csv"))).json()) as StoredObject;
    assert.equal(object.contentType, "text/csv");
    assert.equal(object.size, String(Buffer.byteLength(content)));
    assert.equal(object.md5Hash, createHash("md5").update(content).digest("base64"));
    assert.equal(await (await send("GET", `${objectPath(object.name)}?alt=media`)).text(), content);
  });

  it("accepts a resumable upload in pieces, as Google's clients send large files", async () => {
    const piece = 256 * 1024;
    const content = "0123456789abcdef".repeat((2 * piece + 16) / 16);
    const begun = await send("POST", "/upload/storage/v1/b/lab/o?uploadType=resumable&name=great.csv", "{}");
    const session = begun.headers.get("location") ?? "";
    assert.ok(session.startsWith(storage.url), session);
    for (let from = 0; from < content.length; from += piece) {
      const body = content.slice(from, from + piece);
      const end = from + body.length;
      const total = end === content.length ? String(end) : "*";
      const headers = { "content-range": `bytes ${from}-${end - 1}/${total}` };
      assert.equal((await fetch(session, { method: "PUT", body, headers })).status, total === "*" ? 308 : 200);
    }
    assert.equal(await (await send("GET", `${objectPath("great.csv")}?alt=media`)).text(), content);
  });

  it("lists by prefix", async () => {
    for (const name of ["listed/202401.csv", "listed/202402.csv", "other.csv"]) await upload(name, "x");
    const { items } = (await (await send("GET", "/storage/v1/b/lab/o?prefix=listed/")).json()) as {
      items: StoredObject[];
    };
    assert.deepEqual(
      items.map(({ name }) => name),
      ["listed/202401.csv", "listed/202402.csv"],
    );
  });

  it("answers 404 for a missing bucket or object", async () => {
    assert.equal((await send("GET", objectPath("no-such-object.csv"))).status, 404);
    assert.equal((await send("GET", "/storage/v1/b/no-such-bucket")).status, 404);
    assert.equal((await upload("x.csv", "x", "no-such-bucket")).status, 404);
  });

  it("keeps buckets and objects over a restart", async () => {
    await upload("kept.csv", "kept");
    await storage.stop();
    storage = await startStorage(join(folder, "objects"));
    assert.equal((await send("GET", "/storage/v1/b/lab")).status, 200);
    assert.equal(await (await send("GET", `${objectPath("kept.csv")}?alt=media`)).text(), "kept");
  });

  it("shares uploads with the BigQuery emulator, also in folders and with blanks", async () => {
    const bigQuery = await startBigQuery(join(folder, "bigquery"), join(folder, "objects"));
    try {
      const emulator = new Emulator(bigQuery.url);
      await makeDataset(emulator);
      for (const [i, name] of ["plain.csv", "in folder/two words.csv"].entries()) {
        await upload(name, `ride ${i}\n`);
        const options = `options (format = 'CSV', uris = ['gs://lab/${name}'])`;
        await emulator.rows(`create or replace external table lab.uploaded_${i} (ride string) ${options}`);
        assert.deepEqual(await emulator.rows(`select ride from lab.uploaded_${i}`), [[`ride ${i}`]]);
      }
    } finally {
      await bigQuery.stop();
    }
  });

  it("listens on 127.0.0.1 only", async () => {
    const port = Number(new URL(storage.url).port);
    assert.equal(await connects("127.0.0.1", port), true);
    for (const host of outerAddresses()) assert.equal(await connects(host, port), false, host);
  });
});
