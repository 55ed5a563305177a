import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { KestraHost, errorOf } from "../../../lab/kestraHost";
import type { KvEntry, KvListing } from "../../../lab/kestraTypes";

describe("Kestra host: key-value entries", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  const path = (key: string) => `/namespaces/entries/kv/${key}`;
  const put = (key: string, literal: string, headers: Record<string, string> = {}, type = "text/plain") =>
    host.send("PUT", path(key), literal, type, headers);
  const get = async (key: string) => (await host.send<KvEntry>("GET", path(key))).json;

  it("reads the type of a value from its text, as Ion", async () => {
    const cases: [string, string, unknown][] = [
      ['"2025-03-01T00:00:00Z"', "STRING", "2025-03-01T00:00:00Z"],
      // Kestra's own reading of midnight in UTC
      ["2025-03-01T00:00:00Z", "DATE", "2025-03-01"],
      ['"0001-01-01"', "STRING", "0001-01-01"],
      ['{"private_key":"a\\nb","n":[1,2]}', "JSON", { private_key: "a\nb", n: [1, 2] }],
      ["1.2.3", "STRING", "1.2.3"],
      ["two words", "STRING", "two"],
    ];
    for (const [literal, type, value] of cases) {
      const stored = await put("typed", literal);
      assert.equal(stored.status, 200, stored.text);
      const stated = await get("typed");
      assert.deepEqual([stated.type, stated.value], [type, value], literal);
    }
  });

  it("fails for the first day of the calendar", async () => {
    const answer = await put("ancient", "0001-01-01");
    assert.equal(answer.status, 500);
    assert.equal(errorOf(answer).message, "Internal server error: Year 0 must be between 1 and 9999 inclusive");
  });

  it("refuses a JSON body", async () => {
    const answer = await host.sendAtOnce("PUT", path("json"), '{"a":1}', "application/json");
    assert.equal(answer.status, 415);
  });

  it("returns the entries of the namespaces above in place of an entry named inheritance", async () => {
    for (const [namespace, key] of [
      ["family", "far"],
      ["family.child", "near"],
      ["family.child", "far"],
      ["family.child.own", "inheritance"],
    ])
      await host.send("PUT", `/namespaces/${namespace}/kv/${key}`, '"x"', "text/plain");
    const answer = await host.send<KvListing[]>("GET", "/namespaces/family.child.own/kv/inheritance");
    const inherited = answer.json.map(({ namespace, key }) => `${namespace} ${key}`);
    assert.deepEqual(inherited.sort(), ["family.child far", "family.child near"]);
  });

  it("answers 404 for a missing entry, 410 for an expired one, and refuses a bad key", async () => {
    const missing = await host.send("GET", path("missing"));
    assert.equal(missing.status, 404);
    assert.equal(errorOf(missing).message, "Not Found: No value found for key 'missing' in namespace 'entries'");
    await put("short", '"x"', { ttl: "PT0.3S" });
    assert.equal((await get("short")).value, "x");
    await sleep(400);
    const expired = await host.send("GET", path("short"));
    assert.deepEqual(
      [expired.status, errorOf(expired).message],
      [410, "Resource has expired: The requested value has expired"],
    );
    const bad = await put("-bad-", "1");
    assert.equal(bad.status, 422);
    assert.match(errorOf(bad).message, /^Illegal argument: Key must start with an alphanumeric character/);
  });
});
