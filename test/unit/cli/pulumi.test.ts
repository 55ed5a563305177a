import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pulumiByHand } from "../../../cli/commands/pulumi";
import { ensureStack, listStacks, pulumi, stackOutputs } from "../../../cli/support/stack";
import { TemporaryFolder } from "../../../local/lab/temporaryFolder";

describe("Pulumi's CLI as it is called", () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
    // writes down its arguments, and knows the stack once it was created
    folder.script(
      "bin/pulumi",
      '[ "$1" = version ] && echo v3.250.0 && exit 0',
      'echo "$*" >> calls',
      "/usr/bin/env > environment",
      'case "$*" in',
      '  "stack init local --non-interactive") : > made ;;',
      '  "stack ls --json") [ -e made ] && echo \'[{"name":"local"}]\' || echo "[]" ;;',
      '  "stack output --json --show-secrets") [ -e made ] || exit 255; echo \'{"kestraPassword":"Canary-1"}\' ;;',
      "esac",
      "exit $(( $# == 9 ))",
    );
    folder.script("bin/pulumi-language-nodejs");
  });
  afterEach(() => folder.dispose());
  /** With tools that are there. */
  const byHand = (args: string[]) => pulumiByHand(args, () => Promise.resolve());
  const calls = () => (existsSync("calls") ? readFileSync("calls", "utf8").trim().split("\n") : []);
  const environment = () =>
    Object.fromEntries(
      readFileSync("environment", "utf8")
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );

  it("creates passphrase, settings and stack once, then runs the arguments on stack local", async () => {
    assert.equal(await byHand(["preview"]), 0);
    assert.equal(statSync(".local/passphrase").mode & 0o777, 0o600);
    assert.match(readFileSync(".local/passphrase", "utf8"), /^[\w-]{43}$/);
    assert.equal(
      readFileSync("Pulumi.local.yaml", "utf8"),
      "config:\n  bay-wheels:platform: local\n  bay-wheels:runtime: embedded\n",
    );
    const init = "stack init local --non-interactive";
    assert.deepEqual(calls(), ["stack ls --json", init, "preview"]);
    await byHand(["preview"]);
    assert.equal(calls().filter((call) => call === init).length, 1);
  });

  it("returns the CLI's exit code", async () => {
    assert.equal(await pulumi([..."123456789"]), 1);
  });

  it("never passes a secret as an argument or in a variable: the passphrase stays in its file", async () => {
    await ensureStack();
    assert.deepEqual(listStacks(), ["local"]);
    assert.deepEqual(stackOutputs(), { kestraPassword: "Canary-1" });
    await byHand(["stack", "output"]);
    const passphrase = readFileSync(".local/passphrase", "utf8");
    const { PULUMI_CONFIG_PASSPHRASE_FILE: file, ...others } = environment();
    assert.equal(file, join(folder.path, ".local/passphrase"));
    for (const secret of [passphrase, "Canary-1"]) {
      assert.ok(!calls().join("\n").includes(secret));
      assert.ok(!JSON.stringify(others).includes(secret));
    }
  });

  it("uses this folder's state and plugins, whatever stack, backend and passphrase the shell names", async () => {
    const shell = { PULUMI_STACK: "dev", PULUMI_CONFIG_PASSPHRASE: "other", PULUMI_BACKEND_URL: "s3://elsewhere" };
    Object.assign(process.env, shell, { PULUMI_HOME: "/elsewhere" });
    await byHand(["stack", "output"]);
    const given = environment();
    assert.equal(given.PULUMI_BACKEND_URL, `file://${join(folder.path, ".local/state")}`);
    assert.equal(given.PULUMI_HOME, join(folder.path, ".local/pulumi-home"));
    assert.deepEqual([given.PULUMI_STACK, given.PULUMI_CONFIG_PASSPHRASE], ["local", undefined]);
  });

  it("does not take a state that cannot be read for no stack", () => {
    mkdirSync(".local/state", { recursive: true });
    folder.script("bin/pulumi", '[ "$*" = version ] && echo v3.230.0 && exit', "echo 'error: broken' >&2; exit 1");
    const message = "pulumi stack ls --json failed on the state in .local/state: error: broken";
    assert.throws(() => listStacks(), { message });
  });

  it("says how to bring the stack up when it has no outputs", () => {
    assert.throws(() => stackOutputs(), { message: "Stack 'local' has no outputs. Bring it up with: npm start" });
  });

  it("takes another passphrase's salt out of the settings when it makes a passphrase", async () => {
    folder.write("Pulumi.local.yaml", "encryptionsalt: v1:old\nconfig:\n  local:firstPort: 9000\n");
    await ensureStack();
    assert.equal(readFileSync("Pulumi.local.yaml", "utf8"), "config:\n  local:firstPort: 9000\n");
    const passphrase = readFileSync(".local/passphrase", "utf8");
    folder.write("Pulumi.local.yaml", "encryptionsalt: v1:new\n");
    await ensureStack();
    assert.equal(readFileSync("Pulumi.local.yaml", "utf8"), "encryptionsalt: v1:new\n");
    assert.equal(readFileSync(".local/passphrase", "utf8"), passphrase);
  });
});
