import assert from "node:assert/strict";
import { DevStack } from "../support/devStack";

const account = "012345-6789AB-CDEF01";

describe("readers and a budget of stack dev, under the real engine with fake vendor plugins", function () {
  this.timeout("6m");
  let dev: DevStack;

  before(async () => {
    dev = await DevStack.create();
  });
  after(() => dev.dispose());

  /** Names of the steps since the last look that are about readers and the budget. */
  const steps = () =>
    dev
      .steps()
      .filter((step) => /reader|budget/.test(step))
      .sort();

  it("an account that doesn't pay for the project is refused at the preview", async () => {
    await dev.set("monthlyBudget", "50");
    await dev.set("billingAccount", "AAAAAA-BBBBBB-CCCCCC");
    assert.match(
      await dev.fail("preview"),
      /Project 'test-project-1' is paid for by billing account 012345-6789AB-CDEF01, not by AAAAAA-BBBBBB-CCCCCC, /,
    );
    assert.deepEqual(dev.steps(), []);
  });

  it("are created once, and a refresh finds no difference", async () => {
    await dev.set("billingAccount", account);
    await dev.set("readers", "user:ann@example.com group:team@example.com");
    await dev.up();
    assert.deepEqual(steps(), [
      "create Budget data-budget",
      "create DatasetAccess data-reader-group:team@example.com",
      "create DatasetAccess data-reader-user:ann@example.com",
      "create IAMMember data-reader-jobs-group:team@example.com",
      "create IAMMember data-reader-jobs-user:ann@example.com",
      "create Service data-api-billingbudgets",
    ]);
    await dev.succeed("preview", "--refresh", "--expect-no-changes");
  });

  it("follow the settings", async () => {
    dev.steps();
    await dev.set("monthlyBudget", "80");
    await dev.set("readers", "group:team@example.com");
    await dev.up("--skip-preview");
    assert.deepEqual(steps(), [
      "delete DatasetAccess data-reader-user:ann@example.com",
      "delete IAMMember data-reader-jobs-user:ann@example.com",
      "update Budget data-budget",
    ]);
    const { specifiedAmount } = dev.properties("budget:Budget").amount as { specifiedAmount: { units: string } };
    assert.equal(specifiedAmount.units, "80");
  });
});
