import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../../../kestra/client/connection";
import { Flow } from "../../../../kestra/resources/flow";
import { KvEntry } from "../../../../kestra/resources/kvEntry";
import { NamespaceFiles } from "../../../../kestra/resources/namespaceFiles";
import { TemporaryFolder } from "../../../../local/lab/temporaryFolder";

const source = (id: string) => `id: ${id}\nnamespace: n\ntasks: []\n`;
const at = (url: string): Connection => ({ kind: "address", url, username: "a@b.c", password: "Password-1" });
const connection = at("http://127.0.0.1:8080");
const entry = { namespace: "n", key: "K", type: "STRING" as const, value: "v" };

describe("two resources for one thing", () => {
  let folder: TemporaryFolder;
  let registered: string[];
  beforeEach(async () => {
    folder = new TemporaryFolder();
    folder.write("one/a.sql", "a");
    folder.write("two/a.sql", "a");
    registered = [];
    // a program of its own for each test
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => {
        registered.push(name);
        return { id: name, state: inputs as object };
      },
      call: () => ({}),
    });
  });
  afterEach(async () => {
    await pulumi.runtime.disconnect();
    folder.dispose();
  });

  const refused = (kind: string, thing: string) => ({
    message:
      `Resources 'first' and 'second' both manage ${kind} '${thing}' on the same Kestra server. ` +
      "Remove one of them, or give it another namespace or key.",
  });

  it("is refused at once where all is stated", () => {
    new Flow("first", { connection, file: "a.yaml", source: source("f") });
    assert.throws(
      () => new Flow("second", { connection, file: "b.yaml", source: source("f") }),
      refused("Flow", "n/f"),
    );
    new KvEntry("first", { connection, ...entry });
    assert.throws(() => new KvEntry("second", { connection, ...entry }), refused("KV entry", "n/K"));
    new NamespaceFiles("first", { connection, namespace: "n", directory: "one" });
    const second = () => new NamespaceFiles("second", { connection, namespace: "n", directory: "two" });
    assert.throws(second, refused("Namespace file", "n/a.sql"));
  });

  it("is refused also where both have one name, under two parents", () => {
    const parents = ["x:y:A", "x:y:B"].map((type) => new pulumi.ComponentResource(type, "parent"));
    new KvEntry("e", { connection, ...entry }, { parent: parents[0]! });
    assert.throws(
      () => new KvEntry("e", { connection, ...entry }, { parent: parents[1]! }),
      /^Error: Resources 'e' and 'e' both manage KV entry 'n\/K' on the same Kestra server/,
    );
  });

  it("is refused at once where the server is still unknown, by its output", () => {
    let resolve: (connection: Connection) => void = () => {};
    const unknown = pulumi.output(new Promise<Connection>((known) => (resolve = known)));
    new KvEntry("first", { connection: unknown, ...entry });
    assert.throws(() => new KvEntry("second", { connection: unknown, ...entry }), refused("KV entry", "n/K"));
    resolve(connection);
  });

  /** What a program fails with whose second resource is refused when its values are known; it isn't registered. */
  async function lateFault(program: () => void, others = ["first"]): Promise<string> {
    const listeners = process.rawListeners("unhandledRejection") as (() => void)[];
    process.removeAllListeners("unhandledRejection");
    const faults: Error[] = [];
    const collect = (error: unknown) => void faults.push(error as Error);
    process.on("unhandledRejection", collect);
    program();
    await sleep(100);
    process.off("unhandledRejection", collect);
    for (const listener of listeners) process.on("unhandledRejection", listener);
    assert.deepEqual(registered, others);
    return faults[0]!.message;
  }

  it("is refused when a source resolves", async () => {
    const fault = await lateFault(() => {
      new Flow("first", { connection, file: "a.yaml", source: source("f") });
      new Flow("second", { connection, file: "b.yaml", source: pulumi.output(Promise.resolve(source("f"))) });
    });
    assert.ok(fault.endsWith(refused("Flow", "n/f").message), fault);
  });

  it("is refused when a source resolves, while the server is still unknown", async () => {
    let resolve: (connection: Connection) => void = () => {};
    const unknown = pulumi.output(new Promise<Connection>((known) => (resolve = known)));
    const fault = await lateFault(() => {
      new Flow("first", { connection: unknown, file: "a.yaml", source: source("f") });
      new Flow("second", { connection: unknown, file: "b.yaml", source: pulumi.output(Promise.resolve(source("f"))) });
    }, []);
    assert.ok(fault.endsWith(refused("Flow", "n/f").message), fault);
    resolve(connection);
  });

  it("is refused when two connections turn out to be one server", async () => {
    const fault = await lateFault(() => {
      new KvEntry("first", { connection, ...entry });
      new KvEntry("second", { connection: pulumi.output(Promise.resolve(at("http://127.0.0.1:8080/ui/"))), ...entry });
    });
    assert.ok(fault.endsWith(refused("KV entry", "n/K").message), fault);
  });

  it("is fine on two servers, and for two things", async () => {
    new KvEntry("first", { connection, ...entry });
    new KvEntry("second", { connection: at("http://127.0.0.1:9090"), ...entry });
    new KvEntry("third", { connection, ...entry, namespace: "m" });
    new Flow("fourth", { connection, file: "a.yaml", source: source("K") });
    await pulumi.runtime.disconnect();
    assert.deepEqual(registered.sort(), ["first", "fourth", "second", "third"]);
  });
});
