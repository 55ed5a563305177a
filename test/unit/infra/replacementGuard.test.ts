import assert from "node:assert/strict";
import { handlers, type ReplacementGuardInputs } from "../../../infra/handlers/replacementGuard";

const inputs: ReplacementGuardInputs = {
  project: "my-project",
  dataLocation: "US",
  bucketName: "my-bucket",
  dataset: "trips",
  runtime: "docker",
  allowReplacementOf: [],
  set: "pulumi config set",
};

async function reasons(change: Partial<ReplacementGuardInputs>, olds: Partial<ReplacementGuardInputs> = inputs) {
  const { failures = [] } = await handlers.check(olds, { ...inputs, ...change });
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("a change that would replace what holds data", () => {
  it("is told by name, with the way back and the way to allow it, in one line", async () => {
    assert.deepEqual(await reasons({ bucketName: "other" }), [
      "bucketName: Bucket 'my-bucket' would be replaced, which deletes all its data: bay-wheels:bucketName was 'my-bucket' and is to be 'other'. " +
        "Set the former value again: pulumi config set bay-wheels:bucketName my-bucket; " +
        "or allow it by name: pulumi config set bay-wheels:allowReplacementOf my-bucket",
    ]);
  });

  it("is refused for each that it meets", async () => {
    const moved = await reasons({ dataLocation: "EU" });
    assert.deepEqual(
      moved.map((reason) => /(Bucket|Dataset) '(\S+)'/.exec(reason)?.[2]),
      ["my-bucket", "trips"],
    );
    const elsewhere = await reasons({ project: "other-project", bucketName: "other", dataset: "other" });
    assert.equal(elsewhere.length, 2);
    assert.match(elsewhere[0]!, /gcp:project was 'my-project' and is to be 'other-project'/);
    assert.match(
      elsewhere[0]!,
      /pulumi config set bay-wheels:bucketName my-bucket && pulumi config set gcp:project my-project/,
    );
  });

  it("is refused of Kestra's database in a cluster, and of no other", async () => {
    const olds = { ...inputs, runtime: "gke", region: "us-central1" };
    const moved = { runtime: "gke", region: "europe-west1" };
    const [reason] = await reasons(moved, olds);
    assert.match(
      reason!,
      /^region: Database 'kestra-database' would be replaced, .*:allowReplacementOf kestra-database$/,
    );
    assert.deepEqual(await reasons({ ...moved, allowReplacementOf: ["kestra-database"] }, olds), []);
    const [elsewhere] = await reasons({}, olds);
    assert.match(elsewhere!, /^runtime: Database .* bay-wheels:runtime was 'gke' and is to be 'docker'\. /);
    const allowed = ["my-bucket", "trips"];
    const other = { ...olds, project: "other", allowReplacementOf: allowed };
    assert.match((await reasons(other, olds))[0]!, /^project: Database /);
    assert.deepEqual(await reasons(moved), []);
    assert.deepEqual(await reasons(olds, olds), []);
  });

  it("goes through where it is allowed by the name of what goes, and only there", async () => {
    assert.equal((await reasons({ dataLocation: "EU", allowReplacementOf: ["my-bucket"] })).length, 1);
    assert.deepEqual(await reasons({ dataLocation: "EU", allowReplacementOf: ["my-bucket", "trips"] }), []);
    // the leave was for the old one
    assert.equal((await reasons({ bucketName: "other", allowReplacementOf: ["other"] })).length, 1);
  });

  it("is none on a new stack, or when nothing of it changes", async () => {
    assert.deepEqual(await reasons({}, {}), []);
    assert.deepEqual(await reasons({}), []);
    assert.equal((await handlers.diff("guard", inputs, { ...inputs, allowReplacementOf: ["x"] })).changes, true);
    assert.equal((await handlers.diff("guard", inputs, inputs)).changes, false);
  });
});
