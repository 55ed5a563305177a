import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setUp } from "../../../tools/setUp";
import { linters, oracles, type Tool } from "../../../tools/tools";
import { wheelFolder } from "../../../tools/wheels";
import { printedBy, TemporaryFolder } from "../../../lab/temporaryFolder";

const requirements = "local/tools/lint/requirements.txt";

/**
 * The real tools of Python, with a `python3` whose pip writes down its calls. Files of these names in the folder decide
 * what it does.
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
  /** What pip was called for by a set-up in a checkout without built tools. */
  async function calls(...wanted: Tool[]): Promise<string[]> {
    for (const path of ["pip-calls", ".local"]) rmSync(path, { recursive: true, force: true });
    await printedBy(() => setUp(wanted));
    return readFileSync("pip-calls", "utf8").trim().split("\n");
  }
  async function failure(): Promise<string> {
    let message = "";
    await printedBy(() => setUp([linters]).catch((error: Error) => (message = error.message)));
    return message;
  }

  it("fetches the packages once, and installs them without the network from then on", async () => {
    assert.deepEqual(await calls(linters), ["install", "wheel", "install", "check"]);
    assert.deepEqual(kept(), ["a==1.whl", "b==2.whl"]);
    assert.deepEqual(installed(), [".version", "a==1", "b==2", "bin"]);
    folder.write("offline", "");
    assert.deepEqual(await calls(linters), ["install", "check"]);
    assert.deepEqual(installed(), [".version", "a==1", "b==2", "bin"]);
  });

  it("fetches what lacks or is broken, and leaves the rest of the folder alone", async () => {
    keep("other==1.whl", "whole");
    keep("a==1.whl", "whole");
    assert.deepEqual(await calls(linters), ["install", "wheel", "install", "check"]);
    assert.deepEqual(kept(), ["a==1.whl", "b==2.whl", "other==1.whl"]);
    keep("b==2.whl", "who");
    assert.deepEqual(await calls(linters), ["install", "wheel", "install", "check"]);
    assert.equal(readFileSync(join(wheelFolder(), "b==2.whl"), "utf8"), "whole\n");
  });

  it("lets two tools side by side bring the same packages", async () => {
    folder.write("local/oracles/requirements.txt", "a==1\nb==2\nc==3\n");
    await calls(linters, oracles);
    assert.deepEqual(kept(), ["a==1.whl", "b==2.whl", "c==3.whl"]);
  });

  it("tells in one line that they cannot be fetched, keeps nothing, and goes on the next time", async () => {
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
    assert.deepEqual(await calls(linters), ["install", "wheel", "install", "check"]);
  });

  it("keeps nothing of an interrupted fetch, and goes on the next time", async () => {
    folder.write("kill-wheel", "");
    assert.match(await failure(), /python ended with SIGKILL\./);
    assert.equal(existsSync(wheelFolder()), false);
    rmSync("kill-wheel");
    assert.equal(await failure(), "");
    assert.deepEqual(kept(), ["a==1.whl", "b==2.whl"]);
    assert.deepEqual(installed(), [".version", "a==1", "b==2", "bin"]);
  });

  it("does not take half a wheel that an interruption left in the folder", async () => {
    keep(".a==1.whl.123", "wh");
    assert.deepEqual(await calls(linters), ["install", "wheel", "install", "check"]);
    assert.equal(readFileSync(".local/tools/lint/a==1", "utf8"), "whole\n");
  });

  it("fetches nothing after an interrupted install", async () => {
    folder.write("interrupt-install", "");
    assert.match(await failure(), /python ended with 1\./);
    assert.equal(readFileSync("pip-calls", "utf8"), "install\n");
  });

  it("tells a full disk in one line", async () => {
    folder.write("full", "");
    assert.equal(
      await failure(),
      "Linters could not be built: the disk is full. Free some space (set-up takes about 4 GB), then run the same " +
        `command again (ERROR: OSError: [Errno 28] No space left on device); all that was printed: ${log}`,
    );
  });

  it("tells in one line that the packages cannot be kept, and removes what it wrote", async () => {
    // a folder where a wheel should be: a rename onto it fails
    folder.write(".cache/bay-wheels/wheels/b==2.whl/x", "");
    assert.match(await failure(), /^E[A-Z]+: [^\n]+$/);
    assert.deepEqual(kept(), ["a==1.whl", "b==2.whl"]);
    assert.equal(existsSync(".local/tools/lint/.version"), false);
  });

  it("keeps them in the user's cache folder, or where XDG_CACHE_HOME says", () => {
    const platform = Object.getOwnPropertyDescriptor(process, "platform")!;
    try {
      Object.defineProperty(process, "platform", { value: "linux" });
      assert.equal(wheelFolder(), join(folder.path, ".cache/bay-wheels/wheels"));
      Object.defineProperty(process, "platform", { value: "darwin" });
      assert.equal(wheelFolder(), join(folder.path, "Library/Caches/bay-wheels/wheels"));
      process.env.XDG_CACHE_HOME = "/elsewhere";
      assert.equal(wheelFolder(), "/elsewhere/bay-wheels/wheels");
      process.env.XDG_CACHE_HOME = "";
      assert.equal(wheelFolder(), join(folder.path, "Library/Caches/bay-wheels/wheels"));
    } finally {
      Object.defineProperty(process, "platform", platform);
    }
  });
});
