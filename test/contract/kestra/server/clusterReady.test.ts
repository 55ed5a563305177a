import assert from "node:assert/strict";
import { mock } from "node:test";
import { GoogleAuth } from "google-auth-library";
import { handlers, type ClusterReadyInputs } from "../../../../infra/gke/clusterReady";
import { freePort } from "../../../../local/lab/kestraHost";
import { refusal } from "../../../fakes/kubernetes/answers";
import { ClusterLab } from "../../tunnel/clusterLab";

describe("a new cluster that is waited for", () => {
  let lab: ClusterLab;
  let inputs: ClusterReadyInputs;

  beforeEach(async () => {
    lab = await ClusterLab.start(1);
    inputs = { project: "p", cluster: "bay", endpoint: lab.api.endpoint, timeout: 60 };
  });
  afterEach(() => lab.stop());

  it("is ready when its API answers to this user, and not before", async () => {
    lab.api.refusals = [refusal(503, "starting"), refusal(403, "Forbidden")];
    assert.deepEqual(await handlers.create(inputs), { id: "bay", outs: inputs });
    assert.deepEqual(lab.api.requests, Array(3).fill("GET /version"));
    assert.deepEqual(lab.api.strangers, []);
  });

  it("that refuses the user to the end names the right that is missing", async () => {
    lab.api.refusals = Array(9).fill(refusal(403, "Forbidden")) as typeof lab.api.refusals;
    await assert.rejects(handlers.create({ ...inputs, timeout: 1 }), {
      message:
        "The API of cluster bay wasn't ready within 1 s (status 403 Forbidden). Ask for the role " +
        "roles/container.developer in project p (it has container.clusters.connect), then run 'pulumi up' again",
    });
  });

  it("that rejects a token is asked once if nothing renews it, else three times", async () => {
    const fault = (remedy: string) => ({
      message:
        `Google Cloud doesn't accept your credentials (status 401 from ${lab.api.endpoint} Unauthorized). ` +
        `${remedy}, then run the same command again`,
    });
    const login = "gcloud auth application-default login";
    lab.api.tokens = ["another"];
    const variable = "GOOGLE_OAUTH_ACCESS_TOKEN";
    const fixed = fault(`Set ${variable} to a token that hasn't expired, or unset it and run: ${login}`);
    await assert.rejects(handlers.create(inputs), fixed);
    assert.equal(lab.api.requests.length, 1);
    delete process.env[variable];
    mock.method(GoogleAuth.prototype, "getClient", () => ({ getAccessToken: () => ({ token: "renewed" }) }));
    try {
      await assert.rejects(handlers.create(inputs), fault(`Run: ${login}`));
    } finally {
      mock.restoreAll();
    }
    assert.equal(lab.api.requests.length, 4);
  });

  it("that nobody reaches says where it looked", async () => {
    const endpoint = `localhost:${await freePort()}`;
    await assert.rejects(
      handlers.update("bay", inputs, { ...inputs, endpoint, timeout: 1 }),
      /wasn't ready within 1 s \(connect ECONNREFUSED .*\)\. Check that this machine, and its proxy if it has one, can reach https:\/\/localhost:\d+, then/,
    );
  });

  it("is asked neither by a refresh, nor by a destroy, nor by an up that changes nothing", async () => {
    assert.deepEqual(await handlers.read("bay", inputs), { id: "bay", props: inputs });
    await handlers.delete("bay", inputs);
    const changes = async (change: Partial<ClusterReadyInputs>) =>
      (await handlers.diff("bay", inputs, { ...inputs, ...change })).changes;
    assert.deepEqual(
      await Promise.all([{}, { timeout: 1 }, { endpoint: "other" }, { cluster: "other" }].map(changes)),
      [false, false, true, true],
    );
    assert.deepEqual(lab.api.requests, []);
  });
});
