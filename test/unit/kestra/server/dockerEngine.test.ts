import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execIn, findEngine, lastLines, publishes, reasonNotRunning } from "../../../../kestra/server/docker/engine";

describe("Docker's engine, as the docker command reports it", () => {
  const { env } = process;
  const { PATH } = env;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bay-wheels-docker-"));
    process.env = { ...env, DOCKER_CONTEXT: undefined, DOCKER_HOST: undefined, DOCKER_CERT_PATH: undefined };
  });
  afterEach(() => {
    process.env = env;
    rmSync(folder, { recursive: true });
  });

  /** Puts a `docker` on the PATH that runs these lines of a shell. */
  function command(...lines: string[]): void {
    writeFileSync(join(folder, "docker"), ["#!/bin/sh", ...lines, ""].join("\n"));
    chmodSync(join(folder, "docker"), 0o755);
    process.env.PATH = [folder, PATH].join(delimiter);
  }

  const info = {
    ServerVersion: "28.2.2",
    OSType: "linux",
    Architecture: "aarch64",
    MemTotal: 8e9,
    DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]],
  };
  const found = { platform: "linux/arm64", version: "28.2.2", memory: 8e9 };

  /** A `docker` with one context, and an engine that is so. */
  function context(endpoint: object, tls: object, storage: object, engine: object = {}): void {
    const answer = JSON.stringify([{ Endpoints: { docker: endpoint }, TLSMaterial: tls, Storage: storage }]);
    const engineInfo = JSON.stringify({ ...info, ...engine });
    command(`case "$*" in`, `"info --format {{json .}}") cat <<'END'\n${engineInfo}\nEND\n;;`);
    appendFileSync(join(folder, "docker"), `"context inspect") cat <<'END'\n${answer}\nEND\n;;\n*) exit 1;;\nesac\n`);
  }

  /** The fault of an engine on this machine. */
  function faultOf(engine: object): string | undefined {
    context({ Host: "unix:///x" }, {}, { TLSPath: "<IN MEMORY>" }, engine);
    try {
      findEngine();
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  it("is where the current context has it, with the engine's own platform", () => {
    context({ Host: "unix:///home/me/.colima/docker.sock" }, {}, { TLSPath: "<IN MEMORY>" });
    assert.deepEqual(findEngine(), {
      host: "unix:///home/me/.colima/docker.sock",
      certPath: undefined,
      ...found,
    });
  });

  it("has the certificate of a context with TLS", () => {
    context({ Host: "tcp://there:2376" }, { docker: ["ca.pem", "cert.pem", "key.pem"] }, { TLSPath: "/me/tls/abc" });
    assert.deepEqual(findEngine(), {
      host: "tcp://there:2376",
      certPath: "/me/tls/abc/docker",
      ...found,
    });
  });

  it("that doesn't run is reported in one line", () => {
    command("echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1");
    assert.throws(findEngine, {
      message:
        "Docker doesn't respond: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running? " +
        "Start Docker, or choose a running one with DOCKER_HOST or 'docker context use', then run the same command again.",
    });
  });

  it("that doesn't run is reported also by a command that reports it as a success", () => {
    const reason = "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?";
    assert.match(
      faultOf({ ServerVersion: "", ServerErrors: [reason] })!,
      /^Docker doesn't respond: Cannot connect to .* running\? Start Docker, or choose/,
    );
  });

  it("that is too old is refused with the version that is needed", () => {
    assert.equal(
      faultOf({ ServerVersion: "19.03.15", DriverStatus: null }),
      "Docker 19.03.15 is too old: 20.10 or newer is needed. Upgrade it: https://docs.docker.com/engine/install/",
    );
    assert.equal(faultOf({ ServerVersion: "20.10.24+dfsg1", DriverStatus: null }), undefined);
    assert.equal(faultOf({ ServerVersion: "library-import", DriverStatus: [] }), undefined);
  });

  it("that is Podman's is refused, whether its own command or Docker's asks it", () => {
    const refusal =
      "The docker command uses Podman 5.2.0, but the stack needs Docker's own engine: install it " +
      "(https://docs.docker.com/engine/install/), or choose one with DOCKER_HOST or 'docker context use'.";
    assert.equal(faultOf({ ServerVersion: "5.2.0", DriverStatus: null }), refusal);
    assert.equal(faultOf({ ServerVersion: undefined, host: {}, version: { Version: "5.2.0" } }), refusal);
  });

  it("whose image store loses a build's files is refused, up to the version that keeps them", () => {
    assert.match(
      faultOf({ ServerVersion: "26.1.5+dfsg1" })!,
      /^Docker 26\.1\.5\+dfsg1 with the containerd image store can't build .* Upgrade Docker to 27\.5 or newer, or .*\.$/,
    );
    assert.notEqual(faultOf({ ServerVersion: "27.4.1" }), undefined);
    for (const ServerVersion of ["27.5.0", "28.0.0", "29.0.4"]) assert.equal(faultOf({ ServerVersion }), undefined);
    const DriverStatus = [["Backing Filesystem", "extfs"]];
    assert.equal(faultOf({ ServerVersion: "26.1.5", DriverStatus }), undefined);
  });

  it("without the command is reported in one line", () => {
    process.env.PATH = folder;
    assert.throws(findEngine, /^Error: The docker command isn't on the PATH: install Docker/);
  });

  it("has the certificate of the environment where that makes up the context", () => {
    context({ Host: "tcp://there:2376" }, { docker: ["ca.pem", "cert.pem", "key.pem"] }, { TLSPath: "<IN MEMORY>" });
    process.env.DOCKER_CERT_PATH = "/me/certificates";
    assert.equal(findEngine().certPath, "/me/certificates");
    delete process.env.DOCKER_CERT_PATH;
    assert.equal(findEngine().certPath, join(homedir(), ".docker"));
  });

  it("that command and provider would find in two places is refused in one line", () => {
    context({ Host: "tcp://there:2375" }, {}, { TLSPath: "<IN MEMORY>" });
    process.env.DOCKER_CONTEXT = "default";
    assert.throws(
      findEngine,
      /^Error: DOCKER_CONTEXT is 'default': the docker command and .* Run: unset DOCKER_CONTEXT$/,
    );
    Object.assign(process.env, { DOCKER_CONTEXT: "colima", DOCKER_HOST: "tcp://there:2375" });
    assert.throws(findEngine, /^Error: DOCKER_CONTEXT is 'colima' beside DOCKER_HOST 'tcp:\/\/there:2375': /);
    delete process.env.DOCKER_HOST;
    assert.equal(findEngine().host, "tcp://there:2375");
  });

  it("gives the last lines of a container's log, and none where it cannot", () => {
    command(`[ "$*" = "logs --tail 2 kestra" ] && printf 'one\\n\\n' && echo two >&2`);
    assert.deepEqual(lastLines("kestra", 2), ["one", "two"]);
    assert.deepEqual(lastLines("other", 2), []);
  });

  it("runs a command in a container, or reports in one line why it can't", async () => {
    command(
      `[ "$*" = "exec kestra curl -f http://x" ] && echo found && exit; printf 'no such\\ncontainer\\n' >&2; exit 1`,
    );
    assert.equal(await execIn("kestra", ["curl", "-f", "http://x"]), "found\n");
    await assert.rejects(execIn("other", ["curl"]), { message: "no such" });
  });

  it("reports why a container doesn't run, and what it publishes", () => {
    command(`case "$*" in inspect*) echo "$STATE";; *publish=8080*) printf 'other\\nkestra\\n';; *) exit 1;; esac`);
    const reason = (state: string) => {
      process.env.STATE = state;
      return reasonNotRunning("kestra");
    };
    assert.equal(reason("running "), undefined);
    assert.equal(
      reason("created driver failed: port is already allocated"),
      "driver failed: port is already allocated",
    );
    assert.equal(reason("exited "), "exited");
    assert.deepEqual(
      [publishes("kestra", 8080), publishes("kestra", 9090), publishes("third", 8080)],
      [true, false, false],
    );
  });
});
