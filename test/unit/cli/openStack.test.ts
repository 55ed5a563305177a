import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { bay, openStack } from "../../../cli/support/openStack";
import { printedBy, TemporaryFolder } from "../../../local/lab/temporaryFolder";
import { password } from "../../../cli/commands/password";

describe("a stack of one's own Pulumi", () => {
  const main = resolve("cli/main.ts");
  const tsx = resolve("node_modules/tsx/dist/loader.mjs");
  let folder: TemporaryFolder;
  beforeEach(() => (folder = new TemporaryFolder()));
  afterEach(() => folder.dispose());

  const outputs = {
    kestraUrl: "http://127.0.0.1:9",
    kestraEndpoint: { kind: "address", url: "http://127.0.0.1:9" },
    kestraUser: "admin@bay-wheels.local",
    kestraPassword: "Secret-123",
    project: "p",
    location: "EU",
    dataset: "d",
    bigqueryUrl: "https://bigquery.googleapis.com",
  };

  /** Pulumi's CLI, which writes down what it was called with. */
  function pulumi(known: object): void {
    folder.script(
      "bin/pulumi",
      '[ "$1" = version ] && echo v3.250.0 && exit 0',
      'echo "$*" >> calls',
      `echo '${JSON.stringify(known)}'`,
    );
    folder.script("bin/pulumi-language-nodejs");
  }
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", tsx, main, ...args], {
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  it("is opened with its Kestra and its warehouse, which needs a token", () => {
    pulumi(outputs);
    const { kestra, warehouse } = openStack("dev");
    assert.equal(readFileSync("calls", "utf8"), "stack output --json --show-secrets -s dev\n");
    assert.equal(kestra.endpoint, "http://127.0.0.1:9");
    const { token, ...rest } = warehouse;
    assert.deepEqual(rest, { url: "https://bigquery.googleapis.com", project: "p", dataset: "d", location: "EU" });
    assert.equal(typeof token, "function");
  });

  it("is opened through its cluster where Kestra has no address", () => {
    const cluster = {
      kind: "cluster",
      project: "p",
      location: "l",
      cluster: "c",
      namespace: "n",
      service: "s",
      port: 80,
    };
    pulumi({ ...outputs, kestraEndpoint: cluster });
    assert.equal(openStack("gke").kestra.endpoint, "service s of cluster c");
  });

  it("that isn't up fails with the command that brings it up, without a stack trace", () => {
    pulumi({});
    assert.throws(() => openStack("dev"), { message: "Stack 'dev' isn't up. Bring it up with: pulumi up -s dev" });
    assert.deepEqual(run("build", "-s", "dev"), {
      status: 1,
      stdout: "",
      stderr: "Stack 'dev' isn't up. Bring it up with: pulumi up -s dev\n",
    });
  });

  it("names itself in the commands to run next, unless it's the default", () => {
    assert.equal(bay("dev", "load 2025-03"), "./bay load 2025-03 -s dev");
    assert.equal(bay("local", "load 2025-03"), "./bay load 2025-03");
  });

  it("prints its password and nothing else", async () => {
    pulumi(outputs);
    assert.deepEqual(await printedBy(() => Promise.resolve(password("dev"))), ["Secret-123"]);
  });

  for (const args of [["load", "2025-03"], ["build"], ["logs"]])
    it(`that can't be reached ends '${args[0]}' with 3, on stderr, without the password`, () => {
      pulumi(outputs);
      const { status, stdout, stderr } = run(...args, "-s", "dev");
      assert.deepEqual([status, stdout], [3, ""]);
      assert.match(stderr, /Kestra at http:\/\/127\.0\.0\.1:9 cannot be reached: /);
      assert.doesNotMatch(stderr, /Secret-123|\n +at /);
    });

  it("whose emulator can't be reached ends 'sql' with 3", () => {
    pulumi({ ...outputs, bigqueryUrl: "http://127.0.0.1:9" });
    const { status, stdout, stderr } = run("sql", "select 1", "-s", "dev");
    assert.deepEqual([status, stdout], [3, ""]);
    assert.match(stderr, /^Query: BigQuery at http:\/\/127\.0\.0\.1:9 can't be reached: .*\n$/);
  });

  it("isn't asked for anything when an execution is named and searched for", () => {
    assert.deepEqual(run("logs", "4p1yJHrYHyx1qN62XZbotN", "--failed", "-s", "dev"), {
      status: 2,
      stdout: "",
      stderr: "./bay logs: name an execution, or find one with --month and --failed\n",
    });
  });
});
