import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setUp } from "../../../tools/setUp";
import { linters } from "../../../tools/tools";
import { wheelFolder } from "../../../tools/wheels";
import { printedBy, TemporaryFolder } from "../../../lab/temporaryFolder";

const requirements = "local/tools/lint/requirements.txt";

/**
 * The real tools of Python, with a `python3` whose pip records its calls. Files in the folder decide how it fails.
 */
const python = [
  "PATH=/usr/bin:/bin",
  'if [ "$1" = --version ]; then echo "Python 3.12.0"; exit; fi',
  'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; exit; fi',
  'echo "$4" >> pip-calls',
  'for last; do :; done; packages=$(grep -v "#" "$last")',
  'case "$4" in',
  "install)",
  // as at Ctrl-C, pip ends by itself
  "  if [ -e interrupt-install ]; then trap 'exit 1' TERM; kill -TERM $PPID; while :; do sleep 0.1; done; fi",
  '  [ "$6 $7" = "--no-index --find-links" ] || exit 2',
  '  for package in $packages; do [ "$(cat "$8/$package.whl")" = whole ] || exit 1; done',
  '  for package in $packages; do cp "$8/$package.whl" "${0%/bin/python}/$package"; done;;',
  "wheel)",
  '  [ "$6" = --wheel-dir ] || exit 2',
  '  mkdir -p "$7"',
  '  for package in $packages; do echo whole > "$7/$package.whl"; done',
  '  echo half > "$7/half-way.whl"',
  "  [ -e kill-wheel ] && kill -9 $$",
  '  [ -e offline ] && echo "ERROR: No matching distribution found" && exit 1',
  '  [ -e full ] && echo "ERROR: OSError: [Errno 28] No space left on device" && echo more && exit 1',
  '  rm "$7/half-way.whl";;',
  "esac",
];

describe("set-up of a Python tool", () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
    folder.script("bin/python3", ...python);
    folder.write(requirements, "# two\na==1\nb==2\n");
  });
  afterEach(() => folder.dispose());

  const log = ".local/logs/setup-lint.log";
  const installed = () => readdirSync(".local/tools/lint").sort();
  const kept = () => readdirSync(wheelFolder()).sort();
  const keep = (wheel: string, content: string) => folder.write(`.cache/bay-wheels/wheels/${wheel}`, content);
  /** pip's commands in a set-up of a checkout without built tools. */
  async function calls(): Promise<string[]> {
    for (const path of ["pip-calls", ".local"]) rmSync(path, { recursive: true, force: true });
    await printedBy(() => setUp([linters]));
    return readFileSync("pip-calls", "utf8").trim().split("\n");
  }
  async function failure(): Promise<string> {
    let message = "";
    await printedBy(() => setUp([linters]).catch((error: Error) => (message = error.message)));
    return message;
  }

  it("fetches the packages once, and installs them without the network from then on", async () => {
    assert.deepEqual(await calls(), ["install", "wheel", "install", "check"]);
    assert.deepEqual(kept(), ["a==1.whl", "b==2.whl"]);
    assert.deepEqual(installed(), [".version", "a==1", "b==2", "bin"]);
    folder.write("offline", "");
    assert.deepEqual(await calls(), ["install", "check"]);
    assert.deepEqual(installed(), [".version", "a==1", "b==2", "bin"]);
  });

  it("fetches what is missing or broken, ignores half a wheel, and leaves the rest of the folder alone", async () => {
    keep("other==1.whl", "whole");
    keep(".a==1.whl.123", "wh");
    assert.deepEqual(await calls(), ["install", "wheel", "install", "check"]);
    assert.deepEqual(kept(), [".a==1.whl.123", "a==1.whl", "b==2.whl", "other==1.whl"]);
    keep("b==2.whl", "who");
    assert.deepEqual(await calls(), ["install", "wheel", "install", "check"]);
    assert.equal(readFileSync(join(wheelFolder(), "b==2.whl"), "utf8"), "whole\n");
  });

  it("reports in one line that they can't be fetched, keeps nothing, and works the next time", async () => {
    folder.write("offline", "");
    assert.equal(
      await failure(),
      `Linters could not be built: the packages of ${requirements} could not be fetched. ` +
        `Check the network connection, then run the same command again; all that was printed: ${log}`,
    );
    assert.match(readFileSync(log, "utf8"), /No matching distribution/);
    assert.equal(existsSync(wheelFolder()), false);
    assert.equal(existsSync(".local/tools/lint/.version"), false);
    rmSync("offline");
    assert.deepEqual(await calls(), ["install", "wheel", "install", "check"]);
  });

  it("keeps nothing of an interrupted fetch, and works the next time", async () => {
    folder.write("kill-wheel", "");
    assert.match(await failure(), /python ended with SIGKILL\./);
    assert.equal(existsSync(wheelFolder()), false);
    rmSync("kill-wheel");
    assert.equal(await failure(), "");
    assert.deepEqual(kept(), ["a==1.whl", "b==2.whl"]);
    assert.deepEqual(installed(), [".version", "a==1", "b==2", "bin"]);
  });

  it("fetches nothing after an interrupted install", async () => {
    folder.write("interrupt-install", "");
    assert.match(await failure(), /python ended with 1\./);
    assert.equal(readFileSync("pip-calls", "utf8"), "install\n");
  });

  it("reports a full disk in one line", async () => {
    folder.write("full", "");
    assert.equal(
      await failure(),
      "Linters could not be built: the disk is full. Free some space (set-up takes about 4 GB), then run the same " +
        `command again (ERROR: OSError: [Errno 28] No space left on device); all that was printed: ${log}`,
    );
  });

  it("reports in one line that the packages can't be kept, and removes what it wrote", async () => {
    // a folder where a wheel should be: a rename onto it fails
    folder.write(".cache/bay-wheels/wheels/b==2.whl/x", "");
    assert.match(await failure(), /^E[A-Z]+: [^\n]+$/);
    assert.deepEqual(kept(), ["a==1.whl", "b==2.whl"]);
    assert.equal(existsSync(".local/tools/lint/.version"), false);
  });

  it("keeps them in the user's cache folder, or where XDG_CACHE_HOME says", () => {
    const usual = wheelFolder();
    assert.ok(usual.startsWith(folder.path) && usual.endsWith("bay-wheels/wheels"), usual);
    process.env.XDG_CACHE_HOME = "/elsewhere";
    assert.equal(wheelFolder(), "/elsewhere/bay-wheels/wheels");
    process.env.XDG_CACHE_HOME = "";
    assert.equal(wheelFolder(), usual);
  });
});
