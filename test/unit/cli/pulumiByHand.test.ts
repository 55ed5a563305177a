import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { refuseOtherStacks } from "../../../cli/support/otherStacks";
import { ensureStack, pulumi, pulumiByHand, stackExists, stackOutputs } from "../../../cli/support/pulumiCli";
import { TemporaryFolder } from "../../../local/lab/temporaryFolder";

const words = (line: string) => (line === "" ? [] : line.split(" "));

describe("npm run pulumi: other stacks", () => {
  const refused: [string, string][] = [
    ["preview -s dev", "dev"],
    ["preview -s=dev", "dev"],
    ["preview -sdev", "dev"],
    ["up -ys dev", "dev"],
    ["up -yfsdev", "dev"],
    ["up --stack dev", "dev"],
    ["up --stack=dev", "dev"],
    ["--stack dev up", "dev"],
    ["up --stack local --stack dev", "dev"],
    ["up -s local --stack=dev", "dev"],
    ["config set gcp:project p --stack dev", "dev"],
    ["stack init dev", "dev"],
    ["stack init dev -s local", "dev"],
    ["stack init --stack dev", "dev"],
    ["stack init --secrets-provider passphrase dev", "dev"],
    ["stack --color never init dev", "dev"],
    ["-C . stack select dev", "dev"],
    ["stack -v 3 select dev", "dev"],
    ["stack select -c dev", "dev"],
    ["stack select -cs dev", "dev"],
    ["stack select -- dev", "dev"],
    ["stack select org/bay-wheels/dev", "org/bay-wheels/dev"],
    ["stack rm dev --yes", "dev"],
    ["stack rename dev", "dev"],
    ["preview -s Local", "Local"],
  ];
  for (const [line, name] of refused) {
    it(`refuses ${line}`, () => {
      assert.throws(() => refuseOtherStacks(words(line)), {
        message:
          `Stack '${name}' is refused: 'npm run pulumi' keeps its state and passphrase in .local/state, for stack 'local' alone. ` +
          `Use your own Pulumi for stack '${name}': pulumi login, then pulumi stack select ${name}.`,
      });
    });
  }

  const passed = [
    "",
    "preview",
    "preview -s local",
    "preview --stack=local",
    "up -yslocal",
    "stack",
    "stack ls",
    "stack init local",
    "stack select local",
    "stack select",
    "stack init --secrets-provider passphrase local",
    "stack output kestraPassword --show-secrets",
    "stack output --show-secrets -s local kestraPassword",
    "stack tag set dev value",
    "stack export --file dev",
    "config set dev dev",
    "config rm dev",
    "state rename urn:dev",
    "config set name --secret",
    "config set note -- --stack=dev",
    "config set note -- -s",
    "config set stack init",
    "up --suppress-outputs --skip-preview",
    "up --message --stack=dev",
    "up -m -sdev",
    "up --message=-sdev",
    "up --target urn:dev -t -sdev",
    "up --stack-trace dev",
    "up -y -f --diff",
    "logs --since 1h",
  ];
  for (const line of passed)
    it(`lets pass ${line || "no argument"}`, () => assert.doesNotThrow(() => refuseOtherStacks(words(line))));
});

describe("Pulumi's CLI as it is called", () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
    // tells what it was called with, and knows a stack once that was made
    folder.script(
      "bin/pulumi",
      '[ "$1" = version ] && echo v3.250.0 && exit 0',
      'echo "$*" >> calls',
      "/usr/bin/env > environment",
      'case "$*" in',
      '  "stack init local --non-interactive") : > made ;;',
      '  "stack ls --json") [ -e made ] && echo \'[{"name":"local"}]\' || echo "[]" ;;',
      '  "stack output --json --show-secrets -s local") [ -e made ] || exit 255; echo \'{"kestraPassword":"Canary-1"}\' ;;',
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

  it("makes passphrase, settings and stack once, then runs the arguments on stack local", async () => {
    assert.equal(await byHand(["preview"]), 0);
    assert.equal(statSync(".local/passphrase").mode & 0o777, 0o600);
    assert.match(readFileSync(".local/passphrase", "utf8"), /^[\w-]{43}$/);
    assert.equal(
      readFileSync("Pulumi.local.yaml", "utf8"),
      "config:\n  bay-wheels:platform: local\n  bay-wheels:runtime: embedded\n",
    );
    const init = "stack init local --non-interactive";
    assert.deepEqual(calls(), ["stack ls --json", init, "stack select local", "preview"]);
    await byHand(["preview"]);
    assert.equal(calls().filter((call) => call === init).length, 1);
  });

  it("refuses another stack before anything is made or called", async () => {
    await assert.rejects(byHand(["up", "-s", "dev"]), /^Error: Stack 'dev' is refused: /);
    assert.equal(existsSync(".local"), false);
    assert.deepEqual(calls(), []);
  });

  it("returns the CLI's exit code", async () => {
    assert.equal(await pulumi(words("1 2 3 4 5 6 7 8 9")), 1);
  });

  it("never passes a secret as an argument or in a variable: the passphrase stays in its file", async () => {
    await ensureStack();
    assert.equal(stackExists(), true);
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
    const told = environment();
    assert.equal(told.PULUMI_BACKEND_URL, `file://${join(folder.path, ".local/state")}`);
    assert.equal(told.PULUMI_HOME, join(folder.path, ".local/pulumi-home"));
    assert.deepEqual([told.PULUMI_STACK, told.PULUMI_CONFIG_PASSPHRASE], [undefined, undefined]);
  });

  it("does not take a state that cannot be read for no stack", () => {
    mkdirSync(".local/state", { recursive: true });
    folder.script(
      "bin/pulumi",
      '[ "$*" = version ] && echo v3.230.0 && exit',
      "echo 'error: place 1: broken' >&2; exit 1",
    );
    const message = "pulumi stack ls --json failed on the state in .local/state: error: place 1: broken";
    assert.throws(() => stackExists(), { message });
  });

  it("tells how to bring the stack up when it has no outputs", () => {
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
