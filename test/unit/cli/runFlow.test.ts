import assert from "node:assert/strict";
import { printOutcome } from "../../../cli/support/runFlow";
import { printedErrors } from "../../support/printedErrors";

describe("an execution that failed", () => {
  const printed = (message: string) =>
    printedErrors(() => {
      const outcome = { execution: "1a", flow: "04_gcp_load_month", state: "FAILED", seconds: 1, message };
      assert.equal(printOutcome("dev", outcome), false);
    });
  const log = "Its log: ./bay logs 1a -s dev";

  // Google's own words
  const refusals = [
    "Access Denied: Project p: User does not have bigquery.jobs.create permission in project p.",
    "Cloud Storage: a@p.iam.gserviceaccount.com does not have storage.objects.create access to the Google Cloud Storage object.",
    "the key was refused: change keyRotation and run pulumi up, or check the service account",
  ];
  for (const message of refusals)
    it(`because of Google's refusal may succeed on a new stack later: ${message}`, async () => {
      const hint =
        "Google takes some minutes to apply the roles and the key of a new stack: then run the same command again.";
      assert.deepEqual(await printed(message), [message, hint, log]);
    });

  it("for another reason shows that and where its log is", async () => {
    const message = "Month 2026-09 is not published";
    assert.deepEqual(await printed(message), [message, log]);
  });
});
