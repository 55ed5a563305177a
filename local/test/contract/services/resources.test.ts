import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handlers as bucket } from "../../../storage/bucket";
import { handlers as dataset } from "../../../bigquery/dataset";
import { request } from "../../../services/rest";
import { startBigQuery, startStorage, type LocalService } from "../../../lab/localServices";

/** A proxy that makes the Cloud Storage emulator list two objects per page, and counts the lists. */
async function pagingProxy(storage: string): Promise<{ url: string; lists: () => number; server: Server }> {
  let lists = 0;
  const server = createServer((received, response) => {
    const url = new URL(received.url!, storage);
    if (received.method === "GET" && url.pathname.endsWith("/o")) {
      lists++;
      url.searchParams.set("maxResults", "2");
    }
    void fetch(url, { method: received.method }).then(async (answer) => {
      response.writeHead(answer.status).end(await answer.text());
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lists: () => lists, server };
}

describe("bucket and dataset of stack local", () => {
  const folder = mkdtempSync(join(tmpdir(), "local-resources-"));
  let storage: LocalService;
  let bigquery: LocalService;

  before(async () => {
    mkdirSync(join(folder, "objects"));
    storage = await startStorage(join(folder, "objects"));
    bigquery = await startBigQuery(join(folder, "bigquery"), join(folder, "objects"));
  });
  after(async () => {
    await Promise.all([storage.stop(), bigquery.stop()]);
    rmSync(folder, { recursive: true });
  });

  const bucketInputs = () => ({ url: storage.url, project: "p", name: "trips", location: "US" });
  const datasetInputs = () => ({ url: bigquery.url, project: "p", datasetId: "trips", location: "US" });

  it("a bucket is created, adopted with its objects, read, and deleted with all pages of them", async () => {
    const inputs = bucketInputs();
    assert.deepEqual(await bucket.create(inputs), { id: "trips", outs: inputs });
    for (const name of ["a", "b", "folder%2Fc", "folder%2Fd", "e"]) {
      const upload = `${storage.url}/upload/storage/v1/b/trips/o?uploadType=media&name=${name}`;
      assert.equal((await fetch(upload, { method: "POST", body: "content" })).status, 200);
    }
    await bucket.create(inputs);
    assert.equal((await fetch(`${storage.url}/storage/v1/b/trips/o/a`)).status, 200);
    assert.deepEqual(await bucket.read("trips", inputs), { id: "trips", props: inputs });
    const proxy = await pagingProxy(storage.url);
    try {
      await bucket.delete("trips", { ...inputs, url: proxy.url });
    } finally {
      proxy.server.closeAllConnections();
      proxy.server.close();
    }
    assert.equal(proxy.lists(), 4);
    assert.deepEqual(await bucket.read("trips", inputs), {});
    await bucket.delete("trips", inputs);
  });

  it("a dataset is created, adopted with its tables, read, and deleted with them", async () => {
    const inputs = datasetInputs();
    const tables = `${bigquery.url}/bigquery/v2/projects/p/datasets/trips/tables`;
    assert.deepEqual(await dataset.create(inputs), { id: "p/trips", outs: inputs });
    await request("Table", "POST", tables, {
      tableReference: { projectId: "p", datasetId: "trips", tableId: "t" },
      schema: { fields: [{ name: "a", type: "INTEGER" }] },
    });
    await dataset.create(inputs);
    assert.equal((await fetch(`${tables}/t`)).status, 200);
    assert.deepEqual(await dataset.read("p/trips", inputs), { id: "p/trips", props: inputs });
    await dataset.delete("p/trips", inputs);
    assert.deepEqual(await dataset.read("p/trips", inputs), {});
    await dataset.delete("p/trips", inputs);
  });

  it("a change of their identity replaces them, the old one first", async () => {
    const ofBucket = await bucket.diff("trips", bucketInputs(), { ...bucketInputs(), location: "EU" });
    assert.deepEqual(ofBucket, { changes: true, replaces: ["location"], deleteBeforeReplace: true });
    const ofDataset = await dataset.diff("p/trips", datasetInputs(), { ...datasetInputs(), datasetId: "other" });
    assert.deepEqual(ofDataset, { changes: true, replaces: ["datasetId"], deleteBeforeReplace: true });
    assert.equal((await dataset.diff("p/trips", datasetInputs(), datasetInputs())).changes, false);
    const moved = await dataset.diff("p/trips", datasetInputs(), { ...datasetInputs(), url: "http://127.0.0.1:1" });
    assert.deepEqual([moved.changes, moved.replaces], [true, []]);
  });
});
