import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { Stack } from "./support/stack";
import { Workspace } from "./support/workspace";

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

  it("destroy does not take a state that cannot be read for no stack", async () => {
    const state = workspace.path(".local/state/.pulumi/stacks/bay-wheels/local.json");
    const kept = readFileSync(state);
    writeFileSync(state, "broken");
    const { code, output } = await workspace.npm("destroy", "--yes");
    writeFileSync(state, kept);
    assert.equal(code, 1);
    assert.match(output, /^pulumi stack ls --json failed on the state in \.local\/state: error: /m);
    assert.notDeepEqual(workspace.processes(), []);
  });

  it("destroy leaves no process, port, state or data, even when Kestra is dead and a killed Pulumi holds the lock", async function () {
    this.timeout("3m");
    const { pid } = JSON.parse(readFileSync(workspace.path(".local/services/kestra/pid"), "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
    const locks = workspace.path(".local/state/.pulumi/locks/organization/bay-wheels/local");
    // no process has this number: it is above the system's largest
    writeFileSync(join(locks, "killed.json"), JSON.stringify({ pid: 2 ** 22 + 1, username: "u", hostname: "h" }));
    const output = await workspace.destroy();
    assert.match(output, /Stack 'local' is gone, with its services and data\. Bring it back with: npm start\n$/);
    assert.deepEqual(workspace.processes(), []);
    assert.equal(await workspace.portsAreFree(), true);
    for (const folder of ["state", "services"]) assert.equal(existsSync(workspace.path(".local", folder)), false);
    assert.equal(workspace.git("status", "--porcelain"), "");
    assert.ok(readdirSync(workspace.path(".local")).includes("tools"));
  });

  it("destroy does nothing when there is nothing", async () => {
    assert.match(await workspace.destroy(), /^There's nothing to destroy: /);
  });
});
