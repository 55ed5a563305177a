import assert from "node:assert/strict";
import { handlers, type ReplacementGuardInputs } from "../../../infra/replacementGuard";

interface Values {
  project: string;
  dataLocation: string;
  bucketName: string;
  dataset: string;
  runtime: string;
  /** With it, there's a database of the runtime. */
  region?: string;
  allowReplacementOf: string[];
}

const values: Values = {
  project: "my-project",
  dataLocation: "US",
  bucketName: "my-bucket",
  dataset: "trips",
  runtime: "docker",
  allowReplacementOf: [],
};

/** Inputs of the guard, as the program gives them. */
function inputsOf(given: Values): ReplacementGuardInputs {
  const { project, dataLocation, bucketName, dataset, runtime, region, allowReplacementOf } = given;
  const common = { "gcp:project": project, "bay-wheels:dataLocation": dataLocation };
  const ofRuntime = { "bay-wheels:runtime": runtime };
  const ofDatabase = { "bay-wheels:region": region!, "gcp:project": project, ...ofRuntime };
  const holders = [
    { kind: "Bucket", name: bucketName, settings: { "bay-wheels:bucketName": bucketName, ...common } },
    { kind: "Dataset", name: dataset, settings: { "bay-wheels:dataset": dataset, ...common } },
    ...(region === undefined ? [] : [{ kind: "Database", name: "kestra-database", settings: ofDatabase }]),
  ];
  const settings = Object.assign({}, ofRuntime, ...holders.map((each) => each.settings)) as Record<string, string>;
  return { holders, settings, allowReplacementOf, set: "pulumi config set" };
}

async function reasons(change: Partial<Values>, olds: Values = values) {
  const { failures = [] } = await handlers.check(inputsOf(olds), inputsOf({ ...values, ...change }));
  return failures.map(({ reason }) => reason);
}

describe("a change that would replace what holds data", () => {
  it("names the resource, the way back and the way to allow it, in one line", async () => {
    assert.deepEqual(await reasons({ bucketName: "other" }), [
      "Bucket 'my-bucket' would be replaced, which deletes all its data: " +
        "bay-wheels:bucketName would change from 'my-bucket' to 'other'. Restore the previous value: pulumi config set bay-wheels:bucketName my-bucket; " +
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
    assert.match(elsewhere[0]!, /gcp:project would change from 'my-project' to 'other-project'/);
    assert.match(
      elsewhere[0]!,
      /pulumi config set bay-wheels:bucketName my-bucket && pulumi config set gcp:project my-project/,
    );
  });

  it("is refused of Kestra's database in a cluster, and of no other", async () => {
    const olds = { ...values, runtime: "gke", region: "us-central1" };
    const moved = { runtime: "gke", region: "europe-west1" };
    const [reason] = await reasons(moved, olds);
    assert.match(reason!, /^Database 'kestra-database' would be replaced, .*:allowReplacementOf kestra-database$/);
    assert.deepEqual(await reasons({ ...moved, allowReplacementOf: ["kestra-database"] }, olds), []);
    const [elsewhere] = await reasons({}, olds);
    assert.match(elsewhere!, /^Database .* bay-wheels:runtime would change from 'gke' to 'docker'\. /);
    const allowed = ["my-bucket", "trips"];
    const other = { ...olds, project: "other", allowReplacementOf: allowed };
    assert.match((await reasons(other, olds))[0]!, /^Database .* gcp:project would change/);
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
    assert.deepEqual((await handlers.check({}, inputsOf(values))).failures, []);
    assert.deepEqual(await reasons({}), []);
    const allowed = inputsOf({ ...values, allowReplacementOf: ["x"] });
    assert.equal((await handlers.diff("guard", inputsOf(values), allowed)).changes, true);
    assert.equal((await handlers.diff("guard", inputsOf(values), inputsOf(values))).changes, false);
  });
});
