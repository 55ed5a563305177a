import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { releaseDeadLocks } from "../../../cli/support/locks";
import { TemporaryFolder } from "../../../local/lab/temporaryFolder";

/** No process has it: it is above the highest that Linux and macOS give. */
const noProcess = 2 ** 22 + 1;

describe("locks of Pulumi's file backend", () => {
  const locks = ".local/state/.pulumi/locks/organization/bay-wheels/local";
  let folder: TemporaryFolder;
  beforeEach(() => (folder = new TemporaryFolder()));
  afterEach(() => folder.dispose());

  it("may be missing", () => assert.doesNotThrow(releaseDeadLocks));

  it("of the dead and of other checkouts go; those of the living, half-written and just released ones stay", async () => {
    const args = ["-e", "setTimeout(() => {}, 60_000)", "pulumi"];
    mkdirSync("infra");
    const living = ["infra", "/"].map((cwd) => spawn(process.execPath, args, { stdio: "ignore", cwd }));
    await Promise.all(living.map((child) => new Promise((spawned) => child.once("spawn", spawned))));
    try {
      mkdirSync(locks, { recursive: true });
      folder.write(join(locks, "copied.json"), JSON.stringify({ pid: living[1]!.pid }));
      folder.write(join(locks, "dead.json"), JSON.stringify({ pid: noProcess }));
      folder.write(join(locks, "living.json"), JSON.stringify({ pid: living[0]!.pid }));
      folder.write(join(locks, "half.json"), '{"pid": 12');
      // listed, and not there when it is read
      symlinkSync("nowhere", join(locks, "released.json"));
      releaseDeadLocks();
      assert.deepEqual(readdirSync(locks).sort(), ["half.json", "living.json", "released.json"]);
    } finally {
      for (const child of living) child.kill("SIGKILL");
    }
  });
});
