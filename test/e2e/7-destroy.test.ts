import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { Stack } from "../support/stack";
import { Workspace } from "../support/workspace";

describe("an empty stack, and its destroy", () => {
  let workspace: Workspace;
  let squatter: Server | undefined;

  before(async () => {
    workspace = await Workspace.create();
    await workspace.pulumi("config", "set", "local:firstPort", String(workspace.firstPort));
    await workspace.pulumi("config", "set", "local:tripsPerMonth", "1000");
  });
  after(async () => {
    squatter?.close();
    await workspace.destroy();
    workspace.dispose();
  });

  it("a taken port is named with the remedy, and the next up goes on", async function () {
    this.timeout("5m");
    const port = workspace.firstPort + 3;
    squatter = createServer();
    await new Promise<void>((listening) => squatter!.listen(port, "127.0.0.1", listening));
    const { code, output } = await workspace.npm("pulumi", "up", "--yes", "--skip-preview", "-s", "local");
    assert.equal(code, 1);
    const remedy =
      "Stop that program, or choose other ports: npm run pulumi -- config set local:firstPort 9080 -s local";
    assert.ok(
      output.includes(`BigQuery emulator cannot start: port ${port} is taken by another program. ${remedy}`),
      output,
    );
    await new Promise((closed) => squatter!.close(closed));
    assert.match(await workspace.pulumi("up", "--yes", "--skip-preview"), /Resources:\n(.*\n)* +\+ \d+ created/);
  });

  it("with nothing loaded, a load without a month loads the newest one", async function () {
    this.timeout("3m");
    const local = await Stack.attach(workspace);
    await local.succeed("05_gcp_load_data_scheduled");
    const months = await local.rows("select distinct source_month from {baywheels_tripdata}");
    assert.deepEqual(months, [{ source_month: "2026-09-01" }]);
  });

  describe("what a careless person types", () => {
    let before: [string[], Buffer];
    const now = (): [string[], Buffer] => [
      workspace.processes().filter((line) => !line.includes("esbuild")),
      readFileSync(workspace.path(".local/state/.pulumi/stacks/bay-wheels/local.json")),
    ];
    beforeEach(() => {
      before = now();
      assert.equal(before[0].length, 4);
    });
    afterEach(() => assert.deepEqual(now(), before));

    it("destroy --help shows help", async () => {
      assert.match(await workspace.succeed("destroy", "--help"), /^Usage: \.\/bay destroy \[flags\]\n/);
    });

    for (const [script, word] of [
      ["destroy", "--yse"],
      ["start", "over"],
      ["test:unit", "test/unit/cli/ui.test.ts"],
    ] as const)
      it(`${script} refuses ${word}`, async () => {
        const { code, output } = await workspace.npm(script, word);
        assert.equal(code, 2, output);
        assert.match(output, new RegExp(`^\\./bay ${script.split(":")[0]}: \\w+ \\w+ '${word}'.* Help: \\./bay .*\n$`));
      });

    it("destroy without a terminal says what would go, and needs --yes", async () => {
      const { code, output } = await workspace.npm("destroy");
      assert.equal(code, 2, output);
      assert.match(
        output,
        /\(running: storage, bigquery, openData, kestra\) and deletes\n {2}\S+ {2}\.local\/services\/storage\n/,
      );
      assert.match(output, /there's no terminal to ask on, so nothing was changed\. .*: npm run destroy -- --yes$/m);
    });

    it("destroy on a terminal asks, and takes no and Ctrl-C for an answer", async function () {
      // macOS has another command of that name
      if (process.platform !== "linux") this.skip();
      const no = await workspace.onTerminal("destroy", "n\n");
      assert.deepEqual(
        [no.code, no.output.split("\n").slice(-3)],
        [1, ["Destroy it? [y/N] n", "Nothing was changed.", ""]],
      );
      const { code, output } = await workspace.onTerminal("destroy", "\x03");
      assert.equal(code, 130, output);
      assert.match(output, /Destroy it\? \[y\/N\] \^C\nInterrupted\. Nothing was changed\.\n/);
    });

    it("start and destroy in a copy of the checkout leave the original's services alone", async function () {
      this.timeout("3m");
      const original = await Stack.attach(workspace);
      const [trips, dataset] = [await original.content("baywheels_tripdata"), await original.kv("GCP_DATASET")];
      const copy = workspace.copy();
      try {
        const { code, output } = await copy.npm("start");
        assert.equal(code, 1, output);
        const remedy = `\\(this is a copy of ${workspace.folder}, whose services still run\\)\\. Stop that program, or `;
        assert.match(output, new RegExp(`port \\d+ is taken by another program ${remedy}`));
        assert.deepEqual(now(), before);
        assert.match(await copy.destroy(), /\(running: none\)(.*\n)*Stack 'local' is gone/);
        assert.equal(existsSync(copy.path(".local/state")), false);
        // the copied state names the original's servers
        assert.equal(await original.content("baywheels_tripdata"), trips);
        assert.equal(await original.kv("GCP_DATASET"), dataset);
      } finally {
        copy.dispose();
      }
    });
  });

  describe("destroy", () => {
    it("does not take a state that cannot be read for no stack", async () => {
      const state = workspace.path(".local/state/.pulumi/stacks/bay-wheels/local.json");
      const kept = readFileSync(state);
      writeFileSync(state, "broken");
      const { code, output } = await workspace.npm("destroy", "--yes");
      writeFileSync(state, kept);
      assert.equal(code, 1);
      assert.match(output, /^pulumi stack ls --json failed on the state in \.local\/state: error: /m);
      assert.notDeepEqual(workspace.processes(), []);
    });

    it("leaves no process, port, state or data, even when Kestra is dead and a killed Pulumi holds the lock", async function () {
      this.timeout("3m");
      const { pid } = JSON.parse(readFileSync(workspace.path(".local/services/kestra/pid"), "utf8")) as { pid: number };
      process.kill(pid, "SIGKILL");
      const locks = workspace.path(".local/state/.pulumi/locks/organization/bay-wheels/local");
      // no process has this number: it is above the system's largest
      writeFileSync(join(locks, "killed.json"), JSON.stringify({ pid: 2 ** 22 + 1, username: "u", hostname: "h" }));
      writeFileSync(workspace.path(".local/report.html"), "");
      const output = await workspace.destroy();
      assert.match(output, /Stack 'local' is gone, with its services and data\. Bring it back with: npm start\n$/);
      assert.deepEqual(workspace.processes(), []);
      assert.equal(await workspace.portsAreFree(), true);
      for (const name of ["state", "services", "report.html"])
        assert.equal(existsSync(workspace.path(".local", name)), false, name);
      assert.equal(workspace.git("status", "--porcelain"), "");
      assert.ok(readdirSync(workspace.path(".local")).includes("tools"));
    });

    it("does nothing when there is nothing", async () => {
      assert.match(await workspace.destroy(), /^There's nothing to destroy: /);
    });
  });
});
