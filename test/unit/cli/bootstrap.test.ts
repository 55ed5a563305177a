import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { sha256 } from "../../../dynamic/handlers";
import { TemporaryFolder } from "../../../local/lab/temporaryFolder";

const stamp = "node_modules/.bay-wheels-lock";

/** The repository's own bootstrap.mjs in a folder of its own, where an install would do no harm. */
describe("the bootstrap", () => {
  const packages = resolve("node_modules");
  const script = resolve("cli/bootstrap.mjs");
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
    folder.write("package-lock.json", "{}");
    // what npm was called with; and that it was there
    folder.script("bin/npm", 'echo "npm $*" >> npm-calls', "[ -e npm-fails ] && exit 1", "echo added 1 package");
    folder.write("cli/main.ts", "console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7 as number;");
    mkdirSync("node_modules");
    symlinkSync(join(packages, "tsx"), "node_modules/tsx");
    copyFileSync(script, "cli/bootstrap.mjs");
  });
  afterEach(() => folder.dispose());

  interface System {
    platform: string;
    arch: string;
    node: string;
  }
  /** Runs it on another system: `process` has these values before the script reads it. */
  function run(system: Partial<System>, ...args: string[]) {
    const { platform = "linux", arch = "x64", node = "22.11.0" } = system;
    const values = { platform, arch, versions: { ...process.versions, node } };
    const preload = `for (const [key, value] of Object.entries(${JSON.stringify(values)})) Object.defineProperty(process, key, { value });`;
    const url = `data:text/javascript,${encodeURIComponent(preload)}`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", url, "cli/bootstrap.mjs", ...args], {
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }
  const npmCalls = () => (existsSync("npm-calls") ? readFileSync("npm-calls", "utf8").trim().split("\n") : []);

  const unsupported = (system: string) =>
    `System ${system} is not supported: use Linux (x86-64 or arm64) or macOS; on Windows, run this inside WSL2 ` +
    "(https://learn.microsoft.com/windows/wsl/install).\n";
  const tooOld = (version: string) =>
    `Node ${version} is too old: version 20.19 or newer is needed (22 is recommended), from https://nodejs.org or your package manager.\n`;
  const refused: [Partial<System>, string][] = [
    [{ platform: "win32" }, unsupported("win32 x64")],
    [{ platform: "freebsd" }, unsupported("freebsd x64")],
    [{ arch: "arm" }, unsupported("linux arm")],
    [{ platform: "darwin", arch: "ppc64" }, unsupported("darwin ppc64")],
    [{ node: "20.9.0" }, tooOld("20.9.0")],
    [{ node: "18.20.4" }, tooOld("18.20.4")],
  ];
  for (const [system, line] of refused) {
    it(`refuses ${Object.values(system).join(" ")} in one line, before it installs anything`, () => {
      assert.deepEqual(run(system, "start"), { status: 1, stdout: "", stderr: line });
      assert.deepEqual(npmCalls(), []);
    });
  }

  const accepted: Partial<System>[] = [
    { platform: "linux", arch: "arm64" },
    { platform: "darwin", arch: "arm64" },
    { platform: "darwin", arch: "x64" },
    { node: "20.19.0" },
    { node: "21.0.0" },
  ];
  for (const system of accepted) {
    it(`accepts ${Object.values(system).join(" ")}`, () => {
      folder.write("npm-fails", "");
      assert.match(run(system, "start").stderr, /^npm packages could not be installed: /m);
    });
  }

  it("installs the packages of the lock file once, then hands over arguments and exit code", () => {
    const first = run({}, "pulumi", "preview", "-s", "local");
    assert.deepEqual(first, {
      status: 7,
      stdout: '["pulumi","preview","-s","local"]\n',
      stderr: "Installing npm packages ...\nadded 1 package\n",
    });
    assert.deepEqual(npmCalls(), ["npm ci --prefer-offline"]);
    assert.equal(readFileSync(stamp, "utf8"), sha256("{}"));
    assert.deepEqual(run({}, "start"), { status: 7, stdout: '["start"]\n', stderr: "" });
    folder.write("package-lock.json", "{ }");
    run({}, "start");
    assert.equal(npmCalls().length, 2);
  });

  it("installs again after a failed install, which leaves no stamp", () => {
    folder.write("npm-fails", "");
    const { status, stderr } = run({}, "start");
    assert.deepEqual([status, stderr.split("\n").length], [1, 3]);
    assert.match(stderr, /see npm's message above, then run the same command again\.$/m);
    assert.equal(existsSync(stamp), false);
    rmSync("npm-fails");
    assert.equal(run({}, "start").status, 7);
    assert.equal(npmCalls().length, 2);
  });

  it("installs again when the lock file is as it was, after another install was interrupted", () => {
    run({}, "start");
    folder.write("package-lock.json", "{ }");
    folder.write("npm-fails", "");
    run({}, "start");
    folder.write("package-lock.json", "{}");
    rmSync("npm-fails");
    assert.equal(run({}, "start").status, 7);
    assert.equal(npmCalls().length, 3);
  });

  it("says in one line that it may not write", () => {
    folder.script("bin/npm", `/bin/mkdir ${stamp}`);
    const { status, stderr } = run({}, "start");
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^Installing .*\nnpm packages could not be installed: .+\. Free some disk space or make node_modules writable, then run .+\.\n$/,
    );
  });

  it("says in one line that npm is missing", () => {
    rmSync("bin/npm");
    const { status, stderr } = run({}, "start");
    const line = "npm cannot be run (ENOENT): it comes with Node, from https://nodejs.org.\n";
    assert.deepEqual([status, stderr], [1, `Installing npm packages ...\n${line}`]);
  });
});
