import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KestraClient } from "../../../kestra/client/client";
import { parseFlow } from "../../../kestra/flows/flowFile";
import { retryTransient } from "../../../dynamic/retry";
import { hashOfText, readKeptText } from "../../../kestra/flows/flowText";
import { verdictsOn } from "../../../kestra/flows/verdicts";
import { handlers as flow, type FlowInputs, type FlowState } from "../../../kestra/resources/flow";
import { sha256 } from "../../../dynamic/handlers";
import { handlers as kvEntry, type KvEntryInputs } from "../../../kestra/resources/kvEntry";
import { withRetries } from "../../../dynamic/load";
import { handlers as namespaceFiles, type NamespaceFilesInputs } from "../../../kestra/resources/namespaceFiles";
import { getFile } from "../../../kestra/client/namespaceFiles";
import { createFlow, getFlow } from "../../../kestra/client/flows";
import { getKv } from "../../../kestra/client/kv";
import { closeTunnels } from "../../../kestra/tunnel/tunnels";
import { ClusterLab, pod } from "./clusterLab";
import { KestraHost } from "../../../local/lab/kestraHost";
import { connectionTo } from "../kestra/support/kestraRequests";
import { Relay } from "../kestra/support/relay";

const flows = withRetries(flow);
const entries = withRetries(kvEntry);
const files = withRetries(namespaceFiles);

const forwarded = /\/pods\/([^/]+)\/portforward/;

