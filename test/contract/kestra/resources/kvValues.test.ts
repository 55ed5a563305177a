import assert from "node:assert/strict";
import type { KvType } from "../../../../kestra/client/kv";
import { handlers, type KvEntryInputs } from "../../../../kestra/resources/kvEntry";
import type { KvEntry } from "../../../../local/lab/kestraTypes";
import { writesOf } from "../support/kestraRequests";
import { KvLab, pathOf } from "../support/kvLab";

describe("kestra:KvEntry's values on a real host", () => {
  const lab = new KvLab();
  const { inputs, stored, putByHand } = lab;

  const key = JSON.stringify({
    type: "service_account",
    private_key: "-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\n",
    nested: { list: [1, 2.5, -3e21, true, null, "2025-03-01"], empty: {}, nothing: null },
    odd: "\u0000\u2028 \\n \"quoted\" '''",
  });
  /** A string for each type, and what the server stores. */
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
    it(`keeps ${type} ${JSON.stringify(value).slice(0, 60)} as that type, and reads it back`, async () => {
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

  it("keeps every digit of a number, alone and in JSON, and detects a change of the last one", async () => {
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
        if (!value.includes("e")) assert.ok((await lab.host.send("GET", pathOf("digits"))).text.includes(value), value);
      }
    }
  });

  it("infers the type of a value that isn't a string", async () => {
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

  it("keeps every character of a private key", async () => {
    await handlers.create(inputs("GCP_CREDS", "JSON", key));
    const { nested, ...rest } = JSON.parse(key) as { nested: { nothing?: null } };
    delete nested.nothing;
    assert.deepEqual(((await stored("GCP_CREDS")) as KvEntry).value, { nested, ...rest });
  });

  it("refuses strings that the server would store as another type or value", async () => {
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
});
