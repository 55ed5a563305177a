import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";

/** Seconds that Docker gets to respond: an engine behind SSH may take a while. */
const patience = 30;

/** Where Docker's engine is, as the provider takes it. */
export interface Engine {
  /** Such as `unix:///var/run/docker.sock` or `ssh://user@host`. */
  host: string;
  /** Folder of the client's TLS certificate, where the engine wants one. */
  certPath?: string;
  /** What this engine runs: `linux/amd64`, `linux/arm64`. */
  platform: string;
}

/** Part of the output of `docker context inspect`. */
interface Context {
  Endpoints: { docker: { Host: string } };
  TLSMaterial: { docker?: string[] };
  Storage: { TLSPath: string };
}

/** Replaces the folder of a context that only the environment defines: DOCKER_HOST with DOCKER_TLS_VERIFY. */
const inMemory = "<IN MEMORY>";

/**
 * Docker's engine as the docker command finds it: by DOCKER_HOST, DOCKER_CONTEXT or the current context. The provider
 * alone would ignore the current context, and prefers DOCKER_CONTEXT even to the host that it's given.
 * @throws RunError in one line when no engine responds, or when command and provider would use different ones.
 */
export function findEngine(): Engine {
  const { DOCKER_CONTEXT: named, DOCKER_HOST: host, DOCKER_CERT_PATH: certificates } = process.env;
  if (named && (host || named === "default")) {
    const beside = host ? ` beside DOCKER_HOST '${host}'` : "";
    throw new RunError(
      `DOCKER_CONTEXT is '${named}'${beside}: the docker command and Pulumi's provider would use different engines. ` +
        "Run: unset DOCKER_CONTEXT",
    );
  }
  const platform = ask(["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]);
  const [{ Endpoints, TLSMaterial, Storage }] = JSON.parse(ask(["context", "inspect"])) as [Context];
  const folder =
    Storage.TLSPath === inMemory ? (certificates ?? join(homedir(), ".docker")) : join(Storage.TLSPath, "docker");
  const certPath = TLSMaterial.docker?.length ? folder : undefined;
  return { host: Endpoints.docker.Host, certPath, platform };
}

/** Output of a `docker` command that must succeed. */
function ask(args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync("docker", args, { encoding: "utf8", timeout: patience * 1000 });
  if (status === 0) return stdout.trim();
  if (error && "code" in error && error.code === "ENOENT") {
    throw new RunError("The docker command isn't on the PATH: install Docker, https://docs.docker.com/get-docker/");
  }
  const reason = error ? `no answer within ${patience} s.` : stderr.trim().split("\n")[0]!;
  throw new RunError(
    `Docker doesn't respond: ${reason} Start Docker, or choose a running one with DOCKER_HOST or ` +
      "'docker context use', then run the same command again.",
  );
}

/** Output of a `docker` command that may fail: then undefined. */
function asked(args: string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8", timeout: patience * 1000 });
  return status === 0 ? `${stdout}${stderr}`.trim() : undefined;
}

/** The last lines of a container's log. */
export function lastLines(container: string, lines: number): string[] {
  const log = asked(["logs", "--tail", String(lines), container]) ?? "";
  return log.split("\n").filter((line) => line.trim() !== "");
}

/** Why a container doesn't run; undefined when it does, or doesn't exist. */
export function reasonNotRunning(container: string): string | undefined {
  const state = asked(["inspect", "--format", "{{.State.Status}} {{.State.Error}}", container]);
  const [, status, error] = /^(\S+) ?(.*)$/s.exec(state ?? "") ?? [];
  return status === "created" || status === "exited" ? error || status : undefined;
}

/** True when the container publishes the port. */
export function publishes(container: string, port: number): boolean {
  const names = asked(["ps", "--filter", `publish=${port}`, "--format", "{{.Names}}"]);
  return names?.split("\n").includes(container) ?? false;
}