describe("handlers through a tunnel into a cluster", () => {
  let host: KestraHost;
  let lab: ClusterLab;
  /** In the pod, before Kestra. */
  let relay: Relay;
  let namespace: string;
  let count = 0;
  let folder: string;
  const root = process.cwd();

  before(async () => {
    host = await KestraHost.start();
    relay = await Relay.start(host.url);
    lab = await ClusterLab.start(relay.port);
    relay.onLoss = () => lab.api.cut();
  });
  after(async () => {
    await lab.stop();
    relay.stop();
    await host.dispose();
  });
  beforeEach(() => {
    namespace = `tunnel-${++count}`;
    lab.api.pods = [pod("kestra-1", relay.port)];
    [lab.api.requests, lab.api.strangers, relay.arrived] = [[], [], []];
    lab.api.dropped = 0;
    process.chdir((folder = mkdtempSync(join(tmpdir(), "tunnel-"))));
  });
  afterEach(async () => {
    process.chdir(root);
    rmSync(folder, { recursive: true });
    await closeTunnels();
    assert.equal(relay.lost, undefined);
    assert.deepEqual(lab.api.strangers, []);
  });

  const direct = () => new KestraClient(connectionTo(host));
  const flowOf = (text = "one"): FlowInputs => ({
    connection: lab.connection,
    source: `flows/f.yaml\n---\nid: f\nnamespace: ${namespace}\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: ${text}\n`,
    namespace,
    flowId: "f",
  });
  const textOf = (text?: string) => readKeptText(flowOf(text).source).source;
  const entryOf = (value = "one"): KvEntryInputs => ({
    connection: lab.connection,
    namespace,
    key: "K",
    type: "STRING",
    value,
  });
  function folderOf(contents: Record<string, string | Buffer>): NamespaceFilesInputs {
    for (const [path, content] of Object.entries(contents)) {
      mkdirSync(join("dbt", path, ".."), { recursive: true });
      writeFileSync(join("dbt", path), content);
    }
    const hashes = Object.entries(contents).map(([path, content]) => [path, sha256(content)] as const);
    return { connection: lab.connection, namespace, directory: "dbt", files: Object.fromEntries(hashes) };
  }
  const pods = () => lab.api.requests.flatMap((line) => forwarded.exec(line)?.[1] ?? []);
  const writes = () => relay.arrived.filter((line) => !line.startsWith("GET ")).map((line) => line.split(/[ /]/)[0]);

  /** Bytes that no compression makes less, with every value. */
  const big = Buffer.from(Array.from({ length: 600_000 }, (_, i) => (i * 7919) >>> 3));

  it("flows, entries and files are made, read and deleted", async () => {
    const made = await flows.create(flowOf());
    assert.equal(made.outs?.revision, 1);
    await entries.create(entryOf());
    const news = folderOf({ "dbt_project.yml": "name: x\n", "models/ab.sql": "select 'ä'", "seeds/big.bin": big });
    await files.create(news);
    assert.equal((await getFlow(direct(), namespace, "f"))?.source.trimEnd(), textOf().trimEnd());
    assert.equal((await getKv(direct(), namespace, "K"))?.value, "one");
    assert.deepEqual(await getFile(direct(), namespace, "seeds/big.bin"), big);

    assert.equal(((await flows.read("id", made.outs)).props as FlowState).revision, 1);
    assert.deepEqual(await files.read("id", news), { id: "id", props: news });
    await flows.delete("id", made.outs);
    await entries.delete("id", entryOf());
    await files.delete("id", news);
    assert.equal(await getFlow(direct(), namespace, "f"), undefined);
    assert.equal(await getKv(direct(), namespace, "K"), undefined);
    assert.equal(await getFile(direct(), namespace, "seeds/big.bin"), undefined);
  });

  it("an upload that breaks half-way is made again, and the file is whole", async () => {
    lab.api.dropAfter(200_000, 1);
    await files.create(folderOf({ "big.bin": big }));
    assert.deepEqual(await getFile(direct(), namespace, "big.bin"), big);
    assert.equal(lab.api.dropped, 1);
  });

  it("a flow whose text breaks half-way is registered once", async () => {
    lab.api.dropAfter(100_000, 1);
    const made = await flows.create(flowOf("x".repeat(300_000)));
    assert.equal(made.outs?.revision, 1);
    assert.deepEqual(writes(), ["POST"]);
    assert.equal(lab.api.dropped, 1);
  });

  it("a download that breaks half-way is made again", async () => {
    const news = folderOf({ "big.bin": big });
    await files.create({ ...news, connection: connectionTo(host) });
    lab.api.dropAfter(200_000, 2, "down");
    assert.deepEqual(await files.read("id", news), { id: "id", props: news });
    assert.equal(lab.api.dropped, 2);
  });

  describe("whose write arrives while its answer is lost", () => {
    const state = (): FlowState => ({
      connection: lab.connection,
      namespace,
      flowId: "f",
      file: "flows/f.yaml",
      revision: 1,
      __hash: hashOfText(textOf()),
    });

    it("make no second revision of a flow", async () => {
      relay.lost = /^POST .*\/flows/;
      assert.equal((await flows.create(flowOf())).outs?.revision, 1);
      assert.deepEqual(writes(), ["POST"]);
      relay.lost = /^PUT .*\/flows/;
      assert.equal((await flows.update("id", state(), flowOf("two"))).outs?.revision, 2);
      assert.deepEqual(writes(), ["POST", "PUT"]);
      assert.equal((await getFlow(direct(), namespace, "f"))?.revision, 2);
    });

    it("adopt a flow that another client creates meanwhile, and update its text if it differs", async () => {
      relay.meanwhile = () => createFlow(direct(), textOf());
      assert.equal((await flows.create(flowOf())).outs?.revision, 1);
      await flows.delete("id", state());
      relay.meanwhile = () => createFlow(direct(), textOf("of somebody else"));
      assert.equal((await flows.create(flowOf())).outs?.revision, 4);
      assert.equal((await getFlow(direct(), namespace, "f"))?.source, textOf());
      relay.meanwhile = undefined;
    });

    it("write an entry and a file once", async () => {
      relay.lost = /^PUT .*\/kv\//;
      await entries.create(entryOf());
      relay.lost = /^POST .*\/files/;
      await files.create(folderOf({ "a.sql": "select 1" }));
      assert.deepEqual(writes(), ["PUT", "POST"]);
      assert.equal((await getKv(direct(), namespace, "K"))?.value, "one");
    });

    it("delete what they delete", async () => {
      const news = folderOf({ "a.sql": "a", "b.sql": "b" });
      const connection = connectionTo(host);
      await Promise.all([
        flows.create({ ...flowOf(), connection }),
        entries.create({ ...entryOf(), connection }),
        files.create({ ...news, connection }),
      ]);
      for (const remove of [
        () => flows.delete("id", state()),
        () => entries.delete("id", entryOf()),
        () => files.delete("id", news),
      ]) {
        relay.lost = /^DELETE /;
        await remove();
        assert.equal(relay.lost, undefined);
      }
      assert.equal(await getFlow(direct(), namespace, "f"), undefined);
      assert.equal(await getKv(direct(), namespace, "K"), undefined);
      for (const path of ["a.sql", "b.sql"]) assert.equal(await getFile(direct(), namespace, path), undefined);
    });

    it("retry the validation of flows", async () => {
      const flow = parseFlow("f.yaml", `id: f\nnamespace: ${namespace}\ntasks:\n  - {id: t, type: no.such.Type}\n`);
      relay.lost = /^POST .*\/validate/;
      const { faults } = await retryTransient(() => verdictsOn(new KestraClient(lab.connection), [flow]));
      assert.match(faults[0]!, /^f\.yaml:4: .*no\.such\.Type/);
    });
  });

  it("another pod is taken where one goes away, also in the middle of a call, and after a while without any", async () => {
    await entries.create(entryOf("1"));
    lab.api.pods = [pod("kestra-2", relay.port)];
    lab.api.cut();
    await entries.update("id", entryOf("1"), entryOf("2"));
    assert.deepEqual([...new Set(pods())].at(-1), "kestra-2");

    relay.lost = /^PUT .*\/kv\//;
    lab.api.pods = () => (relay.lost ? [pod("kestra-2", relay.port)] : []);
    setTimeout(() => (lab.api.pods = [pod("kestra-3", relay.port)]), 1_500);
    await entries.update("id", entryOf("2"), entryOf("3"));
    assert.equal(pods().at(-1), "kestra-3");
    assert.equal((await getKv(direct(), namespace, "K"))?.value, "3");
  });

  it("share one tunnel when they run side by side", async () => {
    const all = Array.from({ length: 12 }, (_, i) => entries.create({ ...entryOf(), key: `K${i}` }));
    await Promise.all([...all, flows.create(flowOf())]);
    assert.equal(lab.api.requests.filter((line) => /\/services\//.test(line)).length, 1);
    for (let i = 0; i < 12; i++) assert.equal((await getKv(direct(), namespace, `K${i}`))?.value, "one");
  });
});
