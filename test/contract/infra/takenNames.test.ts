import assert from "node:assert/strict";
import { handlers, type ProjectReadyInputs } from "../../../infra/projectReady";
import type { Cloud } from "../../fakes/googleApi";
import { inputs, withGoogle } from "./projectLab";

const dataset = "projects/my-project/datasets/my_dataset";
const account = "projects/my-project/serviceAccounts/bay-wheels-dev@my-project.iam.gserviceaccount.com";
const labels = { application: "bay-wheels", stack: "dev" };

/** All that a stack makes, as Google shows it when the stack's state is lost. */
const everything: Partial<Cloud> = {
  ownBucket: { name: "my-bucket", labels, location: "US" },
  standing: { [dataset]: { labels, location: "US" }, [account]: {} },
};

describe("the names of bucket, dataset and account, over HTTP", () => {
  const { google } = withGoogle();

  async function reasons(cloud: Partial<Cloud>, news = inputs, olds: Partial<ProjectReadyInputs> = {}) {
    google().cloud = { project: "ACTIVE", billing: true, enforced: [], disabled: {}, ...cloud };
    return ((await handlers.check(olds, news)).failures ?? []).map(({ reason }) => reason);
  }

  it("of another person's stack of that name, or of a lost state: left alone first, then taken over", async () => {
    assert.deepEqual(await reasons(everything), [
      "What this stack would create exists already, but its state doesn't have it: " +
        "bucket 'my-bucket', dataset 'my_dataset', service account 'bay-wheels-dev'. " +
        "If another person's stack 'dev' uses it, give yours another name: pulumi stack init <name>. " +
        'If it\'s yours, take it over as docs/operation.md, "State lost", says: ' +
        "pulumi config set bay-wheels:adopt my-bucket,my_dataset,bay-wheels-dev",
    ]);
    const adopt = ["my-bucket", "my_dataset", "bay-wheels-dev"];
    assert.deepEqual(await reasons(everything, { ...inputs, adopt }), []);
  });

  it("that are adopted in part: the command keeps those that are named already", async () => {
    const [reason] = await reasons(everything, { ...inputs, adopt: ["my_dataset"] });
    assert.match(
      reason!,
      /: bucket 'my-bucket', service account 'bay-[^']*'\. .*:adopt my_dataset,my-bucket,bay-wheels-dev$/,
    );
  });

  it("that others have: another one is to be chosen", async () => {
    const others = { application: "bay-wheels", stack: "other" };
    assert.deepEqual(
      await reasons({
        ownBucket: { name: "my-bucket", labels: others },
        standing: { [dataset]: { labels: { application: "shop", stack: "dev" } } },
      }),
      [
        "Bucket 'my-bucket' can't be created: a bucket of that name exists already, and names are " +
          "unique in all of Google Cloud. Choose another: pulumi config set bay-wheels:bucketName <name>",
        "Dataset 'my_dataset' can't be created: project 'my-project' has one of that name. " +
          "Choose another: pulumi config set bay-wheels:dataset <name>",
      ],
    );
  });

  it("that are in the state: not looked up", async () => {
    assert.deepEqual(await reasons(everything, inputs, inputs), []);
    assert.equal((await reasons(everything, inputs, { ...inputs, dataset: "before" })).length, 1);
    assert.match((await reasons(everything, inputs, { ...inputs, account: "before" }))[0]!, /service account 'bay-/);
  });

  it("in the state of an earlier version: that stack is refused as a whole, and Google isn't asked", async () => {
    const refusal =
      "An earlier version of this project made this stack, and no update can change it to this one. Destroy it with the " +
      'old checkout and create it again: docs/upgrade.md, "A stack of an earlier version"';
    for (const key of ["dataset", "account"]) {
      const olds = { ...inputs, [key]: undefined };
      assert.deepEqual(await reasons({ project: "missing" }, inputs, olds), [refusal]);
      await assert.rejects(handlers.update("my-project", olds, inputs), /An earlier version/);
    }
    assert.deepEqual(await handlers.delete("my-project", { ...inputs, dataset: undefined! }), undefined);
  });

  it("to take over: something must be there, where the data is to be", async () => {
    const adopt = ["my_dataset"];
    assert.deepEqual(await reasons({}, { ...inputs, adopt }), [
      "Config 'bay-wheels:adopt' has 'my_dataset', but there's no dataset of that name to take over. " +
        "Set the names of what exists: pulumi config set bay-wheels:adopt <names>",
    ]);
    const standing = { [dataset]: { labels: {}, location: "europe-west1" } };
    assert.deepEqual(await reasons({ standing }, { ...inputs, adopt }), [
      "The dataset 'my_dataset' can't be taken over: it's in europe-west1, and 'bay-wheels:dataLocation' is US. " +
        "To have all data there, run: pulumi config set bay-wheels:dataLocation europe-west1",
    ]);
    assert.deepEqual(await reasons({ standing }, { ...inputs, adopt, dataLocation: "europe-west1" }), []);
  });

  it("that were taken over: no change when the setting goes", async () => {
    const { changes } = await handlers.diff("my-project", { ...inputs, adopt: ["my-bucket"] }, inputs);
    assert.equal(changes, false);
  });
});
