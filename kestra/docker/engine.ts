import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";

/** Seconds that Docker gets to answer: an engine beyond SSH may take a while. */
const patience = 30;

/** Where Docker's engine is, as the provider takes it. */
export interface Engine {
  /** Such as `unix:///var/run/docker.sock` or `ssh://user@host`. */
  host: string;
  /** Folder of the client's TLS certificate, where the context has one. */
  certPath?: string;
  /** What this engine runs: `linux/amd64`, `linux/arm64`. */
  platform: string;
}

/** Part of what `docker context inspect` tells. */
interface Context {
  Endpoints: { docker: { Host: string } };
  TLSMaterial: { docker?: string[] };
  Storage: { TLSPath: string };
}

/**
 * Docker's engine as its command finds it: by DOCKER_HOST, DOCKER_CONTEXT or the current context. The provider itself knows the first only.
 * @throws RunError in one line when there is no engine that answers.
 */
export function findEngine(): Engine {
  const platform = ask(["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]);
  const [{ Endpoints, TLSMaterial, Storage }] = JSON.parse(ask(["context", "inspect"])) as [Context];
  const certPath = TLSMaterial.docker?.length ? join(Storage.TLSPath, "docker") : undefined;
  return { host: Endpoints.docker.Host, certPath, platform };
}

/** What a `docker` command answers. */
function ask(args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync("docker", args, { encoding: "utf8", timeout: patience * 1000 });
  if (status === 0) return stdout.trim();
  if (error && "code" in error && error.code === "ENOENT") {
    throw new RunError(
      "Runtime 'docker' needs the command docker, which is not on the PATH: install Docker, https://docs.docker.com/get-docker/",
    );
  }
  const reason = error ? `no answer within ${patience} s` : stderr.trim().split("\n")[0]!;
  throw new RunError(
    `Docker does not answer: ${reason} Start Docker, or name a running one by DOCKER_HOST or 'docker context use', then run the same command again.`,
  );
}

/**
 * The last lines that a container logged, and nothing where Docker cannot tell: it is asked when something else has failed already.
 */
export function lastLines(host: string, container: string, lines: number): string[] {
  const { status, stdout, stderr } = spawnSync("docker", ["-H", host, "logs", "--tail", String(lines), container], {
    encoding: "utf8",
    timeout: patience * 1000,
  });
  return status === 0 ? `${stdout}${stderr}`.split("\n").filter((line) => line.trim() !== "") : [];
}
