import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findEngine, lastLines } from "../../kestra/docker/engine";

describe("Docker's engine, as the command docker tells", () => {
  const { PATH } = process.env;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bay-wheels-docker-"));
  });
  afterEach(() => {
    process.env.PATH = PATH;
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

  it("that does not run is told in one line", () => {
    command("echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1");
    assert.throws(findEngine, {
      message:
        "Docker does not answer: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running? " +
        "Start Docker, or name a running one by DOCKER_HOST or 'docker context use', then run the same command again.",
    });
  });

  it("without the command is told in one line", () => {
    process.env.PATH = folder;
    assert.throws(
      findEngine,
      /^Error: Runtime 'docker' needs the command docker, which is not on the PATH: install Docker/,
    );
  });

  it("gives the last lines of a container's log, and none where it cannot", () => {
    command(`[ "$*" = "-H unix:///x logs --tail 2 kestra" ] && printf 'one\\n\\n' && echo two >&2`);
    assert.deepEqual(lastLines("unix:///x", "kestra", 2), ["one", "two"]);
    assert.deepEqual(lastLines("unix:///x", "other", 2), []);
  });
});
