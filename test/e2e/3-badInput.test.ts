import assert from "node:assert/strict";
import { getExecution } from "../../kestra/client/executions";
import { Publisher } from "../support/publisher";
import { stack, type Stack } from "../support/stack";

const load = "04_gcp_load_month";

// what is wrong with months of trips: test/contract/flows/loadMonthRefusals
describe("a counties file with other columns", () => {
  let local: Stack;
  const publisher = new Publisher();
  let kept: string;

  before(async function () {
    this.timeout("10m");
    local = await stack();
    await publisher.start();
    kept = String(await local.kv("COUNTIES_URL"));
    await local.setKv("COUNTIES_URL", publisher.countiesUrl);
  });
  after(async () => {
    await local.setKv("COUNTIES_URL", kept);
    publisher.stop();
  });

  it("is refused, and the table stays as it was", async () => {
    const before = await local.content("bay_area_county_ext");
    publisher.publishCounties("name,outline\nAlameda,somewhere\n");
    const run = await local.run("02_gcp_load_bay_area_county");
    assert.equal(run.state.current, "FAILED");
    const errors = run.logs.filter((line) => line.level === "ERROR").map((line) => line.message);
    for (const line of errors) assert.doesNotMatch(line, /^\s+at /m, line);
    assert.match(
      errors.at(-1)!,
      /^The counties were not loaded; the existing table is unchanged\. http:\S+wamw-vt4s\.csv: the file lacks these columns: the_geom, objectid, fipsstco, county\. It has: name,outline\. Once that is fixed, run 02_gcp_load_bay_area_county again$/,
    );
    assert.equal(await local.content("bay_area_county_ext"), before);
  });
});

describe("services that are gone", () => {
  let local: Stack;
  before(async function () {
    this.timeout("10m");
    local = await stack();
  });

  // the plugins name no address, and of BigQuery no reason
  const services = [
    ["storage", "Cloud Storage: Connection refused", "02_gcp_load_bay_area_county", {}],
    [
      "bigquery",
      "the key was refused, or BigQuery can't be reached (it gives no reason)",
      load,
      { month: "2026-09", reload: "true" },
    ],
  ] as const;

  it("are named by the flows, and npm start brings them and Kestra back with data, flows and history", async function () {
    this.timeout("5m");
    const before = await local.content("baywheels_tripdata");
    const { id } = await local.succeed("01_gcp_kv");
    for (const [service, reason, flow, inputs] of services) {
      local.kill(service);
      const run = await local.run(flow, inputs);
      assert.equal(run.state.current, "FAILED");
      const errors = run.logs.filter((line) => line.level === "ERROR").map((line) => line.message);
      assert.ok(errors.at(-1)!.includes(reason), errors.join("\n"));
    }
    local.kill("kestra");
    assert.match(await local.workspace.succeed("start"), /~ 3 updated/);
    assert.equal(await local.content("baywheels_tripdata"), before);
    assert.equal((await getExecution(local.client, id)).state.current, "SUCCESS");
    for (const [, , flow, inputs] of services) await local.succeed(flow, inputs);
    await local.succeed("01_gcp_kv");
  });
});
