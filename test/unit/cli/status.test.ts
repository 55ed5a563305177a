import assert from "node:assert/strict";
import { linesOf, whenOf } from "../../../cli/status/print";
import { missingMonths, problemsOf, type Status } from "../../../cli/status/status";

const load = (month: string, isBuilt = true) => ({ month, rows: 900, rejected: 100, isBuilt });

const well: Status = {
  stack: "local",
  at: "2024-05-20T12:00:00Z",
  services: [{ service: "Kestra", state: "up" }],
  schedule: { next: "2026-12-15T17:00:00Z", paused: false },
  failedLoads: [],
  lastBuild: { execution: "b", state: "SUCCESS", isRunning: false },
  drift: [],
  loads: [load("2024-01"), load("2024-02")],
  published: ["2023-12", "2024-01", "2024-02"],
};

const problemsWith = (change: Partial<Status>) =>
  problemsOf({ ...well, ...change }).map(({ problem, command }) => [problem, command]);

describe("status", () => {
  it("has nothing to do where all is well, and counts rows and months", () => {
    assert.deepEqual(problemsOf(well), []);
    assert.deepEqual(linesOf(well), [
      "Stack local",
      "  Services    Kestra up",
      "  Schedule    next run 2026-12-15, 09:00 (San Francisco)",
      "  Months      2 loaded (newest 2024-02), 0 failed, 0 published but not loaded",
      "  Models      2 months built, last build success",
      "  Rejected    200 of 2,000 rows (10.00%)",
      "  KV entries  as the stack set them",
      "",
      "Nothing to do.",
    ]);
  });

  it("counts only months that the schedule would load as missing", () => {
    assert.deepEqual(missingMonths({ ...well, published: ["2023-12", "2024-01", "2024-02", "2024-03"] }), ["2024-03"]);
    assert.deepEqual(missingMonths({ ...well, loads: [] }), []);
  });

  const cases: [string, Partial<Status>, string[][]][] = [
    [
      "a server that is down",
      { services: [{ service: "Kestra", state: "down", detail: "Kestra isn't running" }] },
      [["Kestra isn't running", "npm start"]],
    ],
    [
      "a paused schedule",
      { schedule: { paused: true } },
      [["The schedule is off: new months aren't loaded", "./bay schedule on"]],
    ],
    [
      "entries that were changed",
      { drift: ["GCP_DATASET"] },
      [["KV entries were changed by hand: GCP_DATASET", "npm run pulumi -- up --refresh"]],
    ],
    [
      "a failed month, which isn't missing as well",
      {
        published: ["2024-01", "2024-02", "2024-03"],
        failedLoads: [{ month: "2024-03", execution: "x", reason: "the file is\x1b[31m empty" }],
      },
      [["Month 2024-03 wasn't loaded: the file is empty", "./bay load 2024-03"]],
    ],
    [
      "missing months",
      { published: ["2024-01", "2024-02", "2024-03", "2024-04"] },
      [["2 published months aren't loaded: 2024-03 to 2024-04", "./bay backfill --from 2024-03 --to 2024-04"]],
    ],
    [
      "a single missing month",
      { published: ["2024-01", "2024-02", "2024-03"] },
      [["1 published month isn't loaded: 2024-03", "./bay load 2024-03"]],
    ],
    [
      "nothing for a month that the schedule will load",
      { published: ["2024-01", "2024-02", "2024-03"], at: "2024-04-15T12:00:00Z" },
      [],
    ],
    ["missing counties", { hasCounties: false }, [["The counties aren't loaded", "npm start"]]],
    [
      "a failed build of everything",
      { lastBuild: { execution: "b", state: "FAILED", isRunning: false } },
      [["Models: the last build failed", "./bay build --full-refresh"]],
    ],
    ["no month", { loads: [] }, [["No month is loaded", "npm start"]]],
    [
      "models behind, and why",
      {
        loads: [load("2024-01"), load("2024-02", false)],
        lastBuild: { execution: "b", state: "FAILED", isRunning: false, reason: "a test failed" },
      },
      [["1 loaded month isn't built: the last build failed, a test failed", "./bay build"]],
    ],
    [
      "nothing while a backfill runs",
      {
        loads: [load("2024-01"), load("2024-02", false)],
        published: ["2024-01", "2024-02", "2024-03"],
        schedule: { paused: false, backfill: { at: "2024-04-15T16:00:00Z", until: "2024-05-17T00:00:00Z" } },
      },
      [],
    ],
  ];
  for (const [what, change, problems] of cases)
    it(`names ${what}, and the command to run`, () => assert.deepEqual(problemsWith(change), problems));

  it("names the stack in the commands of others", () => {
    assert.deepEqual(problemsWith({ stack: "gke", schedule: { paused: true } })[0]?.[1], "./bay schedule on -s gke");
    assert.deepEqual(problemsWith({ stack: "gke", drift: ["A"] })[0]?.[1], "pulumi up --refresh -s gke");
    assert.deepEqual(problemsWith({ stack: "dev", loads: [] })[0]?.[1], "./bay load 2024-02 -s dev");
  });

  it("says what it couldn't read", () => {
    const { stack, at, services } = well;
    const lines = linesOf({ stack, at, services }).filter((line) => line.endsWith(" unknown"));
    assert.equal(lines.length, 5);
  });

  it("shows times of San Francisco, in summer and in winter", () => {
    assert.equal(whenOf("2026-07-15T16:00:00Z"), "2026-07-15, 09:00 (San Francisco)");
    assert.equal(whenOf("2026-12-15T17:00:00Z"), "2026-12-15, 09:00 (San Francisco)");
  });
});
