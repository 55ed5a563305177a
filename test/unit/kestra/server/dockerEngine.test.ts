import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findEngine, lastLines, publishes, reasonNotRunning } from "../../../../kestra/server/docker/engine";

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

  /** A `docker` with one context. */
  function context(endpoint: object, tls: object, storage: object): void {
    const answer = JSON.stringify([{ Endpoints: { docker: endpoint }, TLSMaterial: tls, Storage: storage }]);
    command(`if [ "$1" = version ]; then echo linux/arm64; else cat <<'END'\n${answer}\nEND\nfi`);
  }

  it("is where the current context has it, with the engine's own platform", () => {
    context({ Host: "unix:///home/me/.colima/docker.sock" }, {}, { TLSPath: "<IN MEMORY>" });
    assert.deepEqual(findEngine(), {
      host: "unix:///home/me/.colima/docker.sock",
      certPath: undefined,
      platform: "linux/arm64",
    });
  });

  it("has the certificate of a context with TLS", () => {
    context({ Host: "tcp://there:2376" }, { docker: ["ca.pem", "cert.pem", "key.pem"] }, { TLSPath: "/me/tls/abc" });
    assert.deepEqual(findEngine(), {
      host: "tcp://there:2376",
      certPath: "/me/tls/abc/docker",
      platform: "linux/arm64",
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
