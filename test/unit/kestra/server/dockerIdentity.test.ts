import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { execIn } from "../../../../kestra/server/docker/engine";
import { handlers } from "../../../../kestra/server/docker/machineIdentity";
import { Store } from "../../../fakes/store";

const account = "bay-wheels-dev@my-project.iam.gserviceaccount.com";
const inputs = { container: "kestra", server: "1", account };
const server = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/";

describe("whom Kestra's container is to Google, with a fake docker command", () => {
  const { env } = process;
  let store: Store;

  beforeEach(() => {
    store = new Store(mkdtempSync(join(tmpdir(), "bay-wheels-docker-")));
    process.env = { ...env, FAKE_STORE: store.folder, PATH: [resolve("test/fakes/bin"), env.PATH].join(delimiter) };
    mkdirSync(store.path("containers", "kestra"), { recursive: true });
    writeFileSync(store.path("containers", "kestra", "pid"), "1");
    runOn({ email: account, scopes: ["https://www.googleapis.com/auth/cloud-platform"] });
  });
  afterEach(() => {
    process.env = env;
    rmSync(store.folder, { recursive: true });
  });

  const runOn = (account: object) => store.setNote("machine-account", JSON.stringify(account));

  it("is accepted where it's the stack's account, and asked again of another container", async () => {
    assert.deepEqual(await handlers.create(inputs), { id: "kestra", outs: inputs });
    assert.deepEqual(await handlers.diff("kestra", inputs, inputs), { changes: false });
    const next = { ...inputs, server: "2" };
    assert.deepEqual(await handlers.diff("kestra", inputs, next), { changes: true });
    runOn({ email: "other@my-project.iam.gserviceaccount.com", scopes: [] });
    await assert.rejects(handlers.update("kestra", inputs, next), {
      message:
        "Container 'kestra' runs as other@my-project.iam.gserviceaccount.com. " +
        `Attach ${account} with the scope cloud-platform to the machine that Docker runs on ` +
        "(docs/without-a-key.md), or use a key: pulumi config set bay-wheels:credentials key",
    });
  });

  it("is refused with Docker's words where the container is gone", async () => {
    await assert.rejects(
      handlers.create({ ...inputs, container: "other" }),
      /^Error: Container 'other' gets no credentials from a Google machine: Error response from daemon: No such container/,
    );
  });

  it("is refused with the same remedy where a proxy answers instead of Google", async () => {
    for (const page of ["<html>Access denied</html>", "{}"]) {
      store.setNote("machine-account", page);
      await assert.rejects(
        handlers.create(inputs),
        /^Error: Container 'kestra' gets no answer from Google's metadata server, but from another\. Attach bay-wheels-dev@/,
      );
    }
  });

  it("isn't told to a request without Google's header, nor at another path", async () => {
    const ask = (...args: string[]) => execIn("kestra", ["curl", "-fsS", ...args]);
    await assert.rejects(ask(`${server}?recursive=true`), /returned error: 403/);
    await assert.rejects(ask("-H", "Metadata-Flavor: Google", `${server}token`), /returned error: 404/);
  });
});
