import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { getExecution } from "../../kestra/client/executions";
import { header, Publisher, ride } from "../support/publisher";
import { stack, type Stack } from "../support/stack";
import { forgetMonth } from "./support/disturbance";

describe("the commands on stack local", () => {
  let local: Stack;
  before(async function () {
    this.timeout("10m");
    local = await stack();
  });

  /** Runs a command to its end by ./bay, in pipes. */
  function bay(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = spawn(local.workspace.path("bay"), args, { stdio: ["ignore", "pipe", "pipe"] });
    const printed = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (text: string) => (printed[stream] += text));
    return new Promise((done) => child.on("close", (code) => done({ code, ...printed })));
  }

  /** Runs a command line of a shell on a terminal with 60 columns, where somebody may type once a text appears. */
  function onTerminal(
    line: string,
    typed?: { at: string; keys: string },
  ): Promise<{ code: number | null; output: string }> {
    const cwd = local.workspace.folder;
    const child = spawn("script", ["-qec", `stty cols 60; ${line}`, "/dev/null"], { cwd });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const isThere = typed !== undefined && output.includes(typed.at);
      output += text;
      if (typed !== undefined && !isThere && output.includes(typed.at)) child.stdin.write(typed.keys);
    });
    return new Promise((done) => child.on("close", (code) => done({ code, output: output.replaceAll("\r", "") })));
  }

  describe("load and build", () => {
    it("load a month again and build its models; the tables are equal", async function () {
      this.timeout("5m");
      const before = await local.content("facts_baywheels_trips");
      const { code, stdout, stderr } = await bay("load", "2026-08", "--reload", "--json");
      assert.equal(code, 0, stderr);
      const { load, build } = JSON.parse(stdout) as Record<string, { state: string; message: string; flow: string }>;
      assert.deepEqual([load!.flow, load!.state], ["04_gcp_load_month", "SUCCESS"]);
      assert.match(
        load!.message,
        /^Month 2026-08 is loaded from 202608-baywheels-tripdata\.csv\.zip: \d+ of \d+ rows; /,
      );
      assert.deepEqual([build!.flow, build!.state], ["06_gcp_dbt", "SUCCESS"]);
      assert.match(build!.message, /^dbt: PASS=\d{2} WARN=0 ERROR=0 SKIP=0 /);
      assert.match(stderr, / {2}✓ Trips of 2026-08 [\d.]+ s\n(.*\n)+ {2}✓ dbt build [\d.]+ s\n/);
      assert.equal(await local.content("facts_baywheels_trips"), before);
    });

    it("say what they skip, and how to do it all the same", async function () {
      this.timeout("3m");
      const { code, stdout } = await bay("load", "2026-08");
      assert.equal(code, 0);
      const [month, models] = stdout.split("\n");
      assert.match(month!, /^Month 2026-08 is skipped: .* To load it anyway, run: \.\/bay load 2026-08 --reload$/);
      assert.match(models!, /^Nothing was loaded since .*, run: \.\/bay build --full-refresh$/);
      assert.deepEqual((await bay("build")).stdout, `${models}\n`);
    });

    it("count the models while dbt builds all of them", async function () {
      this.timeout("5m");
      const { code, output } = await onTerminal("./bay build --full-refresh");
      assert.equal(code, 0, output);
      assert.match(output, /… dbt build \d+ s {2}\d+ of \d+ models and te/);
      assert.match(output, /^dbt: PASS=\d{2} WARN=0 ERROR=0 /m);
    });

    it("end with 1 for a month that isn't published, and build nothing", async () => {
      const { code, stdout, stderr } = await bay("load", "2024-04");
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^Month 2024-04 is not published at .* Once this one does, run: \.\/bay load 2024-04$/m);
      assert.doesNotMatch(stderr, /dbt build/);
    });

    it("print an execution's id and don't wait when they are detached", async function () {
      this.timeout("2m");
      const { code, stdout, stderr } = await bay("load", "2026-08", "--no-build", "--detach");
      assert.equal(code, 0, stderr);
      const followed = await bay("logs", stdout.trimEnd(), "-f");
      assert.equal(followed.code, 0);
      assert.match(followed.stdout, /^\S+ \S+ \S+ INFO {2}say_unchanged: Month 2026-08 is skipped: .*$/m);
      assert.match(followed.stderr, /^Execution \w+ of 04_gcp_load_month: \w+\n(.*\n)*Ended: SUCCESS\n$/);
    });

    it("let an execution continue at Ctrl-C, and say how to follow it", async function () {
      // macOS has another command of that name
      if (process.platform !== "linux") this.skip();
      this.timeout("2m");
      const typed = { at: "… Trips of 2026-08", keys: "\x03" };
      const { code, output } = await onTerminal("./bay load 2026-08 --reload --no-build", typed);
      assert.equal(code, 130, output);
      const [, id] = /Interrupted\. Execution (\w+) continues in Kestra\. Follow it: \.\/bay logs \1 -f\n/.exec(
        output,
      )!;
      assert.equal((await local.ended(id!)).state.current, "SUCCESS");
      await local.succeed("06_gcp_dbt");
    });
  });

  describe("a load that fails", () => {
    const publisher = new Publisher();
    const trips = ["baywheels_tripdata", "facts_baywheels_trips"];
    let kept: string;
    before(async () => {
      await publisher.start();
      kept = String(await local.kv("TRIPS_URL"));
      await local.setKv("TRIPS_URL", publisher.tripsUrl);
    });
    after(async () => {
      await local.setKv("TRIPS_URL", kept);
      await forgetMonth(local, "2021-01");
      publisher.stop();
    });

    it("ends with 1, the flow's own reason and the command to run next; logs find it again", async function () {
      this.timeout("2m");
      publisher.publish("202101", header.replace("ride_id,", ""), "classic_bike");
      const { code, stdout, stderr } = await bay("load", "2021-01");
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^Month 2021-01 was not loaded; its existing rows are unchanged\. http:\S+: .*ride_id/m);
      assert.match(stderr, /\. Once that is fixed, run: \.\/bay load 2021-01\nIts log: \.\/bay logs \w+\n$/);
      const id = /bay logs (\w+)\n$/.exec(stderr)![1]!;
      assert.equal((await getExecution(local.client, id)).state.current, "FAILED");

      for (const args of [[id], ["--failed"], ["--month", "2021-01"]]) {
        const found = await bay("logs", ...args);
        assert.deepEqual([found.code, found.stderr], [0, `Execution ${id} of 04_gcp_load_month: FAILED\n`]);
        assert.match(found.stdout, / ERROR say_what_to_do: Month 2021-01 was not loaded; /);
      }
      const { stdout: json, code: ofFollowed } = await bay("logs", id, "-f", "--json");
      const lines = json
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { executionId: string });
      assert.ok(lines.length > 1 && lines.every(({ executionId }) => executionId === id));
      assert.equal(ofFollowed, 1);
    });

    it("says how to load a month that only looks wrong", async function () {
      this.timeout("2m");
      const good = ride("R", "2021-01-05 08:00:00", "2021-01-05 08:10:00");
      publisher.publish("202101", header, good, ...Array.from({ length: 19 }, (_, i) => `R${i},nothing`));
      const { code, stderr } = await bay("load", "2021-01");
      assert.equal(code, 1);
      assert.match(stderr, /If this is expected, run: \.\/bay load 2021-01 --accept\. /);
      const accepted = await bay("load", "2021-01", "--accept", "--no-build");
      await forgetMonth(local, "2021-01");
      assert.equal(accepted.code, 0, accepted.stderr);
      assert.match(accepted.stdout, /^Month 2021-01 is loaded from .*: 1 of 20 rows; rejected: 19 malformed\n$/);
    });

    it("doesn't stop npm start, which then names it and ends with 1", async function () {
      this.timeout("5m");
      const before = await Promise.all(trips.map((table) => local.content(table)));
      await forgetMonth(local);
      const failed = await bay("start");
      assert.equal(failed.code, 1, failed.stderr);
      assert.match(failed.stderr, /^Month 2026-09 is not published at .*\nIts log: \.\/bay logs \w+$/m);
      assert.match(failed.stderr, /^Failed: Trips of 2026-09; .* Continue with: npm start\. /m);
      assert.match(failed.stdout, /^│ 2026-08 │ +[\d,]+ │/m);
      assert.doesNotMatch(failed.stdout, /Everything is running/);

      await local.setKv("TRIPS_URL", kept);
      const { code, stdout } = await bay("start");
      assert.equal(code, 0);
      assert.match(stdout, /^Everything is running\. /m);
      assert.deepEqual(await Promise.all(trips.map((table) => local.content(table))), before);
    });
  });

  describe("logs", () => {
    it("are by default those of the newest execution", async () => {
      const { id } = await local.succeed("01_gcp_kv");
      assert.match((await bay("logs")).stderr, new RegExp(`^Execution ${id} of 01_gcp_kv: SUCCESS\n$`));
    });

    it("name what wasn't found", async () => {
      const missing = { code: 1, stdout: "" };
      assert.deepEqual(await bay("logs", "nonsense"), {
        ...missing,
        stderr: "Stack 'local' has no execution nonsense.\n",
      });
      assert.deepEqual(await bay("logs", "--month", "2035-01"), {
        ...missing,
        stderr: "Stack 'local' has no execution for month 2035-01.\n",
      });
    });
  });

  describe("sql", () => {
    const months = "select source_month, count(*) as trips from {facts_baywheels_trips} group by 1 order by 1";

    it("prints CSV in a pipe, and JSON or a table on request", async () => {
      const rows = await local.rows(months);
      assert.ok(rows.length >= 3);
      const csv = await bay("sql", months);
      const lines = rows.map(({ source_month: month, trips }) => `${month},${trips}`);
      assert.deepEqual(csv, {
        code: 0,
        stdout: `source_month,trips\n${lines.join("\n")}\n`,
        stderr: `${rows.length} rows\n`,
      });
      const json = await bay("sql", months, "--format", "json");
      assert.deepEqual(
        JSON.parse(json.stdout),
        rows.map(({ source_month, trips }) => ({ source_month, trips: Number(trips) })),
      );
      assert.match((await bay("sql", months, "--format", "table")).stdout, /^┌─+┬─+┐\n│ source_month │ trips │\n/);
    });

    it("prints a table on a terminal, as wide as that", async function () {
      if (process.platform !== "linux") this.skip();
      const text = (word: string) => `"${word.repeat(9)}" as ${word.trim()}`;
      const wide = `select ${text("station ")}, ${text("alias ")} from unnest(generate_array(1, 2))`;
      const { output } = await onTerminal(`./bay sql '${wide}'`);
      const table = output.split("\n").filter((line) => /^[┌│├└]/.test(line));
      assert.equal(table.length, 6, output);
      assert.deepEqual([...new Set(table.map((line) => line.length))], [60]);
    });

    it("fetches all pages up to its limit, and says when there's more", async () => {
      const query = "select n from unnest(generate_array(1, 25000)) as n";
      const all = await bay("sql", query, "--limit", "30000");
      assert.equal(all.stdout.trimEnd().split("\n").length, 25_001);
      assert.equal(all.stderr, "25,000 rows\n");
      const first = await bay("sql", query);
      assert.equal(first.stdout.trimEnd().split("\n").length, 1001);
      assert.equal(first.stderr, "The first 1,000 of 25,000 rows; more: --limit 25000\n");
    });

    it("refuses what may change data, before it does", async function () {
      this.timeout("1m");
      const before = await local.content("dim_stations");
      const statements: [string, string][] = [
        ["DELETE", "delete from {dim_stations} where true"],
        ["DROP_TABLE", "drop table {dim_stations}"],
        ["CREATE_TABLE_AS_SELECT", "create or replace table {dim_stations} as select 1 as a"],
        ["SCRIPT", "select 1; drop table {dim_stations}"],
        ["SCRIPT", "begin delete from {dim_stations} where true; end"],
        ["SCRIPT", "execute immediate 'drop table {dim_stations}'"],
      ];
      for (const [type, statement] of statements)
        assert.deepEqual(await bay("sql", statement), {
          code: 2,
          stdout: "",
          stderr: `./bay sql: only a query is allowed, not ${type}. Nothing was changed.\n`,
        });
      assert.equal(await local.content("dim_stations"), before);
    });

    it("passes on BigQuery's own message, and stops what takes too long", async () => {
      const unknown = await bay("sql", "select * from {nope}");
      assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
      assert.match(unknown.stderr, /^Query: BigQuery's response was 404: Not found: Table .*\n$/);
      const numbers = "unnest(generate_array(1, 1000000))";
      const endless = `select countif(mod(a * b, 7) = 3) as n from ${numbers} as a cross join ${numbers} as b`;
      const { code, stderr } = await bay("sql", endless, "--timeout", "2");
      assert.deepEqual([code, /stopped, because there was no answer within \d s\n$/.test(stderr)], [1, true], stderr);
      // the engine is free again
      assert.equal((await bay("sql", "select 1 as one")).stdout, "one\n1\n");
    });

    it("may be cut off by what reads it", async () => {
      const query = "select n from unnest(generate_array(1, 200000)) as n";
      const line = `set -o pipefail; ./bay sql '${query}' --limit 200000 | head -1`;
      const child = spawn("bash", ["-c", line], { cwd: local.workspace.folder, stdio: ["ignore", "pipe", "pipe"] });
      let printed = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (text: Buffer) => (printed += text.toString()));
      const code = await new Promise((done) => child.on("close", done));
      assert.equal(code, 0, printed);
      assert.match(printed, /^n$/m);
      assert.doesNotMatch(printed, /EPIPE/);
    });
  });

  describe("password", () => {
    it("is printed alone", async () => {
      const { password } = local.connection;
      assert.deepEqual(await bay("password"), { code: 0, stdout: `${password}\n`, stderr: "" });
    });
  });
});
