import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { KestraError, KestraUnreachable } from "../../../../kestra/client/errors";
import {
  getFlow,
  getFlowOutput,
  getFlows,
  getFlowsOutput,
  getKv,
  getKvOutput,
  type FoundKv,
} from "../../../../kestra/lookups";
import { KestraHost, register } from "../../../../local/lab/kestraHost";
import { connectionTo, nowhere } from "../support/kestraRequests";
import type { Connection } from "../../../../kestra/client/connection";

const namespace = "lookups";
const text = (id: string, own = namespace, more = "") =>
  `id: ${id}\nnamespace: ${own}\n${more}tasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: hello\n`;

/** The value of an output, and whether it's a secret. */
async function settled<T>(output: pulumi.Output<T>): Promise<{ value: T; isSecret: boolean }> {
  const value = await new Promise<T>((done) => void output.apply((value) => done(value)));
  return { value, isSecret: await pulumi.isSecret(output) };
}

describe("lookups on a real host", () => {
  let host: KestraHost;
  let connection: pulumi.Output<Connection>;
  before(async () => {
    host = await KestraHost.start();
    connection = pulumi.secret(connectionTo(host) as Connection);
    await register(host, text("second"));
    await register(host, text("first", namespace, "disabled: true\n"));
    await register(host, text("other", `${namespace}.below`));
  });
  after(() => host.dispose());

  const put = async (key: string, literal: string, headers: Record<string, string> = {}) => {
    const { status } = await host.send("PUT", `/namespaces/${namespace}/kv/${key}`, literal, "text/plain", headers);
    assert.equal(status, 200);
  };

  it("getFlow returns a flow with its source, or undefined", async () => {
    const second = { namespace, id: "second", revision: 1, disabled: false, source: text("second") };
    assert.deepEqual(await getFlow({ connection, namespace, id: "second" }), second);
    assert.equal((await getFlow({ connection, namespace, id: "first" }))?.disabled, true);
    assert.equal(await getFlow({ connection, namespace, id: "third" }), undefined);
    assert.equal(await getFlow({ connection, namespace: "nobody", id: "second" }), undefined);
    const id = pulumi.output("second");
    assert.deepEqual(await settled(getFlowOutput({ connection, namespace, id })), { value: second, isSecret: false });
  });

  it("getFlows lists one namespace, sorted by id, without those below it", async () => {
    const expected = [
      { namespace, id: "first", revision: 1, disabled: true },
      { namespace, id: "second", revision: 1, disabled: false },
    ];
    assert.deepEqual(await getFlows({ connection, namespace }), expected);
    assert.deepEqual(await getFlows({ connection, namespace: "nobody" }), []);
    assert.deepEqual(await settled(getFlowsOutput({ connection, namespace })), { value: expected, isSecret: false });
  });

  it("getKv returns a value in JavaScript's types, or as text if they can't represent it", async () => {
    const entries: [literal: string, expected: FoundKv][] = [
      ['"a text"', { type: "STRING", value: "a text" }],
      ["12.5", { type: "NUMBER", value: 12.5 }],
      ["12345678901234567890", { type: "NUMBER", value: "12345678901234567890" }],
      ["true", { type: "BOOLEAN", value: true }],
      ["2025-03-01", { type: "DATE", value: "2025-03-01" }],
      ["PT1H", { type: "DURATION", value: "PT1H" }],
      ['{"a": [1, {"b": 12345678901234567890}]}', { type: "JSON", value: { a: [1, { b: "12345678901234567890" }] } }],
    ];
    for (const [index, [literal, expected]] of entries.entries()) {
      const key = `KEY_${index}`;
      await put(key, literal);
      assert.deepEqual(await getKv({ connection, namespace, key }), expected);
    }
    await put("SHORT", '"soon"', { ttl: "PT1H", description: "until then" });
    const { expires, ...rest } = (await getKv({ connection, namespace, key: "SHORT" }))!;
    assert.deepEqual(rest, { type: "STRING", value: "soon", description: "until then" });
    const minutes = (Date.parse(expires!) - Date.now()) / 60_000;
    assert.ok(minutes > 50 && minutes <= 60, expires);
    assert.equal(await getKv({ connection, namespace, key: "NONE" }), undefined);
    assert.equal(await getKv({ connection, namespace: "nobody", key: "KEY_0" }), undefined);
  });

  it("getKvOutput is a secret, even if there's no entry", async () => {
    await put("TOKEN", '"s3cret"');
    const found = getKvOutput({ connection: connectionTo(host), namespace, key: "TOKEN" });
    assert.deepEqual(await settled(found), { value: { type: "STRING", value: "s3cret" }, isSecret: true });
    const none = getKvOutput({ connection: connectionTo(host), namespace, key: "NONE" });
    assert.deepEqual(await settled(none), { value: undefined, isSecret: true });
  });

  it("fail if the server is down or refuses the login: that isn't 'doesn't exist'", async () => {
    const refused = { ...connectionTo(host), password: "Wrong4Tests" };
    for (const look of [
      (connection: Connection) => getFlow({ connection, namespace, id: "second" }),
      (connection: Connection) => getFlows({ connection, namespace }),
      (connection: Connection) => getKv({ connection, namespace, key: "KEY_0" }),
    ]) {
      await assert.rejects(look(nowhere), KestraUnreachable);
      await assert.rejects(look(refused), (error: KestraError) => error.status === 401);
    }
  });

  it("can't be awaited until their connection is known", async () => {
    const unknown = pulumi.output((pulumi as unknown as { unknown: Connection }).unknown);
    const message = (lookup: string) =>
      `${lookup} can't be awaited: its connection isn't known before the update. Use ${lookup}Output instead.`;
    const asked = { connection: unknown as pulumi.Output<Connection>, namespace };
    await assert.rejects(getFlow({ ...asked, id: "second" }), { message: message("getFlow") });
    await assert.rejects(getFlows(asked), { message: message("getFlows") });
    await assert.rejects(getKv({ ...asked, key: "KEY_0" }), { message: message("getKv") });
  });
});
