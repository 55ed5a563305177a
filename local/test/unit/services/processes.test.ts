import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { define, portsFrom, type ServiceInputs } from "../../../services/definitions";
import { handlers } from "../../../services/service";
import { commandLine, identityOf } from "../../../services/identity";
import { isRunning, stop } from "../../../services/processes";
import { freePort } from "../../../lab/kestraHost";
import { TemporaryFolder } from "../../../lab/temporaryFolder";

describe("the definition of the open-data server", () => {
  const openData = (options: Record<string, string>): ServiceInputs => ({
    service: "openData",
    ports: portsFrom(9100),
    version: "1",
    options,
  });
  const sourceOf = (options: Record<string, string>) => define(openData(options)).args.slice(7);

  it("serves the given folder, or generated trips with the given irregularities, which may be none", () => {
    assert.deepEqual(sourceOf({ dataDir: "my files" }), ["--folder", "my files"]);
    assert.deepEqual(sourceOf({ tripsPerMonth: "700" }), ["--trips", "700"]);
    for (const irregularities of ["quoted,edgeRows", ""])
      assert.deepEqual(sourceOf({ tripsPerMonth: "700", irregularities }), [
        "--trips",
        "700",
        `--irregularities=${irregularities}`,
      ]);
  });
});

describe("a local service", () => {
  const pidFile = ".local/services/storage/pid";
  let folder: TemporaryFolder;
  let inputs: ServiceInputs;

  beforeEach(async () => {
    folder = new TemporaryFolder();
    inputs = { service: "storage", ports: { ...portsFrom(9100), storage: await freePort() }, version: "1" };
    // in place of the emulator: answers every request with the environment that it was started with
    folder.write(
      ".local/tools/storage/serve.cjs",
      'require("http").createServer((_, answer) => answer.end(JSON.stringify(process.env)))' +
        `.listen(${inputs.ports.storage}, "127.0.0.1");`,
    );
    folder.script(
      ".local/tools/storage/fake-gcs-server",
      `exec '${process.execPath}' .local/tools/storage/serve.cjs "$@"`,
    );
  });
  afterEach(async () => {
    await stop("storage");
    folder.dispose();
  });

  const pid = () => (JSON.parse(readFileSync(pidFile, "utf8")) as { pid: number }).pid;
  const kill = async () => {
    const killed = pid();
    process.kill(killed, "SIGKILL");
    while (commandLine(killed)) await sleep(20);
  };

  it("is read as created while it runs; once it has died, the next update starts it again", async () => {
    const unchanged = async () => {
      assert.deepEqual(await handlers.read("storage", inputs), { id: "storage", props: inputs });
      assert.deepEqual(await handlers.diff("storage", inputs, inputs), { changes: false, replaces: [] });
    };
    assert.deepEqual(await handlers.create(inputs), { id: "storage", outs: inputs });
    await unchanged();
    await kill();
    const { props } = await handlers.read("storage", inputs);
    assert.deepEqual(props, { ...inputs, version: "not running" });
    assert.deepEqual(await handlers.diff("storage", props, inputs), { changes: true, replaces: [] });
    assert.deepEqual(await handlers.update("storage", props, inputs), { outs: inputs });
    await unchanged();
  });

  it("is deleted with its process and data, also after a refresh found it stopped", async () => {
    await handlers.create(inputs);
    const started = pid();
    await handlers.delete("storage", { ...inputs, version: "not running" });
    // empty: ended, but still in the process table
    assert.equal(commandLine(started) ?? "", "");
    assert.equal(existsSync(".local/services/storage"), false);
    await handlers.delete("storage", inputs);
  });

  it("gets the environment that programs need, and no secret", async () => {
    Object.assign(process.env, {
      PULUMI_CONFIG_PASSPHRASE: "canary",
      PULUMI_CONFIG_PASSPHRASE_FILE: "canary",
      AWS_SECRET_ACCESS_KEY: "canary",
      SSL_CERT_FILE: "/certificates.pem",
    });
    await handlers.create(inputs);
    const environment = (await (await fetch(define(inputs).health)).json()) as Record<string, string>;
    assert.equal(environment.PATH, folder.bin);
    assert.equal(environment.HOME, folder.path);
    assert.equal(environment.SSL_CERT_FILE, "/certificates.pem");
    // the shell that starts the fake adds the others
    const shell = ["PWD", "OLDPWD", "SHLVL", "_", "__CF_USER_TEXT_ENCODING"];
    const allowed = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];
    const known = [...allowed, "REQUESTS_CA_BUNDLE", ...shell];
    assert.deepEqual(
      Object.keys(environment).filter((name) => !known.includes(name)),
      [],
    );
  });

  describe("of a checkout that was copied", () => {
    let copy: string;
    beforeEach(async () => {
      await handlers.create(inputs);
      copy = `${folder.path}-copy`;
      cpSync(folder.path, copy, { recursive: true });
      process.chdir(copy);
    });
    afterEach(() => {
      process.chdir(folder.path);
      rmSync(copy, { recursive: true });
    });
    const answers = async () => (await fetch(define(inputs).health)).ok;

    it("isn't the copy's own, which needs other ports", async () => {
      assert.equal(isRunning("storage"), false);
      assert.deepEqual(await handlers.read("storage", inputs), {
        id: "storage",
        props: { ...inputs, version: "not running" },
      });
      assert.deepEqual(await handlers.diff("storage", inputs, inputs), { changes: true, replaces: [] });
      // the second attempt finds what the first has left
      for (let attempt = 0; attempt < 2; attempt++)
        await assert.rejects(handlers.update("storage", inputs, inputs), {
          message:
            `Cloud Storage emulator cannot start: port ${inputs.ports.storage} is taken by another program ` +
            `(this is a copy of ${folder.path}, whose services still run). Stop that program, or choose other ports: ` +
            "npm run pulumi -- config set local:firstPort 9080 -s local",
        });
      assert.equal(await answers(), true);
    });

    it("keeps running when the copy stops and deletes its own", async () => {
      await stop("storage");
      await handlers.delete("storage", inputs);
      assert.equal(existsSync(".local/services/storage"), false);
      assert.equal(await answers(), true);
      process.chdir(folder.path);
      assert.equal(isRunning("storage"), true);
    });

    it("isn't the copy's when the two have swapped places", () => {
      const original = `${folder.path}-moved`;
      renameSync(folder.path, original);
      renameSync(copy, folder.path);
      process.chdir(folder.path);
      assert.equal(isRunning("storage"), false);
      renameSync(folder.path, copy);
      renameSync(original, folder.path);
    });
  });

  it("moves with its checkout", async () => {
    await handlers.create(inputs);
    const moved = `${folder.path}-moved`;
    renameSync(folder.path, moved);
    process.chdir(moved);
    assert.deepEqual(await handlers.read("storage", inputs), { id: "storage", props: inputs });
    await stop("storage");
    assert.equal(isRunning("storage"), false);
    renameSync(moved, folder.path);
    process.chdir(folder.path);
  });

  it("isn't another process with its number that started at another time", async () => {
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
    await new Promise((spawned) => other.once("spawn", spawned));
    try {
      const { startedAt } = identityOf(other.pid!)!;
      folder.write(pidFile, JSON.stringify({ pid: other.pid, startedAt }));
      assert.equal(isRunning("storage"), true);
      for (const started of [{}, { startedAt: "1" }]) {
        folder.write(pidFile, JSON.stringify({ pid: other.pid, ...started }));
        assert.equal(isRunning("storage"), false);
        await stop("storage");
        assert.equal(other.exitCode ?? other.signalCode, null);
      }
    } finally {
      other.kill("SIGKILL");
    }
  });

  it("counts an unreadable pid file as absent", async () => {
    for (const content of ["", '{"pid": 12', "null"]) {
      folder.write(pidFile, content);
      assert.equal((await handlers.read("storage", inputs)).props?.version, "not running");
      await handlers.create(inputs);
      assert.equal((await handlers.read("storage", inputs)).props?.version, "1");
      await stop("storage");
      folder.write(pidFile, content);
      await handlers.delete("storage", inputs);
      assert.equal(existsSync(".local/services/storage"), false);
    }
  });
});
