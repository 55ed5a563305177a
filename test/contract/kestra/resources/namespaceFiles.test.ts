import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { zipSync } from "fflate";
import { sha256 } from "../../../../dynamic/handlers";
import { handlers, type NamespaceFilesInputs } from "../../../../kestra/resources/namespaceFiles";
import { forgetOwnership } from "../../../../kestra/resources/ownership";
import { FilesLab, type Contents } from "../support/filesLab";
import { connectionTo, nowhere, requestsOf } from "../support/kestraRequests";

describe("kestra:NamespaceFiles on a real host", () => {
  const lab = new FilesLab();

  it("uploads files of nested folders unchanged, whatever their names", async () => {
    const zip = zipSync({ "inner.txt": new TextEncoder().encode("inner") });
    const contents: Contents = {
      "dbt_project.yml": "name: x\n",
      "models/core/deep/ab.sql": "select 'ä'\r\n",
      "seeds/100%+#&ü.csv": "a,b",
      "seeds/empty.csv": "",
      "seeds/bytes.bin": Uint8Array.from({ length: 70_000 }, (_, i) => i % 256),
      "packages/archive.zip": zip,
    };
    const news = lab.inputs(contents);
    assert.deepEqual(await handlers.create(news), { id: lab.namespace, outs: news });
    for (const [path, content] of Object.entries(contents))
      assert.deepEqual(await lab.stored(path), Buffer.from(content as string), path);
    assert.equal(await lab.stored("inner.txt"), 404);
    assert.deepEqual(await handlers.read("id", news), { id: "id", props: news });
  });

  it("adopts identical files without writing them, and overwrites the others", async () => {
    await lab.putByHand("models/equal.sql", "select 1");
    await lab.putByHand("models/other.sql", "select 2");
    const news = lab.inputs({ "models/equal.sql": "select 1", "models/other.sql": "select 3" });
    assert.deepEqual(await lab.changes(() => handlers.create(news)), ["POST models/other.sql"]);
    assert.equal(String(await lab.stored("models/other.sql")), "select 3");
    assert.deepEqual(await lab.changes(() => handlers.create(news)), []);
  });

  it("detects and corrects manually changed or deleted files, and detects that all were deleted", async () => {
    const news = lab.inputs({ "a.sql": "a", "b/c.sql": "c", "b/d.sql": "d" });
    await handlers.create(news);
    await lab.putByHand("b/c.sql", "by hand");
    await lab.host.send("DELETE", lab.query("b/d.sql"));
    const drifted = (await handlers.read("id", news)).props as NamespaceFilesInputs;
    assert.deepEqual(drifted.files, { "a.sql": news.files["a.sql"], "b/c.sql": sha256("by hand") });
    assert.deepEqual(await handlers.diff("id", drifted, news), { changes: true, replaces: [] });
    const restored = await lab.changes(() => handlers.update("id", drifted, news));
    assert.deepEqual(restored, ["POST b/c.sql", "POST b/d.sql"]);
    assert.deepEqual(await handlers.read("id", news), { id: "id", props: news });
    for (const path of Object.keys(news.files)) await lab.host.send("DELETE", lab.query(path));
    assert.deepEqual(await handlers.read("id", news), {});
  });

  it("uploads before it deletes, only what differs, and leaves files of others alone", async () => {
    const olds = lab.inputs({ "kept.sql": "kept", "old.sql": "old", "changed.sql": "1" });
    await handlers.create(olds);
    await lab.putByHand("foreign.sql", "foreign");
    const news = lab.inputs({ "kept.sql": "kept", "changed.sql": "2", "new.sql": "new" });
    const requests = await lab.changes(() => handlers.update("id", olds, news));
    assert.deepEqual(requests, ["POST changed.sql", "POST new.sql", "DELETE old.sql"]);
    const left = await lab.list();
    assert.deepEqual(left, ["changed.sql", "foreign.sql", "kept.sql", "new.sql"]);

    forgetOwnership();
    await handlers.delete("id", news);
    for (const path of Object.keys(news.files)) assert.equal(await lab.stored(path), 404, path);
    assert.equal(String(await lab.stored("foreign.sql")), "foreign");
    await handlers.delete("id", news);
  });

  it("switches to another folder without losing files that both have", async () => {
    const olds = lab.inputs({ "same.sql": "same", "only_old.sql": "old" });
    await handlers.create(olds);
    const news = lab.inputs({ "same.sql": "same", "only_new.sql": "new" }, "transform");
    assert.deepEqual(await handlers.diff("id", olds, news), { changes: true, replaces: [] });
    const requests = await lab.changes(() => handlers.update("id", olds, news));
    assert.deepEqual(requests, ["POST only_new.sql", "DELETE only_old.sql"]);
    assert.deepEqual((await handlers.diff("id", olds, { ...olds, namespace: "other" })).replaces, ["namespace"]);
  });

  it("stores a changed connection without a request; a later delete uses it", async () => {
    const news = lab.inputs({ "a.sql": "a" });
    await handlers.create(news);
    const olds = { ...news, connection: nowhere };
    assert.deepEqual(await handlers.diff("id", olds, news), { changes: true, replaces: [] });
    let rotated: NamespaceFilesInputs | undefined;
    assert.deepEqual(await requestsOf(async () => (rotated = (await handlers.update("id", olds, news)).outs)), []);
    assert.deepEqual(rotated, news);
    await handlers.delete("id", rotated);
    assert.equal(await lab.stored("a.sql"), 404);
  });

  it("names a file that changed or vanished since it was listed", async () => {
    const news = lab.inputs({ "models/a.sql": "a" });
    const message = "File dbt/models/a.sql changed while it was being uploaded: run the same command again.";
    writeFileSync("dbt/models/a.sql", "b");
    await assert.rejects(handlers.create(news), { message });
    rmSync("dbt/models/a.sql");
    await assert.rejects(handlers.create(news), { message });
    assert.equal(await lab.stored("models/a.sql"), 404);
  });

  /** The inputs for files listed in a program. */
  async function stated(texts: Record<string, string>, more: Partial<NamespaceFilesInputs> = {}) {
    const news = { connection: connectionTo(lab.host), namespace: lab.namespace, files: {}, texts, ...more };
    const { inputs, failures } = await handlers.check({}, news);
    assert.deepEqual(failures, []);
    return inputs as NamespaceFilesInputs;
  }

  it("uploads stated texts and local files, and keeps only their hashes", async () => {
    lab.write("local", { "bytes.bin": Uint8Array.from([0, 255, 13, 10]) });
    const texts = { "sql/ä.sql": "select 'ä'\r\n", empty: "" };
    const news = await stated(texts, { paths: { "bin/b": "local/bytes.bin" } });
    const outs = { connection: news.connection, namespace: lab.namespace, files: news.files };
    assert.deepEqual(await handlers.create(news), { id: lab.namespace, outs });
    assert.deepEqual(
      [await lab.stored("sql/ä.sql"), await lab.stored("empty"), await lab.stored("bin/b")],
      [Buffer.from("select 'ä'\r\n"), Buffer.from(""), Buffer.from([0, 255, 13, 10])],
    );
    assert.deepEqual(await handlers.read("id", outs), { id: "id", props: outs });
    assert.deepEqual(await handlers.diff("id", outs, news), { changes: false, replaces: [] });

    forgetOwnership();
    const next = await stated({ "sql/ä.sql": "select 2" });
    assert.deepEqual(await handlers.diff("id", outs, next), { changes: true, replaces: [] });
    const requests = await lab.changes(() => handlers.update("id", outs, next));
    assert.deepEqual(requests, ["POST sql/ä.sql", "DELETE empty", "DELETE bin"]);
    assert.equal(String(await lab.stored("sql/ä.sql")), "select 2");
  });

  it("uploads a folder below its prefix, moves it to another, and touches nothing outside", async () => {
    const { files: own, ...rest } = lab.inputs({ "a.sql": "a", "deep/b.sql": "b" });
    const below = (prefix: string) => ({
      ...rest,
      prefix,
      files: Object.fromEntries(Object.entries(own).map(([path, hash]) => [`${prefix}/${path}`, hash])),
    });
    for (const path of ["a.sql", "deep/b.sql", "p/other.sql", "p/qq/a.sql"]) await lab.putByHand(path, "foreign");
    const [olds, news] = [below("p/q"), below("r")];
    assert.deepEqual(await handlers.create(olds), { id: lab.namespace, outs: olds });
    assert.equal(String(await lab.stored("p/q/deep/b.sql")), "b");
    assert.deepEqual((await handlers.diff("id", olds, news)).replaces, []);
    const requests = await lab.changes(() => handlers.update("id", olds, news));
    assert.deepEqual(requests, ["POST r/a.sql", "POST r/deep/b.sql", "DELETE p/q/a.sql", "DELETE p/q"]);
    forgetOwnership();
    await handlers.delete("id", news);
    for (const path of ["a.sql", "deep/b.sql", "p/other.sql", "p/qq/a.sql"])
      assert.equal(String(await lab.stored(path)), "foreign", path);
    const left = await lab.list();
    assert.deepEqual(left, ["a.sql", "deep", "p"]);
  });

  it("leaves an empty folder above its prefix to whoever made it, also when it moves", async () => {
    const own = lab.namespace;
    // the server doesn't delete a folder whose path exists in another namespace, too: p stays, empty
    lab.namespace = `${own}-other`;
    await lab.putByHand("p/kept.sql", "kept");
    lab.namespace = own;
    await lab.putByHand("p/gone.sql", "foreign");
    await lab.host.send("DELETE", lab.query("p/gone.sql"));
    assert.deepEqual([await lab.list(), await lab.list("p")], [["p"], []]);

    const { files, ...rest } = lab.inputs({ "a.sql": "a" });
    const below = (prefix: string) => ({ ...rest, prefix, files: { [`${prefix}/a.sql`]: files["a.sql"]! } });
    await handlers.create(below("p/q"));
    const moved = await lab.changes(() => handlers.update("id", below("p/q"), below("p/r/s")));
    assert.deepEqual(moved, ["POST p/r/s/a.sql", "DELETE p/q"]);
    forgetOwnership();
    await handlers.delete("id", below("p/r/s"));
    assert.deepEqual([await lab.list(), await lab.list("p")], [["p"], []]);
    // nothing is left to delete
    assert.deepEqual(await lab.changes(() => handlers.delete("id", below("p/r/s"))), []);
    assert.deepEqual([await lab.list(), await lab.list("p")], [["p"], []]);
  });
});
