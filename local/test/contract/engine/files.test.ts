import assert from "node:assert/strict";
import { errorOf, KestraHost } from "../../../lab/kestraHost";
import type { FileEntry } from "../../../lab/kestraTypes";

describe("Kestra host: namespace files", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  const files = "/namespaces/files/files";
  function put(path: string, content: string) {
    const form = new FormData();
    form.append("fileContent", new Blob([content]), path.split("/").at(-1));
    return host.send("POST", `${files}?path=${encodeURIComponent(path)}`, form);
  }
  const get = (path: string) => host.send("GET", `${files}?path=${encodeURIComponent(path)}`);

  const entries = async (folder: string) =>
    (await host.send<FileEntry[]>("GET", `${files}/directory?path=${folder}`)).json.map((each) => each.fileName).sort();
  const remove = (path: string) => host.send("DELETE", `${files}?path=${path}`);

  it("stores a blank in a name as a plus sign, and reads it so too", async () => {
    await put("/blank/a b.sql", "blank");
    assert.deepEqual(await entries("/blank"), ["a+b.sql"]);
    assert.deepEqual([(await get("/blank/a b.sql")).text, (await get("/blank/a+b.sql")).text], ["blank", "blank"]);
  });

  it("answers 404 for a missing path, and refuses to leave the namespace", async () => {
    const missing = await get("/missing.txt");
    assert.equal(missing.status, 404);
    assert.match(errorOf(missing).message, /^Not Found: File '\/missing\.txt' was not found/);
    assert.equal((await get("/../other/secret.txt")).status, 422);
    assert.equal((await put("/_flows/x.yaml", "id: x")).status, 422);
    assert.equal((await host.send("GET", `${files}/directory?path=/missing`)).status, 404);
    assert.equal((await host.send("GET", files)).status, 400);
  });

  it("deletes the folders that the deletion of a file leaves empty", async () => {
    await put("/top/keep.txt", "k");
    await put("/top/a/b/last.txt", "l");
    await remove("/top/a/b/last.txt");
    assert.deepEqual(await entries("/top"), ["keep.txt"]);
    await remove("/top/keep.txt");
    assert.ok(!(await entries("/")).includes("top"));
  });

  it("deletes a missing path's only sibling, even a folder with everything in it", async () => {
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
