import assert from "node:assert/strict";
import { handlers, type KvEntryInputs } from "../../../../kestra/resources/kvEntry";
import { forgetOwnership } from "../../../../kestra/resources/ownership";
import type { KvEntry } from "../../../../local/lab/kestraTypes";
import { nowhere, requestsOf } from "../support/kestraRequests";
import { KvLab, namespace, pathOf } from "../support/kvLab";

describe("kestra:KvEntry on a real host", () => {
  const lab = new KvLab();
  const { inputs, stored, putByHand } = lab;

  it("creates an entry, adopts an equal one without a new revision, and overwrites a different one", async () => {
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

  it("detects and corrects a manual change of value or type, and detects a deleted entry", async () => {
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
    await lab.host.send("DELETE", pathOf("drift"));
    assert.deepEqual(await handlers.read("id", state), {});
  });

  it("is replaced when its key changes, and deletes only its own key", async () => {
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
