import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { releaseDeadLocks } from "../../sandbox/locks";
import { define, portsFrom, type ServiceInputs } from "../../sandbox/services/definitions";
import { handlers } from "../../sandbox/services/handlers";
import { commandLine, stop } from "../../sandbox/services/processes";
import { freePort } from "../contract/support/kestraHost";
import { SandboxFolder } from "./support/sandboxFolder";

/** No process has it: it is above the highest that Linux and macOS give. */
const noProcess = 2 ** 22 + 1;

describe("the definition of the open-data server", () => {
  const openData = (options: Record<string, string>): ServiceInputs => ({
    service: "openData",
    ports: portsFrom(9100),
    version: "1",
    options,
  });
  const sourceOf = (options: Record<string, string>) => define(openData(options)).args.slice(7);

  it("serves the folder that is named, else generated trips", () => {
    assert.deepEqual(sourceOf({ dataDir: "my files" }), ["--folder", "my files"]);
    assert.deepEqual(sourceOf({ tripsPerMonth: "700" }), ["--trips", "700"]);
  });

  it("hands on the switches that are set, none too", () => {
    const switched = (irregularities: string) => sourceOf({ tripsPerMonth: "700", irregularities });
    assert.deepEqual(switched("quoted,edgeRows"), ["--trips", "700", "--irregularities=quoted,edgeRows"]);
    assert.deepEqual(switched(""), ["--trips", "700", "--irregularities="]);
  });
});

describe("a local service", () => {
  const pidFile = ".local/services/storage/pid";
  let folder: SandboxFolder;
  let inputs: ServiceInputs;

  beforeEach(async () => {
    folder = new SandboxFolder();
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

  it("is read as it was made while it runs", async () => {
    assert.deepEqual(await handlers.create(inputs), { id: "storage", outs: inputs });
    assert.deepEqual(await handlers.read("storage", inputs), { id: "storage", props: inputs });
    assert.deepEqual(await handlers.diff("storage", inputs, inputs), { changes: false, replaces: [] });
  });

  it("is read as not running once it died, and started again by the update that follows", async () => {
    await handlers.create(inputs);
    await kill();
    const { props } = await handlers.read("storage", inputs);
    assert.deepEqual(props, { ...inputs, version: "not running" });
    assert.deepEqual(await handlers.diff("storage", props, inputs), { changes: true, replaces: [] });
    assert.deepEqual(await handlers.update("storage", props, inputs), { outs: inputs });
    assert.deepEqual(await handlers.read("storage", inputs), { id: "storage", props: inputs });
    assert.deepEqual(await handlers.diff("storage", inputs, inputs), { changes: false, replaces: [] });
  });

  it("is deleted with its process and data, from the state of a refresh too", async () => {
    await handlers.create(inputs);
    const started = pid();
    await handlers.delete("storage", { ...inputs, version: "not running" });
    // empty: ended, and not yet taken off the table of processes
    assert.equal(commandLine(started) ?? "", "");
    assert.equal(existsSync(".local/services/storage"), false);
    await handlers.delete("storage", inputs);
  });

  it("gets what programs need of the environment and no secret", async () => {
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

  for (const content of ["", '{"pid": 12', "null"]) {
    it(`counts a pid file with '${content}' as absent`, async () => {
      folder.write(pidFile, content);
      assert.equal((await handlers.read("storage", inputs)).props?.version, "not running");
      await handlers.create(inputs);
      assert.equal((await handlers.read("storage", inputs)).props?.version, "1");
      await stop("storage");
      folder.write(pidFile, content);
      await handlers.delete("storage", inputs);
      assert.equal(existsSync(".local/services/storage"), false);
    });
  }
});

describe("locks of Pulumi's file backend", () => {
  const locks = ".local/state/.pulumi/locks/organization/bay-wheels/local";
  let folder: SandboxFolder;
  beforeEach(() => (folder = new SandboxFolder()));
  afterEach(() => folder.dispose());

  it("may be missing", () => assert.doesNotThrow(releaseDeadLocks));

  it("of the dead go; those of the living, half-written ones and ones just released stay", async () => {
    const living = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)", "pulumi"], { stdio: "ignore" });
    await new Promise((spawned) => living.once("spawn", spawned));
    try {
      mkdirSync(locks, { recursive: true });
      folder.write(join(locks, "dead.json"), JSON.stringify({ pid: noProcess }));
      folder.write(join(locks, "living.json"), JSON.stringify({ pid: living.pid }));
      folder.write(join(locks, "half.json"), '{"pid": 12');
      // listed, and not there when it is read
      symlinkSync("nowhere", join(locks, "released.json"));
      releaseDeadLocks();
      assert.deepEqual(readdirSync(locks).sort(), ["half.json", "living.json", "released.json"]);
    } finally {
      living.kill("SIGKILL");
    }
  });
});
