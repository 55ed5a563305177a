import assert from "node:assert/strict";
import { basic, KestraHost, password, username, errorOf } from "../../../lab/kestraHost";
import type { FileEntry } from "../../../lab/kestraTypes";

describe("Kestra host: namespace files", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  const files = "/namespaces/files/files";
  function put(path: string, content: string | Uint8Array<ArrayBuffer>) {
    const form = new FormData();
    form.append("fileContent", new Blob([content]), path.split("/").at(-1));
    return host.send("POST", `${files}?path=${encodeURIComponent(path)}`, form);
  }
  const get = (path: string) => host.send("GET", `${files}?path=${encodeURIComponent(path)}`);

  const entries = async (folder: string) =>
    (await host.send<FileEntry[]>("GET", `${files}/directory?path=${folder}`)).json.map((each) => each.fileName).sort();
  const remove = (path: string) => host.send("DELETE", `${files}?path=${path}`);

  it("writes, overwrites and reads a file, with the folders above it", async () => {
    assert.equal((await put("/dbt/models/ä.sql", "select 1")).status, 200);
    await put("/dbt/models/ä.sql", "select 22");
    const answer = await get("/dbt/models/ä.sql");
    assert.equal(answer.text, "select 22");
    assert.equal(answer.headers.get("content-type"), "application/octet-stream");
    const { json } = await host.send<FileEntry>("GET", `${files}/stats?path=/dbt/models/%C3%A4.sql`);
    assert.deepEqual([json.fileName, json.type, json.size], ["ä.sql", "File", 9]);
  });

  it("stores a blank in a name as a plus sign, also in reading", async () => {
    await put("/blank/a b.sql", "blank");
    assert.deepEqual(await entries("/blank"), ["a+b.sql"]);
    assert.deepEqual([(await get("/blank/a b.sql")).text, (await get("/blank/a+b.sql")).text], ["blank", "blank"]);
  });

  it("keeps bytes as they are", async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
    await put("/bytes.bin", bytes);
    const answer = await fetch(`${host.url}/api/v1/main${files}?path=/bytes.bin`, {
      headers: { authorization: basic(username, password) },
    });
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), bytes);
  });

  it("answers 404 for what is missing, and refuses to leave the namespace", async () => {
    const missing = await get("/missing.txt");
    assert.equal(missing.status, 404);
    assert.match(errorOf(missing).message, /^Not Found: File '\/missing\.txt' was not found/);
    assert.equal((await get("/../other/secret.txt")).status, 422);
    assert.equal((await put("/_flows/x.yaml", "id: x")).status, 422);
    assert.equal((await host.send("GET", `${files}/directory?path=/missing`)).status, 404);
    assert.equal((await host.send("GET", files)).status, 400);
  });

  it("lists folders and finds paths", async () => {
    await put("/list/one.sql", "1");
    await put("/list/deep/two.sql", "22");
    const { json } = await host.send<FileEntry[]>("GET", `${files}/directory?path=/list`);
    const entries = json.map((each) => [each.fileName, each.type]).sort();
    assert.deepEqual(entries, [
      ["deep", "Directory"],
      ["one.sql", "File"],
    ]);
    assert.deepEqual((await host.send<string[]>("GET", `${files}/search?q=two.sql`)).json, ["/list/deep/two.sql"]);
    assert.deepEqual((await host.send<FileEntry[]>("GET", "/namespaces/nothing/files/directory")).json, []);
  });

  it("moves and deletes files and folders", async () => {
    await put("/move/from.txt", "moved");
    assert.equal((await host.send("PUT", `${files}?from=/move/from.txt&to=/move/to.txt`)).status, 200);
    assert.deepEqual([(await get("/move/from.txt")).status, (await get("/move/to.txt")).text], [404, "moved"]);
    assert.equal((await remove("/move/to.txt")).status, 200);
    await put("/folder/a.txt", "a");
    await put("/folder/sub/b.txt", "b");
    await remove("/folder");
    assert.deepEqual([(await get("/folder/a.txt")).status, (await get("/folder/sub/b.txt")).status], [404, 404]);
  });

  it("deletes with the last file the folders above it that it leaves empty", async () => {
    await put("/top/keep.txt", "k");
    await put("/top/a/b/last.txt", "l");
    await remove("/top/a/b/last.txt");
    assert.deepEqual(await entries("/top"), ["keep.txt"]);
    await remove("/top/keep.txt");
    assert.ok(!(await entries("/")).includes("top"));
  });

  it("deletes what is beside a path that isn't there, if that is one entry, a folder with all in it too", async () => {
    await put("/beside/one.txt", "1");
    assert.equal((await remove("/beside/gone.txt")).status, 200);
    assert.equal((await get("/beside/one.txt")).status, 404);
    await put("/above/sub/a.txt", "a");
    await put("/above/sub/b.txt", "b");
    assert.equal((await remove("/above/gone.txt")).status, 200);
    assert.equal((await get("/above/sub/a.txt")).status, 404);
    await put("/two/a.txt", "a");
    await put("/two/b.txt", "b");
    assert.equal((await remove("/two/gone.txt")).status, 200);
    assert.deepEqual(await entries("/two"), ["a.txt", "b.txt"]);
    await put("/root.txt", "r");
    assert.equal((await remove("/gone.txt")).status, 200);
    assert.equal((await get("/root.txt")).text, "r");
  });

  it("counts a folder's entries in all namespaces together", async () => {
    await put("/shared/mine.txt", "m");
    const form = new FormData();
    form.append("fileContent", new Blob(["t"]), "theirs.txt");
    await host.send("POST", "/namespaces/others/files?path=/shared/theirs.txt", form);
    await remove("/shared/gone.txt");
    assert.equal((await get("/shared/mine.txt")).text, "m");
  });
});
