import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { accountEmail, accountId, bucketName, datasetId, repositoryId } from "../../../infra/stackName";

describe("names made of the stack's", () => {
  /** Names of a stack's account, its nodes' account, its repository, bucket and dataset. */
  async function namesOf(stack: string): Promise<string[]> {
    const none = () => {
      throw new Error("names make no resource");
    };
    await pulumi.runtime.setMocks({ newResource: none, call: none }, "bay-wheels", stack);
    return [accountId(), accountId("kestra-nodes"), repositoryId(), bucketName("my-project"), datasetId()];
  }

  it("say whose they are", async () => {
    assert.deepEqual(await namesOf("gke"), [
      "bay-wheels-gke",
      "kestra-nodes-gke",
      "bay-wheels-gke",
      "my-project-bay-wheels-gke",
      "bay_wheels_gke",
    ]);
    assert.equal(accountEmail("my-project", "a"), "a@my-project.iam.gserviceaccount.com");
    assert.equal(accountEmail("example.com:my-project", "a"), "a@my-project.example.com.iam.gserviceaccount.com");
  });

  it("are names that Google takes, and different ones, however the stack is called", async () => {
    const long = "s".repeat(62);
    const names: string[] = [];
    // one after the other: the stack's name is the process's
    for (const stack of [`${long}a`, `${long}b`, "dev_", "Team.Dev"]) names.push(...(await namesOf(stack)));
    assert.equal(names.length, 20);
    const isDataset = (name: string) => name.includes("_");
    for (const name of names.filter((each) => !isDataset(each))) assert.match(name, /^[a-z][a-z0-9-]{4,61}[a-z0-9]$/);
    for (const name of names.filter(isDataset)) assert.match(name, /^bay_wheels_[a-z0-9_]+$/);
    for (const stack of [`${long}a`, "a-stack-of-thirty-characters-x"]) {
      const [account, nodes] = await namesOf(stack);
      assert.ok(account!.length <= 30 && nodes!.length <= 30, `${account} ${nodes}`);
    }
    assert.notDeepEqual(await namesOf(`${long}a`), await namesOf(`${long}b`));
  });
});
