import assert from "node:assert/strict";
import type { Connection } from "../../../../kestra/client/connection";
import { keptText } from "../../../../kestra/flows/flowText";
import { handlers as bundle } from "../../../../kestra/resources/flowBundle";
import type { Handlers } from "../../../../dynamic/handlers";
import { handlers as flow, type FlowInputs } from "../../../../kestra/resources/flow";
import { handlers as generatedSecret, passwordRule } from "../../../../dynamic/generatedSecret";
import { handlers as kvEntry, type KvEntryInputs } from "../../../../kestra/resources/kvEntry";
import { handlers as namespaceFiles } from "../../../../kestra/resources/namespaceFiles";

/** Nobody listens there: a handler that asked the server would fail. */
const connection: Connection = {
  kind: "address",
  url: "http://127.0.0.1:1",
  username: "a@b.c",
  password: "Old-Password-1",
};

describe("handlers without a server", () => {
  it("draw passwords that Kestra accepts, each a new one", async () => {
    const drawn = await Promise.all(Array.from({ length: 2000 }, () => generatedSecret.create({ kind: "password" })));
    const values = drawn.map(({ outs }) => outs!.value);
    for (const value of values) assert.match(value, passwordRule);
    assert.equal(new Set(values).size, values.length);
  });

  it("draw a secret anew only when asked", async () => {
    const { outs } = await generatedSecret.create({ kind: "password", generation: "1" });
    const replaces = async (generation?: string) =>
      (await generatedSecret.diff("password", outs!, { kind: "password", generation })).replaces;
    assert.deepEqual(await Promise.all([replaces("1"), replaces("2"), replaces(undefined)]), [
      [],
      ["generation"],
      ["generation"],
    ]);
    const first = (await generatedSecret.create({ kind: "encryptionKey" })).outs!;
    assert.deepEqual((await generatedSecret.diff("key", first, { kind: "encryptionKey" })).replaces, []);
  });

  it("draw an encryption key of 32 bytes", async () => {
    const { outs } = await generatedSecret.create({ kind: "encryptionKey" });
    assert.equal(Buffer.from(outs!.value, "base64").length, 32);
  });

  const entry = (key: string, type: string, value: string) =>
    ({ connection, namespace: "bay-wheels", key, type, value }) as KvEntryInputs;
  const stated = (type: string | undefined, value: unknown) => entry("K", type as string, value as string);
  const refused: [KvEntryInputs, string, RegExp][] = [
    [entry("GCP_CREDS", "JSON", "canary{"), "value", /KV entry 'bay-wheels\/GCP_CREDS': value is not JSON/],
    [entry("N", "NUMBER", "canary"), "value", /value is not a number/],
    [entry("B", "BOOLEAN", "canary"), "value", /value is not true or false/],
    [entry("D", "DATE", "canary"), "value", /value is not a date/],
    [entry("T", "DATETIME", "canary"), "value", /value is not an instant/],
    [entry("P", "DURATION", "canary"), "value", /value is not a duration of whole days/],
    [entry("P", "DURATION", "PT1.5S"), "value", /value is not a duration of whole days/],
    [entry("S", "STRING", "PT1H"), "value", /it takes a text such as PT1H for a DURATION/],
    [entry("N", "NUMBER", "007"), "value", /value is not a number/],
    [entry("D", "DATE", "2025-02-30"), "value", /value is not a date/],
    [entry("T", "DATETIME", "2025-02-30T10:00:00Z"), "value", /value is not an instant/],
    [entry("T", "DATETIME", "2025-03-01T01:00:00+01:00"), "value", /takes midnight in UTC for a DATE/],
    [entry("D", "DATE", "0001-01-01"), "value", /value is not a date from 1582-10-15 on/],
    [entry("D", "DATE", "1582-10-14"), "value", /value is not a date from 1582-10-15 on/],
    [entry("T", "DATETIME", "0001-01-01T10:00:00Z"), "value", /value is not an instant from 1582-10-15 on/],
    [entry("T", "DATETIME", "9999-12-31T23:59:59-01:00"), "value", /value is not an instant/],
    [entry("T", "DATETIME", "2025-03-01T10:30:00.1234Z"), "value", /in milliseconds at most/],
    [entry("N", "NUMBER", "1e400"), "value", /value is not a number that Kestra keeps exactly/],
    [entry("N", "NUMBER", "1.23456789012345678e5"), "value", /one with an exponent has at most 15 digits/],
    [entry("J", "JSON", '{"canary":[1e-400]}'), "value", /whose numbers Kestra keeps exactly/],
    [entry("P", "DURATION", "PT9223372036854775808S"), "value", /value is not a duration/],
    [entry("inheritance", "STRING", "canary"), "key", /API reserves this key/],
    [entry("J", "JSON", '"canary"'), "value", /value is not JSON \(an object or an array\)/],
    [entry("a key", "STRING", "canary"), "key", /a key starts with a letter or digit/],
    [entry("K", "TEXT", "canary"), "type", /type 'TEXT' is unknown: use STRING, /],
    [entry("S", "STRING", "canary\ud800"), "value", /value is not a text that Kestra keeps as one/],
    [stated("STRING", 5), "type", /type 'STRING' contradicts the value, which is a number. Remove the type/],
    [stated("BOOLEAN", 1), "type", /contradicts the value, which is a number/],
    [stated("NUMBER", true), "type", /contradicts the value, which is a boolean/],
    [stated("STRING", { a: "canary" }), "type", /contradicts the value, which is an object/],
    [stated("DATE", ["canary"]), "type", /contradicts the value, which is an array/],
    [stated(undefined, "PT1H"), "value", /it takes a text such as PT1H for a DURATION/],
    [stated(undefined, NaN), "value", /value is not a number/],
    [stated(undefined, undefined), "value", /it has no value. Set one, or remove the entry/],
    [stated("JSON", null), "value", /it has no value/],
    [{ ...entry("T", "STRING", "canary"), ttl: "1h" }, "ttl", /'1h' is not a time to live such as PT1H or P30D/],
    [{ ...entry("T", "STRING", "canary"), ttl: "PT0S" }, "ttl", /more than 0/],
    [{ ...entry("T", "STRING", "canary"), ttl: "" }, "ttl", /'' is not a time to live/],
    [{ ...entry("T", "STRING", "canary"), ttl: "P1000001D" }, "ttl", /at most 1000000 days/],
    ...["costs 5 €", "two\nlines", " padded", "padded\u00a0", "bell\u0007", "del\u007f", "nel\u0085"].map(
      (description): [KvEntryInputs, string, RegExp] => [
        { ...entry("D", "STRING", "canary"), description },
        "description",
        /the description is not one line of Latin-1 characters without leading or trailing blanks/,
      ],
    ),
  ];
  for (const [inputs, property, reason] of refused) {
    it(`name the property of a KV entry with a wrong ${property} (${inputs.type} ${JSON.stringify(inputs.ttl ?? inputs.description ?? inputs.value)}), never its value`, async () => {
      const { failures = [] } = await kvEntry.check({}, inputs);
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
      );
      assert.match(failures[0]!.reason, reason);
      assert.doesNotMatch(failures[0]!.reason, /canary/);
    });
  }

  it("give an entry the same inputs as the first version's state, whose values were texts with a type", async () => {
    const old = entry("K", "JSON", '{"a":1}');
    const news = { ...stated(undefined, { a: 1 }), description: "" };
    const { inputs } = await kvEntry.check({}, news);
    assert.deepEqual(inputs, old);
    assert.deepEqual(await kvEntry.diff("n/K", old, inputs), { changes: false, replaces: [] });
  });

  it("accept a value that a preview doesn't know yet, with or without a type", async () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    for (const type of ["JSON", undefined]) {
      const { inputs, failures } = await kvEntry.check({}, stated(type, unknown));
      assert.deepEqual([inputs!.type, inputs!.value, failures], [type ?? unknown, unknown, []]);
    }
  });

  it("accept a KV value of each type", async () => {
    const values = {
      STRING: "1.2.3",
      NUMBER: "-1.5e3",
      BOOLEAN: "true",
      DATE: "2025-03-01",
      DATETIME: "2025-03-01T10:30:00Z",
      DURATION: "PT1H",
      JSON: "[1]",
    };
    for (const [type, value] of Object.entries(values)) {
      assert.deepEqual((await kvEntry.check({}, entry("K", type, value))).failures, []);
    }
  });

  it("name the property of a broken flow or an empty folder", async () => {
    const broken = await flow.check({}, { connection, source: keptText("flows/x.yaml", "id: x\n") });
    assert.deepEqual(broken.failures, [
      { property: "source", reason: "flows/x.yaml:1: the flow has no namespace: add a line 'namespace: …'" },
    ]);
    const empty = await namespaceFiles.check({}, { connection, namespace: "Bay Wheels", directory: "dbt", files: {} });
    assert.deepEqual(
      empty.failures?.map((failure) => failure.property),
      ["namespace", "files"],
    );
  });

  it("take an identity that a preview doesn't know yet for an update", async () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const state = { connection, namespace: "n", flowId: "f", file: "f.yaml", revision: 1, __hash: "" };
    const { inputs } = await flow.check({}, { connection, source: unknown });
    assert.deepEqual(await flow.diff("n/f", state, inputs as FlowInputs), { changes: true, replaces: [] });
    const kv = entry("K", "STRING", "v");
    for (const key of ["namespace", "key"] as const) {
      const news = { ...kv, [key]: unknown };
      assert.deepEqual((await kvEntry.check({}, news)).failures, []);
      assert.deepEqual((await kvEntry.diff("n/K", kv, news)).replaces, []);
    }
    const folder = { connection, namespace: "n", directory: "dbt", files: { a: "1" } };
    assert.deepEqual((await namespaceFiles.diff("n", folder, { ...folder, namespace: unknown })).replaces, []);
  });

  it("replace a resource only if its connection changes to another tenant", async () => {
    const other = { ...connection, tenant: "other" };
    const states = [
      [flow, { namespace: "n", flowId: "f", file: "f.yaml", revision: 1, __hash: "" }, { source: "f.yaml\n---\n" }],
      [bundle, { revisions: {}, __records: {} }, { flows: {} }],
      [kvEntry, entry("K", "STRING", "v"), {}],
      [namespaceFiles, { namespace: "n", prefix: "", files: {} }, {}],
    ] as [Handlers<object, object>, object, object][];
    for (const [handlers, state, inputs] of states) {
      const olds: object = { ...state, connection };
      const news = { ...state, ...inputs };
      assert.deepEqual((await handlers.diff("id", olds, { ...news, connection: other })).replaces, ["connection"]);
      const moved: Connection = { ...connection, url: "http://127.0.0.1:2" };
      assert.deepEqual((await handlers.diff("id", olds, { ...news, connection: moved })).replaces, []);
    }
  });
});
