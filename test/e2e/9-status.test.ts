import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { strToU8 } from "fflate";
import type { MonthResult } from "../../cli/backfill/follow";
import type { Problem, Status } from "../../cli/status/status";
import { Publisher } from "../support/publisher";
import { stack, type Stack } from "../support/stack";

/** The first month of the backfill, and its last one, which fails at first. */
const [first, month] = ["2026-04", "2026-06"];

describe("status and backfill on stack local", function () {
  this.timeout("5m");
  let local: Stack;
  before(async function () {
    this.timeout("10m");
    local = await stack();
  });

  /** Exit code and JSON of `status`. */
  async function status(): Promise<[number | null, Status & { problems: Problem[] }]> {
    const { code, output } = await local.workspace.npm("status", "--json");
    return [code, JSON.parse(output) as Status & { problems: Problem[] }];
  }

  /** Runs a backfill on a terminal, agrees to the plan, and presses Ctrl-C once a task is shown. */
  function interruptedBackfill(): Promise<{ code: number | null; output: string }> {
    const command = `npm run --silent backfill -- --from ${first} --to ${month}`;
    const child = spawn("script", ["-qec", command, "/dev/null"], { cwd: local.workspace.folder });
    let output = "";
    const typed = { agreed: false, interrupted: false };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (!typed.agreed && output.includes("[y/N]")) typed.agreed = child.stdin.write("y\r");
      else if (!typed.interrupted && output.includes("… ")) typed.interrupted = child.stdin.write("\x03");
    });
    return new Promise((done) => child.on("close", (code) => done({ code, output })));
  }

  it("has nothing to do after a start, for people and as JSON", async () => {
    const { code, output } = await local.workspace.npm("status");
    assert.equal(code, 0, output);
    assert.match(output, /^Stack local\n {2}Services +Kestra, BigQuery, Open data, Cloud Storage up\n/);
    assert.match(output, /\nNothing to do\.\n$/);
    const [, seen] = await status();
    assert.deepEqual(Object.keys(seen).sort(), [
      "at",
      "drift",
      "failedLoads",
      "hasCounties",
      "lastBuild",
      "loads",
      "problems",
      "published",
      "schedule",
      "services",
      "stack",
    ]);
    assert.equal(seen.loads?.at(-1)?.month, "2026-09");
  });

  it("shows a schedule that is off, which its command turns on again", async () => {
    assert.match(await local.workspace.succeed("schedule", "off"), /^The schedule is off\.\n$/);
    const [code, { problems }] = await status();
    assert.equal(code, 1);
    assert.deepEqual(problems, [
      { problem: "The schedule is off: new months aren't loaded", command: "./bay schedule on" },
    ]);
    const refused = await local.workspace.npm("backfill", "--from", first, "--to", month, "--yes");
    assert.equal(refused.code, 1);
    assert.match(
      refused.output,
      /The schedule is off, so a backfill would wait\. Turn it on with: \.\/bay schedule on\n$/,
    );
    assert.match(await local.workspace.succeed("schedule", "on"), /^The schedule is on/);
    assert.equal((await status())[0], 0);
  });

  it("shows a month that failed, with its reason, and an entry that was changed by hand", async () => {
    const publisher = new Publisher();
    await publisher.start();
    const kept = String(await local.kv("TRIPS_URL"));
    try {
      publisher.put("202606-baywheels-tripdata.csv.zip", strToU8("no archive"));
      await local.setKv("TRIPS_URL", publisher.tripsUrl);
      assert.equal((await local.run("04_gcp_load_month", { month })).state.current, "FAILED");
      const [code, { problems, drift }] = await status();
      assert.equal(code, 1);
      assert.deepEqual(drift, ["TRIPS_URL"]);
      const failed = problems.find(({ problem }) => problem.startsWith(`Month ${month}`));
      assert.match(failed!.problem, /^Month 2026-06 wasn't loaded: the file is empty or not a ZIP archive/);
      assert.equal(failed!.command, `./bay load ${month}`);
    } finally {
      await local.setKv("TRIPS_URL", kept);
      publisher.stop();
    }
  });

  it("shows the plan of a backfill alone with --dry-run, and needs --yes without a terminal", async () => {
    const range = ["--from", month, "--to", month, "--only", "failed"];
    const plan = await local.workspace.npm("backfill", ...range, "--dry-run");
    assert.equal(plan.code, 0);
    assert.match(plan.output, /^Backfill of stack local:\n {2}1 month to load: 2026-06\nAbout \d+ s/);
    const unasked = await local.workspace.npm("backfill", ...range);
    assert.equal(unasked.code, 2);
    assert.match(
      unasked.output,
      /there's no terminal to ask on: add --yes or --dry-run\. Help: \.\/bay backfill --help\n$/,
    );
  });

  it("goes on in Kestra after Ctrl-C, and the next call follows it to its end", async () => {
    const { code, output } = await interruptedBackfill();
    assert.equal(code, 130, output);
    assert.match(output, /The backfill continues in Kestra\. Follow it again with: \.\/bay backfill\r?\n/);
    const other = await local.workspace.npm("backfill", "--from", "2020-01", "--to", "2020-01", "--yes");
    assert.equal(other.code, 1);
    assert.match(other.output, /^A backfill of 2026-04 to 2026-06 is running\. Follow it with: \.\/bay backfill, then/);
    const again = await local.workspace.npm("backfill", "--json");
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /A backfill of 2026-04 to 2026-06 is running\. Following it:/);
    const line = again.output.split("\n").find((text) => text.startsWith("{"))!;
    const { months, build } = JSON.parse(line) as { months: MonthResult[]; build: { state: string } };
    assert.deepEqual(
      months.map(({ month: loaded, result, rejected }) => [loaded, result, rejected]),
      ["2026-04", "2026-05", "2026-06"].map((loaded) => [loaded, "loaded", 21]),
    );
    assert.equal(build.state, "SUCCESS");
    assert.deepEqual((await status())[1].failedLoads, []);
  });

  it("shows a killed service and what brings it back, with exit code 3", async () => {
    local.kill("openData");
    const [code, { problems, published }] = await status();
    assert.equal(code, 3);
    assert.deepEqual(problems[0], { problem: "Open data isn't running", command: "npm start" });
    assert.equal(published, undefined);
    await local.workspace.succeed("start");
    assert.equal((await status())[0], 0);
  });
});
