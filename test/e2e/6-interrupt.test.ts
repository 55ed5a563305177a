import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { Workspace } from "../support/workspace";

describe("an interrupted update", () => {
  let workspace: Workspace;

  before(async () => {
    workspace = await Workspace.create();
    await workspace.pulumi("config", "set", "local:firstPort", String(workspace.firstPort));
  });
  after(async () => {
    await workspace.destroy();
    assert.deepEqual(workspace.processes(), []);
    workspace.dispose();
  });

  /**
   * Starts an update in a group of its own, as a terminal does, and ends it when Kestra is being started; what it said
   * last.
   */
  async function interrupted(end: (pid: number) => void): Promise<string> {
    const args = ["cli/bootstrap.mjs", "pulumi", "up", "--yes", "--skip-preview", "-s", "local"];
    const child = spawn(process.execPath, args, {
      cwd: workspace.folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = new Promise((done) => child.once("close", done));
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    await new Promise<void>((started) => {
      let printed = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        if (printed.includes("kestra-server creating")) started();
      });
      child.once("close", () => started());
    });
    end(child.pid!);
    await closed;
    return said;
  }
  const resume =
    /\nInterrupted\. Services that have started keep running\. To continue, run the same command again\.\n$/;

  const pulumiProcesses = () =>
    workspace.processes().filter((line) => /\/pulumi |pulumi-language|dynamic-provider/.test(line));
  const locks = () => {
    const folder = workspace.path(".local/state/.pulumi/locks/organization/bay-wheels/local");
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  it("by Ctrl-C ends as a whole, and leaves no lock", async function () {
    this.timeout("3m");
    assert.match(await interrupted((pid) => process.kill(-pid, "SIGINT")), resume);
    assert.deepEqual([pulumiProcesses(), locks()], [[], []]);
  });

  it("by SIGTERM to its first process alone ends as a whole, too", async function () {
    this.timeout("3m");
    await workspace.destroy();
    await workspace.pulumi("stack", "ls");
    assert.match(await interrupted((pid) => process.kill(pid, "SIGTERM")), resume);
    assert.deepEqual([pulumiProcesses(), locks()], [[], []]);
  });

  it("goes on at the next update", async function () {
    this.timeout("3m");
    assert.match(await workspace.pulumi("up", "--yes", "--skip-preview"), /Resources:\n(.*\n)* +\+ \d+ created/);
  });
});
