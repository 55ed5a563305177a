import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { handlers, type KvEntryState } from "../../../../kestra/resources/kvEntry";
import type { KvEntry } from "../../../../local/lab/kestraTypes";
import { nowhere, writesOf } from "../support/kestraRequests";
import { KvLab, namespace, pathOf, type Listed } from "../support/kvLab";

describe("kestra:KvEntry's time to live and description on a real host", () => {
  const lab = new KvLab();
  const { inputs, stored } = lab;

  it("removes the TTL of an adopted or manually changed entry, with one write", async () => {
    const news = inputs("lasting", "STRING", "v");
    const expires = async () => {
      const listed = await lab.host.send<{ key: string; expirationDate?: string }[]>(
        "GET",
        `/namespaces/${namespace}/kv`,
      );
      return listed.json.find(({ key }) => key === "lasting")!.expirationDate;
    };
    const putShort = () => lab.host.send("PUT", pathOf("lasting"), '"v"', "text/plain", { ttl: "PT1H" });
    await putShort();
    assert.notEqual(await expires(), undefined);
    await handlers.create(news);
    assert.equal(await expires(), undefined);
    assert.deepEqual(await writesOf(() => handlers.create(news)), []);

    await putShort();
    const drifted = (await handlers.read("id", news)).props as KvEntryState;
    assert.deepEqual(drifted, { ...news, expires: await expires() });
    assert.deepEqual(await handlers.diff("id", drifted, news), { changes: true, replaces: [] });
    assert.deepEqual((await handlers.update("id", drifted, news)).outs, news);
    assert.equal(await expires(), undefined);
    assert.deepEqual(await handlers.read("id", drifted), { id: "id", props: news });
  });

  const listed = async (key: string) =>
    (await lab.host.send<Listed[]>("GET", `/namespaces/${namespace}/kv`)).json.find((entry) => entry.key === key);
  const secondsLeft = async (key: string) => {
    const { expirationDate } = (await listed(key))!;
    return expirationDate === undefined ? undefined : (Date.parse(expirationDate) - Date.now()) / 1000;
  };
  /** True for a TTL that has just started. */
  const isFresh = (left: number | undefined, life: number) => left !== undefined && left > life - 20 && left <= life;

  it("starts the TTL at creation, and restarts it only for a new value, TTL or description", async () => {
    const news = { ...inputs("mortal", "STRING", "v"), ttl: "PT1H" };
    assert.deepEqual(await handlers.create(news), { id: `${namespace}/mortal`, outs: news });
    assert.ok(isFresh(await secondsLeft("mortal"), 3600));
    const put = [`PUT ${pathOf("mortal")}`];
    assert.deepEqual(await writesOf(() => handlers.create(news)), put);
    assert.deepEqual(await handlers.read("id", news), { id: "id", props: news });
    assert.deepEqual(await handlers.diff("id", news, news), { changes: false, replaces: [] });
    assert.deepEqual(await writesOf(() => handlers.update("id", { ...news, connection: nowhere }, news)), []);
    for (const change of [{ value: "w" }, { ttl: "P2D" }, { description: "why" }]) {
      const changed = { ...news, ...change };
      assert.deepEqual(await handlers.diff("id", news, changed), { changes: true, replaces: [] });
      assert.deepEqual(await writesOf(() => handlers.update("id", news, changed)), put);
    }
    await handlers.update("id", news, { ...news, ttl: "P2D" });
    assert.ok(isFresh(await secondsLeft("mortal"), 2 * 86_400));
    const lasting = inputs("mortal", "STRING", "v");
    assert.deepEqual(await writesOf(() => handlers.update("id", news, lasting)), put);
    assert.equal(await secondsLeft("mortal"), undefined);
  });

  it("detects that someone removed the TTL, and sets it again", async () => {
    const without = { ...inputs("immortal", "STRING", "v"), description: "stays" };
    const news = { ...without, ttl: "PT1H" };
    await handlers.create(news);
    await lab.host.send("PUT", pathOf("immortal"), '"v"', "text/plain", { description: "stays" });
    const drifted = (await handlers.read("id", news)).props as KvEntryState;
    assert.deepEqual(drifted, without);
    assert.deepEqual(await handlers.diff("id", drifted, news), { changes: true, replaces: [] });
    assert.deepEqual((await handlers.update("id", drifted, news)).outs, news);
    assert.ok(isFresh(await secondsLeft("immortal"), 3600));
  });

  it("creates an expired entry again", async () => {
    const news = { ...inputs("brief", "STRING", "v"), ttl: "PT0.2S" };
    await handlers.create(news);
    await sleep(400);
    assert.deepEqual(await handlers.read("id", news), {});
    await handlers.create({ ...news, ttl: "PT1H" });
    assert.equal(((await stored("brief")) as KvEntry).value, "v");
  });

  it("accepts the TTLs that the server accepts", async () => {
    const taken = ["PT1H", "pt1h", "P1D", "P1DT1H1M1S", "PT1.5S", "PT2,25S", "PT9.S", "P1000000D"];
    const refused = ["-PT1H", "PT-1H", "P1W", "P1M", "P1Y", "P", "PT", "P1DT", "1h", "PT9223372036854775807S"];
    const statusOf = async (ttl: string) =>
      (await lab.host.send("PUT", pathOf("life"), '"v"', "text/plain", { ttl })).status;
    const isAccepted = async (ttl: string) =>
      (await handlers.check({}, { ...inputs("life", "STRING", "v"), ttl })).failures!.length === 0;
    for (const ttl of taken) assert.deepEqual([await statusOf(ttl), await isAccepted(ttl)], [200, true], ttl);
    for (const ttl of refused)
      assert.deepEqual([(await statusOf(ttl)) >= 400, await isAccepted(ttl)], [true, false], ttl);
  });

  it("keeps every character of an accepted description, and treats any new one as a change", async () => {
    const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const accepted = String.fromCharCode(...codes(0x21, 0x7e), 0x20, ...codes(0xa1, 0xff));
    const news = { ...inputs("described", "STRING", "v"), description: accepted };
    assert.deepEqual((await handlers.check({}, news)).failures, []);
    assert.deepEqual((await handlers.create(news)).outs, news);
    assert.equal((await listed("described"))!.description, accepted);
    assert.deepEqual(await handlers.read("id", news), { id: "id", props: news });
    assert.deepEqual(await writesOf(() => handlers.create(news)), []);

    await lab.host.send("PUT", pathOf("described"), '"v"', "text/plain", { description: "by hand" });
    const drifted = (await handlers.read("id", news)).props as KvEntryState;
    assert.deepEqual(drifted, { ...news, description: "by hand" });
    assert.deepEqual(await handlers.diff("id", drifted, news), { changes: true, replaces: [] });
    await handlers.update("id", drifted, news);
    assert.equal((await listed("described"))!.description, accepted);
    const bare = inputs("described", "STRING", "v");
    await handlers.update("id", news, bare);
    assert.equal((await listed("described"))!.description, undefined);
    assert.deepEqual(await handlers.read("id", news), { id: "id", props: bare });
  });

  it("finds an entry's expiry among many whose keys contain its own", async () => {
    for (let i = 0; i < 101; i++) await lab.host.send("PUT", pathOf(`a-many-${i}`), "1", "text/plain");
    await lab.host.send("PUT", pathOf("many"), '"v"', "text/plain", { ttl: "PT1H" });
    await handlers.create(inputs("many", "STRING", "v"));
    assert.equal((await handlers.read("id", inputs("many", "STRING", "v"))).props?.expires, undefined);
    assert.equal(((await stored("many")) as KvEntry).revision, 2);
  });

  it("treats an expired entry as deleted", async () => {
    const news = inputs("short", "STRING", "x");
    await lab.host.send("PUT", pathOf("short"), '"x"', "text/plain", { ttl: "PT0.001S" });
    // the server answers the first request for an expired entry with 410, later ones with 404
    await sleep(100);
    assert.deepEqual(await handlers.read("id", news), {});
    await handlers.create(news);
    assert.equal(((await stored("short")) as KvEntry).value, "x");
  });
});
