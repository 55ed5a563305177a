import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server } from "node:net";
import { requireHealthyMachine } from "../../../cli/commands/doctor";
import { checksOf } from "../../../cli/support/checks";
import { TemporaryFolder } from "../../../local/lab/temporaryFolder";

describe("doctor on a machine where nothing is installed", () => {
  let folder: TemporaryFolder;
  let server: Server;
  let port: number;
  before(async () => {
    folder = new TemporaryFolder();
    server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    port = (server.address() as AddressInfo).port;
    folder.write("Pulumi.local.yaml", `config:\n  local:firstPort: "${port}"\n`);
  });
  after(() => {
    server.close();
    folder.dispose();
  });

  it("names every toolchain, and the port that is taken, at once", async () => {
    const checks = await checksOf("local");
    const faults = checks.filter(({ ok }) => !ok);
    // a JDK may be in one of the system's folders
    const names = faults.map(({ name }) => name).filter((name) => name !== "JDK" && !/^Port/.test(name));
    assert.deepEqual(names, ["Go", "Maven", "Python", "git"]);
    assert.ok(
      faults[0]!.detail.startsWith("Go was not found: version 1.26 or newer is needed, from https://go.dev/dl"),
    );
    const taken = faults.find(({ name }) => name === `Port ${port}`);
    assert.match(
      taken!.detail,
      /^port \d+ is taken by another program\. Stop that program, or choose other ports: npm run pulumi -- config set/,
    );
    assert.deepEqual(
      checks
        .filter(({ ok }) => ok)
        .map(({ name }) => name)
        .slice(0, 3),
      ["Node", "Pulumi", "Kestra"],
    );
  });

  it("keeps a start from beginning, with all of it in one message", async () => {
    await assert.rejects(requireHealthyMachine(), (error: Error) => {
      const lines = error.message.split("\n");
      assert.equal(lines[0], "Stack 'local' can't start on this machine yet:");
      assert.ok(lines.length >= 6, error.message);
      return true;
    });
  });

  it("names what a stack on Google Cloud lacks", async () => {
    folder.script("bin/docker", "echo 'Cannot connect' >&2; exit 1");
    process.env.GOOGLE_OAUTH_ACCESS_TOKEN = "token";
    const faults = (await checksOf("dev")).filter(({ ok }) => !ok).map(({ name }) => name);
    assert.deepEqual(faults, ["Pulumi", "Docker"]);
  });
});
