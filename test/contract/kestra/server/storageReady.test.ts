import assert from "node:assert/strict";
import { KestraClient } from "../../../../kestra/client/client";
import { getKv } from "../../../../kestra/client/kv";
import { waitForStorage } from "../../../../kestra/resources/storageReady";
import { handlers, type ServerReadyInputs } from "../../../../kestra/resources/serverReady";
import { closeTunnels } from "../../../../kestra/tunnel/tunnels";
import { KestraHost } from "../../../../local/lab/kestraHost";
import { NewIdentity } from "../../../fakes/newIdentity";
import { printedErrors } from "../../../support/printedErrors";
import { ClusterLab } from "../../tunnel/clusterLab";

const refusal =
  "Internal server error: com.google.cloud.storage.StorageException: kestra does not have storage.objects.create " +
  "access to the Google Cloud Storage object. Permission 'storage.objects.create' denied on resource (or it may not exist)";

describe("the storage of a Kestra server in a cluster, whose account is new", () => {
  let host: KestraHost;
  let identity: NewIdentity;
  let lab: ClusterLab;
  let inputs: ServerReadyInputs;

  before(async () => {
    host = await KestraHost.start();
    identity = await NewIdentity.start(() => host.port, 0);
    lab = await ClusterLab.start(identity.port);
    const { username, password, ...endpoint } = lab.connection;
    inputs = { endpoint, username: username!, password: password!, server: "release-1", timeout: 60 };
  });
  after(async () => {
    await closeTunnels();
    await lab.stop();
    identity.stop();
    await host.dispose();
  });

  it("is waited for until it takes a value, of which nothing is left", async () => {
    identity.refusals = 3;
    await handlers.create(inputs);
    assert.equal(identity.refusals, 0);
    const client = new KestraClient(lab.connection);
    assert.equal(await getKv(client, "system", "bay-wheels-storage-check"), undefined);
  });

  it("is waited for again when another cluster takes its place, and not when the server restarts", async () => {
    identity.refusals = 2;
    await handlers.update("id", inputs, { ...inputs, server: "release-2" });
    assert.equal(identity.refusals, 2);
    await handlers.update("id", { ...inputs, endpoint: { ...inputs.endpoint, cluster: "former" } as never }, inputs);
    assert.equal(identity.refusals, 0);
  });

  it("that refuses the account for too long is an error with Google's reason and the remedy", async () => {
    identity.refusals = Infinity;
    await assert.rejects(waitForStorage(lab.connection, 1), {
      message:
        `Kestra at service kestra of cluster bay couldn't write to its storage within 1 s: ${refusal}. ` +
        "Run 'pulumi up --refresh', which restores the roles of its service account",
    });
  });

  it("is waited for with a word on what for, how long and why, and no remedy", async () => {
    identity.refusals = Infinity;
    const [line, ...others] = await printedErrors(() => waitForStorage(lab.connection, 16));
    assert.equal(
      line?.replace(/\(1\d of/, "(15 of"),
      `Waiting for Google to apply the roles by which Kestra uses its storage (15 of at most 16 s): ${refusal}.`,
    );
    assert.deepEqual(others, []);
  });
});
