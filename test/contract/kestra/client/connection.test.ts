import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { KestraError, KestraUnreachable } from "../../../../kestra/client/errors";
import type { Connection } from "../../../../kestra/client/connection";
import { handlers as flow } from "../../../../kestra/resources/flow";
import { sha256, type Handlers } from "../../../../dynamic/handlers";
import { handlers as kvEntry } from "../../../../kestra/resources/kvEntry";
import { handlers as namespaceFiles } from "../../../../kestra/resources/namespaceFiles";
import { KestraHost, username } from "../../../../local/lab/kestraHost";
import { connectionTo, nowhere } from "../support/kestraRequests";

const source = "id: f\nnamespace: n\ntasks: []\n";
const file = "flows/01_gcp_kv.yaml";
const canary = "Canary-Password-1";

/** Every resource with inputs and state that name nothing which exists. */
const resources: [string, Handlers<unknown, unknown>, object, string][] = [
  [
    "Flow",
    flow,
    { file: "flows/f.yaml", source, namespace: "n", flowId: "f", revision: 1, sourceHash: "of another text" },
    "GET /flows/n/f?source=true",
  ],
  ["KvEntry", kvEntry, { namespace: "n", key: "K", type: "STRING", value: "canary-value" }, "GET /namespaces/n/kv/K"],
  [
    "NamespaceFiles",
    namespaceFiles,
    { namespace: "n", directory: ".", files: { [file]: "" } },
    "GET /namespaces/n/files?path=%2Fflows%2F01_gcp_kv.yaml",
  ],
];

/** Asserts that it fails, in one line, without a password; the error. */
async function failure(work: () => Promise<unknown>): Promise<Error> {
  let error: unknown;
  await assert.rejects(work, (thrown) => {
    error = thrown;
    return true;
  });
  assert.ok(error instanceof Error);
  assert.doesNotMatch(error.message, /\n/);
  for (const secret of [canary, "canary-value", Buffer.from(canary).toString("base64")])
    assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(secret), error.message);
  return error;
}

describe("resources and their connection", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  /** What asks the server, of a resource. */
  function calls(handlers: Handlers<unknown, unknown>, content: object, connection: Connection) {
    const inputs = { ...content, connection };
    return {
      create: () => handlers.create(inputs),
      read: () => handlers.read("id", inputs),
      delete: () => handlers.delete("id", inputs),
    };
  }
  /** `create` reads files before it asks: their true hashes. */
  const whole = (content: object) =>
    "files" in content ? { ...content, files: { [file]: sha256(readFileSync(file)) } } : content;

  for (const [name, handlers, content, request] of resources) {
    it(`${name}: a server that cannot be reached is an error, never "gone"`, async () => {
      for (const [call, work] of Object.entries(calls(handlers, whole(content), nowhere))) {
        const error = await failure(work);
        assert.ok(error instanceof KestraUnreachable, call);
        assert.equal(
          error.message,
          "Kestra at http://127.0.0.1:2 cannot be reached: connect ECONNREFUSED 127.0.0.1:2. Start the server, then run the same command again.",
        );
      }
    });

    it(`${name}: a wrong password names server, user and remedy`, async () => {
      const wrong = { ...connectionTo(host), password: canary };
      const all = calls(handlers, whole(content), wrong);
      const { delete: remove, ...others } = all;
      for (const work of Object.values(others)) assert.ok((await failure(work)) instanceof KestraError);
      assert.match((await failure(remove)).message, / refuses the password of user /);
      assert.equal(
        (await failure(all.read)).message,
        `Kestra answered 401 to ${request}: ${host.url} refuses the password of user '${username}': it was changed on the server, ` +
          "or another server is listening there. Give the server and the connection the same password, " +
          "or stop the other server.",
      );
    });
  }
});
