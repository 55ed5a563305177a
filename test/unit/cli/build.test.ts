import assert from "node:assert/strict";
import { progressOf } from "../../../cli/commands/build";

describe("the progress of a build", () => {
  const line = (text: string) => ({
    level: "INFO",
    message: `[Thread: Thread-1 (worker)] [Type: X] ${text} ...... [ `,
  });

  it("counts what dbt has finished, in any order, and not what it has started", () => {
    const log = [
      "Found 14 models, 8 data tests",
      "1 of 22 START sql view model bay_wheels.a",
      "2 of 22 START test b",
      "2 of 22 PASS b",
      "1 of 22 OK created sql view model bay_wheels.a",
      "3 of 22 START test c",
      "3 of 22 FAIL 7 c",
      "10 of 22 SKIP relation bay_wheels.d",
    ].map(line);
    assert.equal(progressOf(log), "4 of 22 models and tests");
    assert.equal(progressOf(log.slice(0, 4)), "1 of 22 models and tests");
    assert.equal(progressOf(log.slice(0, 3)), undefined);
  });
});
