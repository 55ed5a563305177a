import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Connection } from "../../../../kestra/client/connection";
import { keptText } from "../../../../kestra/flows/flowText";
import { handlers as flow, type FlowInputs } from "../../../../kestra/resources/flow";
import { sha256 } from "../../../../dynamic/handlers";
import { handlers as kvEntry } from "../../../../kestra/resources/kvEntry";
import { handlers as namespaceFiles, type NamespaceFilesInputs } from "../../../../kestra/resources/namespaceFiles";
import { forgetOwnership } from "../../../../kestra/resources/ownership";
import { KestraHost, password, username } from "../../../../local/lab/kestraHost";
import { connectionTo, nowhere, writesOf } from "../support/kestraRequests";
import { Relay } from "../support/relay";

const namespace = "stated";

/** What the engine does in one run: it checks all resources of the program before it deletes what left it. */
describe("what a program states under another name", () => {
  let host: KestraHost;
  let folder: string;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());
  beforeEach(() => {
    forgetOwnership();
    folder = mkdtempSync(join(tmpdir(), "stated-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const source = (id: string, message: string) =>
    `id: ${id}\nnamespace: ${namespace}\ntasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: ${message}\n`;
  async function flowInputs(id: string, message = "hi", connection: Connection = connectionTo(host)) {
    const { inputs } = await flow.check({}, { connection, source: keptText("f.yaml", source(id, message)) });
    return inputs as FlowInputs;
  }
  const flowText = async (id: string) =>
    (await host.send<{ source: string }>("GET", `/flows/${namespace}/${id}?source=true`)).json.source;

  it("stays when a flow's resource is renamed", async () => {
    const olds = (await flow.create(await flowInputs("renamed"))).outs!;
    forgetOwnership();
    await flow.create(await flowInputs("renamed"));
    assert.deepEqual(await writesOf(() => flow.delete("id", olds)), []);
    assert.equal(await flowText("renamed"), source("renamed", "hi"));
  });

  it("is both there when two flows swap their ids", async () => {
    const a = (await flow.create(await flowInputs("a", "of a"))).outs!;
    const b = (await flow.create(await flowInputs("b", "of b"))).outs!;
    forgetOwnership();
    await flow.create(await flowInputs("b", "of a"));
    await flow.create(await flowInputs("a", "of b"));
    await flow.delete("id", b);
    await flow.delete("id", a);
    assert.deepEqual([await flowText("a"), await flowText("b")], [source("a", "of b"), source("b", "of a")]);
  });

  it("goes when no resource states it any more", async () => {
    const olds = (await flow.create(await flowInputs("leaves"))).outs!;
    forgetOwnership();
    await flowInputs("another");
    await flow.delete("id", olds);
    assert.equal((await host.send("GET", `/flows/${namespace}/leaves`)).status, 404);
  });

  const entry = { namespace, key: "K", type: "STRING" as const, value: "v" };

  it("stays when a KV entry's resource is renamed and its server gets another address", async () => {
    const relay = await Relay.start(host.url);
    try {
      const url = `http://127.0.0.1:${relay.port}`;
      const olds = { ...entry, connection: connectionTo(host) };
      await kvEntry.create(olds);
      await kvEntry.check({}, { ...entry, connection: { kind: "address", url, username, password } });
      assert.deepEqual(await writesOf(() => kvEntry.delete("id", olds)), []);
      const spelled = `${host.url}/ui/`;
      await kvEntry.delete("id", { ...olds, connection: { ...connectionTo(host), url: spelled } });
      assert.equal((await host.send("GET", `/namespaces/${namespace}/kv/K`)).status, 200);
    } finally {
      relay.stop();
    }
  });

  it("stays while it isn't known whether the other address is another server", async () => {
    const olds = { ...entry, connection: connectionTo(host) };
    await kvEntry.create(olds);
    await kvEntry.check({}, { ...entry, connection: nowhere });
    await assert.rejects(kvEntry.delete("id", olds), { name: "KestraUnreachable" });
    assert.equal((await host.send("GET", `/namespaces/${namespace}/kv/K`)).status, 200);
  });

  it("is written again when it was deleted by another address before its own resource was checked", async () => {
    const url = host.url.replace("127.0.0.1", "localhost");
    const [byOne, byOther] = [connectionTo(host), { ...connectionTo(host), url }].map((connection) => {
      return { ...entry, connection };
    });
    await kvEntry.create(byOne!);
    await kvEntry.delete("id", byOther!);
    await kvEntry.check({}, byOne!);
    assert.deepEqual(await kvEntry.diff("id", byOne!, byOne!), { changes: true, replaces: [] });
    await kvEntry.update("id", byOne!, byOne!);
    assert.equal((await host.send("GET", `/namespaces/${namespace}/kv/K`)).status, 200);
  });

  it("goes from one server when another one is to have it", async () => {
    const other = await KestraHost.start();
    try {
      await kvEntry.create({ ...entry, connection: connectionTo(host) });
      await kvEntry.check({}, { ...entry, connection: connectionTo(other) });
      await kvEntry.delete("id", { ...entry, connection: connectionTo(host) });
      assert.equal((await host.send("GET", `/namespaces/${namespace}/kv/K`)).status, 404);
    } finally {
      await other.dispose();
    }
  });

  /** The inputs of a folder with these files. */
  function filesIn(name: string, contents: Record<string, string>): NamespaceFilesInputs {
    const directory = join(folder, name);
    rmSync(directory, { recursive: true, force: true });
    for (const [path, content] of Object.entries(contents)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    const hashes = Object.keys(contents).map((path) => [path, sha256(readFileSync(join(directory, path)))] as const);
    return { connection: connectionTo(host), namespace, directory, files: Object.fromEntries(hashes) };
  }
  const fileStatus = async (path: string) =>
    (await host.send("GET", `/namespaces/${namespace}/files?path=${encodeURIComponent(`/${path}`)}`)).status;

  for (const order of ["giver", "taker"]) {
    it(`is there when a file moves to another folder's resource, whichever runs first (the ${order})`, async () => {
      const [one, two] = [filesIn("one", { "m/a.sql": "a", "m/b.sql": "b" }), filesIn("two", { "m/c.sql": "c" })];
      for (const each of [one, two]) await namespaceFiles.create(each);
      const [giver, taker] = [filesIn("one", { "m/b.sql": "b" }), filesIn("two", { "m/c.sql": "c", "m/a.sql": "a" })];
      for (const each of [giver, taker]) await namespaceFiles.check({}, each);
      const updates = [() => namespaceFiles.update("id", one, giver), () => namespaceFiles.update("id", two, taker)];
      for (const update of order === "giver" ? updates : updates.reverse()) await update();
      assert.deepEqual(await Promise.all(["m/a.sql", "m/b.sql", "m/c.sql"].map(fileStatus)), [200, 200, 200]);
      forgetOwnership();
      for (const each of [giver, taker]) await namespaceFiles.delete("id", each);
    });
  }

  it("leaves no empty folder, and keeps what others have in one", async () => {
    const olds = filesIn("one", { "x/y/a.sql": "a", "x/y/z/b.sql": "b", "o/c.sql": "c", "kept.sql": "k" });
    await namespaceFiles.create(olds);
    const form = new FormData();
    form.append("fileContent", new Blob(["d"]), "by-hand");
    await host.send("POST", `/namespaces/${namespace}/files?path=%2Fo%2Fd.sql`, form);
    const news = filesIn("one", { "kept.sql": "k" });
    await namespaceFiles.update("id", olds, news);
    const listed = await host.send<{ fileName: string }[]>("GET", `/namespaces/${namespace}/files/directory`);
    assert.deepEqual(listed.json.map(({ fileName }) => fileName).sort(), ["kept.sql", "o"]);
    assert.equal(await fileStatus("o/d.sql"), 200);
    await namespaceFiles.delete("id", news);
  });

  it("isn't deleted again if it was deleted by hand: the rest of its folder stays", async () => {
    const olds = filesIn("one", { "f/gone.sql": "g", "f/kept.sql": "k", "f/foreign.sql": "x" });
    await namespaceFiles.create(olds);
    await host.send("DELETE", `/namespaces/${namespace}/files?path=%2Ff%2Fgone.sql`);
    await host.send("DELETE", `/namespaces/${namespace}/files?path=%2Ff%2Fforeign.sql`);
    const news = filesIn("one", { "f/kept.sql": "k" });
    assert.deepEqual(await writesOf(() => namespaceFiles.update("id", olds, news)), []);
    assert.equal(await fileStatus("f/kept.sql"), 200);
  });
});
