import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zipSync } from "fflate";
import { sha256 } from "../../../dynamic/handlers";
import { handlers, type NamespaceFilesInputs } from "../../../kestra/resources/namespaceFiles";
import { forgetOwnership } from "../../../kestra/resources/ownership";
import { basic, KestraHost, password, username } from "../../../local/lab/kestraHost";
import { connectionTo, nowhere, requestsOf, writesOf } from "./support/kestraRequests";
import type { FileEntry } from "../../../local/lab/kestraTypes";

type Contents = Record<string, string | Uint8Array>;

describe("kestra:NamespaceFiles on a real host", () => {
  let host: KestraHost;
  let folder: string;
  /** A namespace of its own for each test. */
  let namespace: string;
  let count = 0;
  const root = process.cwd();
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());
  beforeEach(() => {
    namespace = `files-${++count}`;
    process.chdir((folder = mkdtempSync(join(tmpdir(), "namespace-files-"))));
  });
  afterEach(() => {
    process.chdir(root);
    rmSync(folder, { recursive: true });
  });

  function write(directory: string, contents: Contents): void {
    for (const [path, content] of Object.entries(contents)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
  }
  /** Makes the folder hold just that; the inputs that state it. */
  function inputs(contents: Contents, directory = "dbt"): NamespaceFilesInputs {
    rmSync(directory, { recursive: true, force: true });
    write(directory, contents);
    const files = Object.fromEntries(
      Object.keys(contents).map((path) => [path, sha256(readFileSync(join(directory, path)))]),
    );
    return { connection: connectionTo(host), namespace, directory, files };
  }
  const filesPath = () => `/namespaces/${namespace}/files`;
  const query = (path: string) => `${filesPath()}?path=${encodeURIComponent(`/${path}`)}`;
  async function stored(path: string): Promise<Buffer | number> {
    const answer = await fetch(`${host.url}/api/v1/main${query(path)}`, {
      headers: { authorization: basic(username, password) },
    });
    return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : answer.status;
  }
  async function putByHand(path: string, content: string): Promise<void> {
    const form = new FormData();
    form.append("fileContent", new Blob([content]), "by-hand");
    assert.equal((await host.send("POST", query(path), form)).status, 200);
  }
  /** The requests of `work` that change files: `POST models/a.sql`. */
  const changes = async (work: () => Promise<unknown>) =>
    (await writesOf(work)).map((request) => request.replace(`${filesPath()}/`, ""));

  it("uploads files of nested folders, byte by byte, whatever their names", async () => {
    const zip = zipSync({ "inner.txt": new TextEncoder().encode("inner") });
    const contents: Contents = {
      "dbt_project.yml": "name: x\n",
      "models/core/deep/ab.sql": "select 'ä'\r\n",
      "seeds/100%+#&ü.csv": "a,b",
      "seeds/empty.csv": "",
      "seeds/bytes.bin": Uint8Array.from({ length: 70_000 }, (_, i) => i % 256),
      "packages/archive.zip": zip,
    };
    const news = inputs(contents);
    assert.deepEqual(await handlers.create(news), { id: namespace, outs: news });
    for (const [path, content] of Object.entries(contents))
      assert.deepEqual(await stored(path), Buffer.from(content as string), path);
    assert.equal(await stored("inner.txt"), 404);
    assert.deepEqual(await handlers.read("id", news), { id: "id", props: news });
  });

  it("adopts files of equal content without writing them, and makes others the stated ones", async () => {
    await putByHand("models/equal.sql", "select 1");
    await putByHand("models/other.sql", "select 2");
    const news = inputs({ "models/equal.sql": "select 1", "models/other.sql": "select 3" });
    assert.deepEqual(await changes(() => handlers.create(news)), ["POST models/other.sql"]);
    assert.equal(String(await stored("models/other.sql")), "select 3");
    assert.deepEqual(await changes(() => handlers.create(news)), []);
  });

  it("sees files that were changed or deleted by hand, puts them right, and sees that all are gone", async () => {
    const news = inputs({ "a.sql": "a", "b/c.sql": "c", "b/d.sql": "d" });
    await handlers.create(news);
    await putByHand("b/c.sql", "by hand");
    await host.send("DELETE", query("b/d.sql"));
    const drifted = (await handlers.read("id", news)).props as NamespaceFilesInputs;
    assert.deepEqual(drifted.files, { "a.sql": news.files["a.sql"], "b/c.sql": sha256("by hand") });
    assert.deepEqual(await handlers.diff("id", drifted, news), { changes: true, replaces: [] });
    const restored = await changes(() => handlers.update("id", drifted, news));
    assert.deepEqual(restored, ["POST b/c.sql", "POST b/d.sql"]);
    assert.deepEqual(await handlers.read("id", news), { id: "id", props: news });
    for (const path of Object.keys(news.files)) await host.send("DELETE", query(path));
    assert.deepEqual(await handlers.read("id", news), {});
  });

  it("uploads before it deletes, only what differs, and leaves files of others alone", async () => {
    const olds = inputs({ "kept.sql": "kept", "old.sql": "old", "changed.sql": "1" });
    await handlers.create(olds);
    await putByHand("foreign.sql", "foreign");
    const news = inputs({ "kept.sql": "kept", "changed.sql": "2", "new.sql": "new" });
    const requests = await changes(() => handlers.update("id", olds, news));
    assert.deepEqual(requests, ["POST changed.sql", "POST new.sql", "DELETE old.sql"]);
    const left = (await host.send<FileEntry[]>("GET", `${filesPath()}/directory`)).json.map(({ fileName }) => fileName);
    assert.deepEqual(left.sort(), ["changed.sql", "foreign.sql", "kept.sql", "new.sql"]);

    forgetOwnership();
    await handlers.delete("id", news);
    for (const path of Object.keys(news.files)) assert.equal(await stored(path), 404, path);
    assert.equal(String(await stored("foreign.sql")), "foreign");
    await handlers.delete("id", news);
  });

  it("moves on to another folder without losing files that both have", async () => {
    const olds = inputs({ "same.sql": "same", "only_old.sql": "old" });
    await handlers.create(olds);
    const news = inputs({ "same.sql": "same", "only_new.sql": "new" }, "transform");
    assert.deepEqual(await handlers.diff("id", olds, news), { changes: true, replaces: [] });
    const requests = await changes(() => handlers.update("id", olds, news));
    assert.deepEqual(requests, ["POST only_new.sql", "DELETE only_old.sql"]);
    assert.deepEqual((await handlers.diff("id", olds, { ...olds, namespace: "other" })).replaces, ["namespace"]);
  });

  it("stores a changed connection without a request; a later delete uses it", async () => {
    const news = inputs({ "a.sql": "a" });
    await handlers.create(news);
    const olds = { ...news, connection: nowhere };
    assert.deepEqual(await handlers.diff("id", olds, news), { changes: true, replaces: [] });
    let rotated: NamespaceFilesInputs | undefined;
    assert.deepEqual(await requestsOf(async () => (rotated = (await handlers.update("id", olds, news)).outs)), []);
    assert.deepEqual(rotated, news);
    await handlers.delete("id", rotated);
    assert.equal(await stored("a.sql"), 404);
  });

  it("names a file that changed or vanished since it was listed", async () => {
    const news = inputs({ "models/a.sql": "a" });
    const message = "File dbt/models/a.sql changed while it was being uploaded: run the same command again.";
    writeFileSync("dbt/models/a.sql", "b");
    await assert.rejects(handlers.create(news), { message });
    rmSync("dbt/models/a.sql");
    await assert.rejects(handlers.create(news), { message });
    assert.equal(await stored("models/a.sql"), 404);
  });
});
