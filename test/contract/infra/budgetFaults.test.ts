import assert from "node:assert/strict";
import { handlers, type ProjectReadyInputs } from "../../../infra/projectReady";
import type { Cloud } from "../../fakes/googleApi";
import { inputs, withGoogle } from "./projectLab";

const inputsFor = (billingAccount: string): ProjectReadyInputs => ({
  ...inputs,
  checks: [{ module: "./infra/checks/budgetFaults.ts", plan: { billingAccount } }],
});

describe("a Google Cloud project before its billing account gets a budget, over HTTP", () => {
  const { google } = withGoogle();

  async function faultsOf(billingAccount: string, cloud: Partial<Cloud> = {}): Promise<string[]> {
    google().cloud = { project: "ACTIVE", billing: true, enforced: [], disabled: {}, ...cloud };
    return ((await handlers.check({}, inputsFor(billingAccount))).failures ?? []).map(({ reason }) => reason);
  }

  it("is paid for by that account", async () => {
    assert.deepEqual(await faultsOf("012345-6789AB-CDEF01"), []);
    assert.deepEqual(await faultsOf("AAAAAA-BBBBBB-CCCCCC"), [
      "Project 'my-project' is paid for by billing account 012345-6789AB-CDEF01, not by AAAAAA-BBBBBB-CCCCCC, whose " +
        "budget would see no costs of it (https://console.cloud.google.com/billing/linkedaccount?project=my-project). " +
        "Change it with: pulumi config set bay-wheels:billingAccount 012345-6789AB-CDEF01",
    ]);
  });

  it("lets you create budgets on it, as far as Google says by now", async () => {
    assert.deepEqual(await faultsOf("012345-6789AB-CDEF01", { noBudgets: true }), [
      "You may not create a budget on billing account 012345-6789AB-CDEF01. Ask its administrator to run: " +
        "gcloud billing accounts add-iam-policy-binding 012345-6789AB-CDEF01 --role roles/billing.costsManager " +
        "--member user:<your address>",
    ]);
    assert.deepEqual(await faultsOf("012345-6789AB-CDEF01", { noBudgets: true, disabled: { budgets: 1 } }), []);
    assert.equal((await faultsOf("AAAAAA-BBBBBB-CCCCCC", { noBudgets: true })).length, 1);
  });

  it("has one fault, not two, when nobody pays for it", async () => {
    assert.equal((await faultsOf("012345-6789AB-CDEF01", { billing: false })).length, 1);
  });

  it("is waited for until the API that was just enabled answers about the account", async () => {
    google().cloud = { project: "ACTIVE", billing: true, enforced: [], disabled: { budgets: 1 } };
    const begun = Date.now();
    await handlers.create(inputsFor("012345-6789AB-CDEF01"));
    assert.equal(google().cloud.disabled.budgets, 0);
    assert.ok(Date.now() - begun >= 1_000);
  });
});
