import assert from "node:assert/strict";
import { handlers, type ProjectReadyInputs } from "../../../../infra/projectReady";
import { handlers as guard, type ReplacementGuardInputs } from "../../../../infra/replacementGuard";
import { GoogleApi } from "../../../fakes/googleApi";
import { runtimes } from "../../support/choices";
import { madeOn, valueOf } from "../../support/cloudStacks";
import { toy } from "./toy";

describe("a third runtime, which only this folder knows", () => {
  const { env } = process;
  let google: GoogleApi;

  before(async () => {
    google = await GoogleApi.start();
    process.env = { ...env, ...google.environment() };
  });
  after(() => {
    process.env = env;
    google.stop();
  });

  const bringUp = (color?: string) =>
    madeOn("toys", { "bay-wheels:runtime": "toy", ...(color === undefined ? {} : { "bay-wheels:color": color }) }, [], {
      ...runtimes,
      toy,
    });

  it("brings up the program with its own API and setting, and without a key", async () => {
    const { resources, runtime, platform, inputsOf } = await bringUp();
    const names = resources.map(({ name }) => name);
    assert.ok(names.includes("data-api-run"));
    assert.ok(!names.includes("data-api-compute") && !names.includes("data-key"));
    assert.equal(platform.dbtTarget, "oauth");
    assert.equal(await valueOf(runtime.url), "http://red.example.com");
    assert.equal(inputsOf("kestra").timeout, 7);
    assert.equal(names.filter((name) => name.startsWith("pipeline-0")).length, 5);
    assert.ok(!names.includes("pipeline-GCP_CREDS"));
  });

  it("refuses a wrong setting, and names the settings of all runtimes where a key is unknown", async () => {
    await assert.rejects(bringUp("green"), /^Error: Config 'bay-wheels:color' is 'green': red or blue is needed\. /);
    await assert.rejects(
      madeOn("toys", { "bay-wheels:colour": "red" }, [], { ...runtimes, toy }),
      /Config 'bay-wheels:colour' is unknown: known are .*bay-wheels:databaseTier, .*bay-wheels:color/,
    );
  });

  it("has its own check run before anything is created, with the plan of before", async () => {
    const inputs = async (color?: string) =>
      (await bringUp(color)).inputsOf("data-project") as unknown as ProjectReadyInputs;
    const [red, blue] = [await inputs(), await inputs("blue")];
    assert.deepEqual((await handlers.check({}, red)).failures, []);
    const reasons = (await handlers.check(red, blue)).failures!.map(({ reason }) => reason);
    assert.deepEqual(reasons, ["blue isn't available in my-project, was red"]);
    google.cloud.disabled = { compute: 1 };
    await handlers.create(red);
    assert.equal(google.cloud.disabled.compute, 0);
  }).timeout("1m");

  it("has what holds its data guarded", async () => {
    const inputs = async (color: string) =>
      (await bringUp(color)).inputsOf("data-guard") as unknown as ReplacementGuardInputs;
    const { failures } = await guard.check(await inputs("red"), await inputs("blue"));
    assert.equal(failures!.length, 1);
    assert.match(failures![0]!.reason, /^Toy box 'toy-box' would be replaced, .* would change from 'red' to 'blue'\. /);
  });
});
