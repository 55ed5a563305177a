import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KestraClient } from "../../../../kestra/client/client";
import { execute, follow } from "../../../../kestra/client/executions";
import { createFlow } from "../../../../kestra/client/flows";
import { handlers as serverReady } from "../../../../kestra/resources/serverReady";
import { containerConfiguration } from "../../../../kestra/server/serverConfiguration";
import { startKestra, stopKestra } from "../../../fakes/container";
import { forThisMachine } from "../../../fakes/server";
import { Store } from "../../../fakes/store";
import { freePort } from "../../../../local/lab/kestraHost";

/** Needs the server's encryption key. */
const flow = `id: secret
namespace: bay-wheels
inputs:
  - id: hidden
    type: SECRET
    defaults: canary
tasks:
  - id: log
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.hidden == 'canary' ? 'decrypted' : 'not decrypted' }}"
`;

describe("the configuration of the server in a container", () => {
  const access = {
    username: "admin@bay-wheels.local",
    password: "Only4Tests",
    encryptionKey: Buffer.alloc(32, "k").toString("base64"),
  };
  const database = { host: "postgres", name: "kestra", username: "kestra", password: "Postgres-1" };
  let store: Store;

  before(() => {
    store = new Store(mkdtempSync(join(tmpdir(), "bay-wheels-container-")));
  });
  after(() => rmSync(store.folder, { recursive: true }));

  it("boots the engine, its database swapped: user, password, encryption and storage are at work", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const content = containerConfiguration({ ...access, url, database, storagePath: "/app/storage" });
    const inputs = {
      name: "kestra",
      command: ["server", "standalone"],
      uploads: [{ file: "/app/secrets/application.yml", content }],
      volumes: [{ volumeName: "storage", containerPath: "/app/storage" }],
      ports: [{ external: port }],
    };
    const container = { name: "kestra", config: {}, inputs, store };
    startKestra(container);
    try {
      const { username, password } = access;
      const docker = { container: "kestra", engine: "unix:///no" };
      const endpoint = { kind: "address" as const, url };
      await serverReady.create({ endpoint, username, password, server: "1", docker, timeout: 60 });
      const client = new KestraClient({ kind: "address", url, username, password });
      await createFlow(client, flow);
      const { id } = await execute(client, "bay-wheels", "secret", {});
      assert.equal((await follow(client, id)).state.current, "SUCCESS");
      const stranger = new KestraClient({ kind: "address", url, username, password: "Other4Tests" });
      await assert.rejects(stranger.send("GET", "/flows/search"), /refuses the password/);
    } finally {
      await stopKestra(container);
    }
  });

  it("without a Postgres is none", () => {
    const surroundings = { database: "/x", storage: "/y", ports: { api: 1, management: 2 } };
    assert.throws(() => forThisMachine("datasources: {}", surroundings), /names no Postgres/);
  });
});
