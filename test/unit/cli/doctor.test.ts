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

  /** Puts a `docker` on the PATH whose engine is so; its containers publish what `ps` prints. */
  function docker(engine: object, host: string, ps = ""): void {
    const info = { ServerVersion: "28.2.2", OSType: "linux", Architecture: "x86_64", MemTotal: 6.2e9, ...engine };
    const context = [{ Endpoints: { docker: { Host: host } }, TLSMaterial: {}, Storage: { TLSPath: "" } }];
    const answers = { info: JSON.stringify(info), context: JSON.stringify(context), ps };
    const cases = Object.entries(answers).map(([command, answer]) => `${command}) echo '${answer}';;`);
    folder.script("bin/docker", `case $1 in ${cases.join(" ")} esac`);
  }
  const local = "unix:///var/run/docker.sock";
  const dockerChecks = async (stack: string) =>
    (await checksOf(stack))
      .filter(({ name }) => /^(Docker|Memory|Port)/.test(name))
      .map(({ name, ok, detail }) => `${ok ? "✓" : "✗"} ${name}: ${detail}`);

  it("looks at Docker's version, its memory and the port of Kestra where Kestra will run in it", async () => {
    const engine = `✓ Docker: 28.2.2, linux/amd64, at ${local}`;
    folder.write("Pulumi.dev.yaml", `config:\n  bay-wheels:kestraPort: "${port}"\n`);
    docker({}, local, "other");
    assert.deepEqual(await dockerChecks("dev"), [
      engine,
      "✓ Memory: 6.2 GB for containers",
      `✗ Port ${port}: taken by another program. ` +
        "Stop that program (stack local: npm run destroy), or choose another port: pulumi config set -s dev kestraPort <port>",
    ]);
    docker({ MemTotal: 4.1e9 }, local, "bay-wheels-dev-kestra");
    assert.deepEqual(await dockerChecks("dev"), [
      engine,
      "✗ Memory: 4.1 GB: 6 GB needed. Give Docker more (Docker Desktop: Settings > Resources), or use a larger machine",
      `✓ Port ${port}: ours: Kestra`,
    ]);
    docker({}, "ssh://there");
    assert.deepEqual(await dockerChecks("dev"), [
      "✓ Docker: 28.2.2, linux/amd64, at ssh://there",
      "✓ Memory: 6.2 GB for containers",
    ]);
  });

  it("looks at Docker's version alone where it only builds the image", async () => {
    folder.write("Pulumi.gke.yaml", "config:\n  bay-wheels:runtime: gke\n");
    docker({ MemTotal: 2e9 }, local);
    assert.deepEqual(await dockerChecks("gke"), [`✓ Docker: 28.2.2, linux/amd64, at ${local}`]);
    docker({ ServerVersion: "19.03.1" }, local);
    assert.deepEqual(await dockerChecks("gke"), [
      "✗ Docker: Docker 19.03.1 is too old: 20.10 or newer is needed. Upgrade it: https://docs.docker.com/engine/install/",
    ]);
  });
});
