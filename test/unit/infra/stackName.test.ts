import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { accountId, repositoryId } from "../../../infra/stackName";

describe("names made of the stack's", () => {
  /** Names of a stack's account, its nodes' account and its repository. */
  async function namesOf(stack: string): Promise<string[]> {
    const none = () => {
      throw new Error("names make no resource");
    };
    await pulumi.runtime.setMocks({ newResource: none, call: none }, "bay-wheels", stack);
    return [accountId(), accountId("kestra-nodes"), repositoryId()];
  }

  it("say whose they are", async () => {
    assert.deepEqual(await namesOf("gke"), ["bay-wheels-gke", "kestra-nodes-gke", "bay-wheels-gke"]);
  });

  it("are names that Google takes, and different ones, however the stack is called", async () => {
    const long = "s".repeat(62);
    const names: string[] = [];
    // one after the other: the stack's name is the process's
    for (const stack of [`${long}a`, `${long}b`, "dev_", "Team.Dev"]) names.push(...(await namesOf(stack)));
    assert.equal(names.length, 12);
    for (const name of names) assert.match(name, /^[a-z][a-z0-9-]{4,61}[a-z0-9]$/);
    for (const stack of [`${long}a`, "a-stack-of-thirty-characters-x"]) {
      const [account, nodes] = await namesOf(stack);
      assert.ok(account!.length <= 30 && nodes!.length <= 30, `${account} ${nodes}`);
    }
    assert.notDeepEqual(await namesOf(`${long}a`), await namesOf(`${long}b`));
  });
});
