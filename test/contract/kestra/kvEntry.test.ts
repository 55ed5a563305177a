import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { handlers, type KvEntryInputs, type KvEntryState } from "../../../kestra/resources/kvEntry";
import { forgetOwnership } from "../../../kestra/resources/ownership";
import type { KvType } from "../../../kestra/client/kv";
import { KestraHost } from "../../../local/lab/kestraHost";
import { connectionTo, nowhere, requestsOf, writesOf } from "./support/kestraRequests";
import type { KvEntry } from "../../../local/lab/kestraTypes";

interface Listed {
  key: string;
  expirationDate?: string;
  description?: string;
}

const namespace = "kv-resource";
const pathOf = (key: string) => `/namespaces/${namespace}/kv/${key}`;

describe("kestra:KvEntry on a real host", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  const inputs = (key: string, type: KvType, value: string): KvEntryInputs => ({
    connection: connectionTo(host),
    namespace,
    key,
    type,
    value,
  });
  async function stored(key: string) {
    const { status, json } = await host.send<KvEntry>("GET", pathOf(key));
    return status === 200 ? { type: json.type, value: json.value, revision: json.revision } : status;
  }
  const putByHand = (key: string, literal: string) => host.send("PUT", pathOf(key), literal, "text/plain");

  const key = JSON.stringify({
    type: "service_account",
    private_key: "-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\n",
    nested: { list: [1, 2.5, -3e21, true, null, "2025-03-01"], empty: {}, nothing: null },
    odd: "\u0000\u2028 \\n \"quoted\" '''",
  });
  /** A text stated for each type, and what the server makes of it. */
  const values: [KvType, string, unknown][] = [
    ["STRING", "", ""],
    ["STRING", "two words", "two words"],
    ["STRING", " padded ", " padded "],
    ["STRING", `"double" and 'single' and \\ and '''`, `"double" and 'single' and \\ and '''`],
    ["STRING", "line\nline\r\n\ttab", "line\nline\r\n\ttab"],
    ["STRING", "Größe 🚲 \u2028 \u0007", "Größe 🚲 \u2028 \u0007"],
    ["STRING", "1.2.3", "1.2.3"],
    ["STRING", "12", "12"],
    ["STRING", "true", "true"],
    ["STRING", "null", "null"],
    ["STRING", "{}", "{}"],
    ["STRING", "2025-03-01", "2025-03-01"],
    ["STRING", "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"],
    ["STRING", "P1Y", "P1Y"],
    ["STRING", "{{ kv('OTHER') }}", "{{ kv('OTHER') }}"],
    ["NUMBER", "0", 0],
    ["NUMBER", "12.50", 12.5],
    ["NUMBER", "-1.5e3", -1500],
    ["BOOLEAN", "true", true],
    ["BOOLEAN", "false", false],
    ["DATE", "2024-02-29", "2024-02-29"],
    ["DATETIME", "2025-03-01T10:30:00Z", "2025-03-01T10:30:00Z"],
    ["DATETIME", "2025-03-01T10:30+02:00", "2025-03-01T08:30:00Z"],
    ["DATETIME", "2025-03-01T00:00:00.250Z", "2025-03-01T00:00:00.250Z"],
    ["DURATION", "PT1H", "PT1H"],
    ["DURATION", "P1DT90M", "PT25H30M"],
    ["JSON", "[]", []],
    ["JSON", '{"a":1.10,"b":[null,{"c":null}]}', { a: 1.1, b: [null, {}] }],
    ["JSON", key, undefined],
  ];
  for (const [type, value, kept] of values) {
    it(`keeps ${type} ${JSON.stringify(value).slice(0, 60)} as that type, and sees that it is there`, async () => {
      const news = inputs("value", type, value);
      assert.deepEqual((await handlers.check({}, news)).failures, []);
      const state = (await handlers.create(news)).outs!;
      const { type: storedType, value: back } = (await stored("value")) as KvEntry;
      assert.equal(storedType, type);
      if (value !== key) assert.deepEqual(back, kept);
      assert.deepEqual(await handlers.read("id", state), { id: "id", props: news });
      assert.deepEqual(await writesOf(() => handlers.create(news)), []);
    });
  }

  it("keeps every digit of a number, alone and within JSON, and sees a change of the last one", async () => {
    const numbers = [
      "9007199254740992",
      "9007199254740993",
      "-9223372036854775809",
      "123456789012345678901234567890",
      "0.1234567890123456789",
      "1e300",
      "5e-324",
    ];
    const documents = numbers.map((number) => `{"a":[${number}]}`);
    for (const [type, values] of [
      ["NUMBER", numbers],
      ["JSON", documents],
    ] as const) {
      for (const value of values) {
        const news = inputs("digits", type, value);
        assert.deepEqual((await handlers.check({}, news)).failures, [], value);
        assert.deepEqual(await writesOf(() => handlers.create(news)), [`PUT ${pathOf("digits")}`], value);
        assert.deepEqual(await writesOf(() => handlers.create(news)), [], value);
        assert.deepEqual(await handlers.read("id", news), { id: "id", props: news });
        if (!value.includes("e")) assert.ok((await host.send("GET", pathOf("digits"))).text.includes(value), value);
      }
    }
  });

  it("takes the time to live from an entry, be it adopted or changed by hand, and writes it once", async () => {
    const news = inputs("lasting", "STRING", "v");
    const expires = async () => {
      const listed = await host.send<{ key: string; expirationDate?: string }[]>("GET", `/namespaces/${namespace}/kv`);
      return listed.json.find(({ key }) => key === "lasting")!.expirationDate;
    };
    const putShort = () => host.send("PUT", pathOf("lasting"), '"v"', "text/plain", { ttl: "PT1H" });
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
    (await host.send<Listed[]>("GET", `/namespaces/${namespace}/kv`)).json.find((entry) => entry.key === key);
  const secondsLeft = async (key: string) => {
    const { expirationDate } = (await listed(key))!;
    return expirationDate === undefined ? undefined : (Date.parse(expirationDate) - Date.now()) / 1000;
  };
  /** True for a life that began a moment ago. */
  const isFresh = (left: number | undefined, life: number) => left !== undefined && left > life - 20 && left <= life;

  it("starts the life of an entry at its creation, and again only for another value, life or description", async () => {
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

  it("sees that somebody took the time to live from an entry, and renews the TTL", async () => {
    const without = { ...inputs("immortal", "STRING", "v"), description: "stays" };
    const news = { ...without, ttl: "PT1H" };
    await handlers.create(news);
    await host.send("PUT", pathOf("immortal"), '"v"', "text/plain", { description: "stays" });
    const drifted = (await handlers.read("id", news)).props as KvEntryState;
    assert.deepEqual(drifted, without);
    assert.deepEqual(await handlers.diff("id", drifted, news), { changes: true, replaces: [] });
    assert.deepEqual((await handlers.update("id", drifted, news)).outs, news);
    assert.ok(isFresh(await secondsLeft("immortal"), 3600));
  });

  it("makes an expired entry again", async () => {
    const news = { ...inputs("brief", "STRING", "v"), ttl: "PT0.2S" };
    await handlers.create(news);
    await sleep(400);
    assert.deepEqual(await handlers.read("id", news), {});
    await handlers.create({ ...news, ttl: "PT1H" });
    assert.equal(((await stored("brief")) as KvEntry).value, "v");
  });

  it("takes the times to live that the server takes", async () => {
    const taken = ["PT1H", "pt1h", "P1D", "P1DT1H1M1S", "PT1.5S", "PT2,25S", "PT9.S", "P1000000D"];
    const refused = ["-PT1H", "PT-1H", "P1W", "P1M", "P1Y", "P", "PT", "P1DT", "1h", "PT9223372036854775807S"];
    const statusOf = async (ttl: string) =>
      (await host.send("PUT", pathOf("life"), '"v"', "text/plain", { ttl })).status;
    const isAccepted = async (ttl: string) =>
      (await handlers.check({}, { ...inputs("life", "STRING", "v"), ttl })).failures!.length === 0;
    for (const ttl of taken) assert.deepEqual([await statusOf(ttl), await isAccepted(ttl)], [200, true], ttl);
    for (const ttl of refused)
      assert.deepEqual([(await statusOf(ttl)) >= 400, await isAccepted(ttl)], [true, false], ttl);
  });

  it("keeps each character of a description that it accepts, and a new one of any kind is a change", async () => {
    const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const accepted = String.fromCharCode(...codes(0x21, 0x7e), 0x20, ...codes(0xa1, 0xff));
    const news = { ...inputs("described", "STRING", "v"), description: accepted };
    assert.deepEqual((await handlers.check({}, news)).failures, []);
    assert.deepEqual((await handlers.create(news)).outs, news);
    assert.equal((await listed("described"))!.description, accepted);
    assert.deepEqual(await handlers.read("id", news), { id: "id", props: news });
    assert.deepEqual(await writesOf(() => handlers.create(news)), []);

    await host.send("PUT", pathOf("described"), '"v"', "text/plain", { description: "by hand" });
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

  it("takes the type from a value that isn't a text", async () => {
    const values: [unknown, KvType, string][] = [
      [5, "NUMBER", "5"],
      [1e21, "NUMBER", "1e+21"],
      [-0.1, "NUMBER", "-0.1"],
      [false, "BOOLEAN", "false"],
      [{ a: [1, "x", null] }, "JSON", '{"a":[1,"x",null]}'],
      [[], "JSON", "[]"],
      ["5", "STRING", "5"],
    ];
    for (const [value, type, text] of values) {
      const untyped = { ...inputs("inferred", "STRING", ""), type: undefined, value };
      const { inputs: news, failures } = await handlers.check({}, untyped as unknown as KvEntryInputs);
      assert.deepEqual([news, failures], [inputs("inferred", type, text), []]);
      await handlers.create(news!);
      assert.equal(((await stored("inferred")) as KvEntry).type, type);
      assert.deepEqual(await handlers.read("id", news!), { id: "id", props: news });
    }
  });

  it("finds an entry's end among many whose keys hold its own", async () => {
    for (let i = 0; i < 101; i++) await host.send("PUT", pathOf(`a-many-${i}`), "1", "text/plain");
    await host.send("PUT", pathOf("many"), '"v"', "text/plain", { ttl: "PT1H" });
    await handlers.create(inputs("many", "STRING", "v"));
    assert.equal((await handlers.read("id", inputs("many", "STRING", "v"))).props?.expires, undefined);
    assert.equal(((await stored("many")) as KvEntry).revision, 2);
  });

  it("keeps every character of a private key", async () => {
    await handlers.create(inputs("GCP_CREDS", "JSON", key));
    const { nested, ...rest } = JSON.parse(key) as { nested: { nothing?: null } };
    delete nested.nothing;
    assert.deepEqual(((await stored("GCP_CREDS")) as KvEntry).value, { nested, ...rest });
  });

  it("refuses texts that the server would keep as another type or value", async () => {
    const mistaken: [KvType, string, string][] = [
      ["STRING", '"PT1H"', "DURATION"],
      ["NUMBER", "007", "STRING"],
      ["DURATION", '"PT1.5S"', "STRING"],
      ["DATETIME", "2025-03-01T00:00:00Z", "DATE"],
      ["JSON", '"text"', "STRING"],
      ["NUMBER", "1e400", "NUMBER"],
      ["DATE", "1582-10-14", "DATE"],
      ["DATETIME", "1582-10-14T10:00:00Z", "DATETIME"],
      ["DATETIME", "2025-03-01T10:30:00.123456Z", "DATETIME"],
      ["JSON", '{"a":"\\ud800"}', "STRING"],
      ["JSON", '{"\\udfff":1}', "STRING"],
    ];
    for (const [type, literal, kept] of mistaken) {
      await putByHand("mistaken", literal);
      assert.equal(((await stored("mistaken")) as KvEntry).type, kept);
      const value = type === "JSON" ? literal : literal.replaceAll('"', "");
      const { failures } = await handlers.check({}, inputs("mistaken", type, value));
      assert.deepEqual(
        failures?.map(({ property }) => property),
        ["value"],
        literal,
      );
    }
  });

  it("creates, adopts an equal value without a new revision, and makes another one the stated one", async () => {
    const { id, outs } = await handlers.create(inputs("adopt", "STRING", "a"));
    assert.deepEqual([id, outs], [`${namespace}/adopt`, inputs("adopt", "STRING", "a")]);
    await handlers.create(inputs("adopt", "STRING", "a"));
    assert.deepEqual(await stored("adopt"), { type: "STRING", value: "a", revision: 1 });
    await handlers.create(inputs("adopt", "STRING", "b"));
    assert.deepEqual(await stored("adopt"), { type: "STRING", value: "b", revision: 2 });
    await handlers.create(inputs("adopt", "JSON", '{"b":1,"a":2}'));
    await handlers.create(inputs("adopt", "JSON", '{ "a": 2, "b": 1 }'));
    assert.deepEqual(await stored("adopt"), { type: "JSON", value: { b: 1, a: 2 }, revision: 3 });
  });

  it("sees a change by hand of value or type, puts it right, and sees that an entry is gone", async () => {
    const news = inputs("drift", "STRING", "5");
    const state = (await handlers.create(news)).outs!;
    for (const [literal, type, value] of [
      ['"6"', "STRING", "6"],
      ["5", "NUMBER", "5"],
      ['{"a":"x"}', "JSON", '{"a":"x"}'],
    ] as const) {
      await putByHand("drift", literal);
      const { props } = await handlers.read("id", state);
      assert.deepEqual(props, { ...news, type, value });
      assert.deepEqual(await handlers.diff("id", props as KvEntryInputs, news), { changes: true, replaces: [] });
      assert.deepEqual((await handlers.update("id", props as KvEntryInputs, news)).outs, news);
      assert.equal(((await stored("drift")) as KvEntry).value, "5");
    }
    await host.send("DELETE", pathOf("drift"));
    assert.deepEqual(await handlers.read("id", state), {});
  });

  it("takes an expired entry for gone", async () => {
    const news = inputs("short", "STRING", "x");
    await host.send("PUT", pathOf("short"), '"x"', "text/plain", { ttl: "PT0.001S" });
    // the server answers the first request for an expired entry with 410, later ones with 404
    await sleep(100);
    assert.deepEqual(await handlers.read("id", news), {});
    await handlers.create(news);
    assert.equal(((await stored("short")) as KvEntry).value, "x");
  });

  it("is replaced under another key, and deleted under its own only", async () => {
    const olds = (await handlers.create(inputs("old", "STRING", "v"))).outs!;
    const news = inputs("new", "STRING", "v");
    assert.deepEqual(await handlers.diff("id", olds, news), { changes: true, replaces: ["key"] });
    assert.deepEqual((await handlers.diff("id", olds, { ...olds, namespace: "other" })).replaces, ["namespace"]);
    await handlers.create(news);
    forgetOwnership();
    await handlers.delete("id", olds);
    assert.equal(await stored("old"), 404);
    assert.equal(((await stored("new")) as KvEntry).value, "v");
    await handlers.delete("id", olds);
  });

  it("stores a changed connection without a request; a later delete uses it", async () => {
    const news = (await handlers.create(inputs("moved", "STRING", "v"))).outs!;
    const olds = { ...news, connection: nowhere };
    assert.deepEqual(await handlers.diff("id", olds, news), { changes: true, replaces: [] });
    let rotated: KvEntryInputs | undefined;
    assert.deepEqual(await requestsOf(async () => (rotated = (await handlers.update("id", olds, news)).outs)), []);
    assert.deepEqual(rotated, news);
    await handlers.delete("id", rotated);
    assert.equal(await stored("moved"), 404);
  });
});
