import { execFile, spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { RunError } from "@pulumi/pulumi";

const run = promisify(execFile);

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
  /** Such as `28.2.2`. */
  version: string;
  /** Bytes of memory that containers share. */
  memory: number;
}

/** Part of the output of `docker info`; all is empty when the engine doesn't respond. */
interface Info {
  ServerVersion?: string;
  OSType: string;
  /** As the machine names it: `x86_64`. */
  Architecture: string;
  MemTotal: number;
  DriverStatus: [string, string][] | null;
  ServerErrors?: string[];
  /** Only Podman's own `docker` command prints it. */
  version?: { Version: string };
}

/** Part of the output of `docker context inspect`. */
interface Context {
  Endpoints: { docker: { Host: string } };
  TLSMaterial: { docker?: string[] };
  Storage: { TLSPath: string };
}

/** Docker's names of what machines name otherwise. */
const architectures: Record<string, string> = { x86_64: "amd64", aarch64: "arm64" };

/** Oldest version that the stack was tried on. */
const oldest = "20.10";

/** First version whose containerd image store takes a build's files: https://github.com/moby/moby/pull/49194 */
const oldestWithContainerdStore = "27.5";

/** Replaces the folder of a context that only the environment defines: DOCKER_HOST with DOCKER_TLS_VERIFY. */
const inMemory = "<IN MEMORY>";

/**
 * Docker's engine as the docker command finds it: by DOCKER_HOST, DOCKER_CONTEXT or the current context. The provider
 * alone would ignore the current context, and prefers DOCKER_CONTEXT even to the host that it's given.
 * @throws RunError in one line when no engine responds, when it can't build Kestra's image, or when command and
 * provider would use different ones.
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
  // the only one of the two that asks the engine, which may be behind SSH
  const info = JSON.parse(ask(["info", "--format", "{{json .}}"])) as Info;
  if (info.version) throw new RunError(podmanFault(info.version.Version));
  if (!info.ServerVersion) throw noResponse(firstLine(info.ServerErrors?.[0] ?? "it reports no version."));
  const fault = engineFault(info.ServerVersion, info.DriverStatus ?? []);
  if (fault !== undefined) throw new RunError(fault);
  const [{ Endpoints, TLSMaterial, Storage }] = JSON.parse(ask(["context", "inspect"])) as [Context];
  const folder =
    Storage.TLSPath === inMemory ? (certificates ?? join(homedir(), ".docker")) : join(Storage.TLSPath, "docker");
  const certPath = TLSMaterial.docker?.length ? folder : undefined;
  const platform = `${info.OSType}/${architectures[info.Architecture] ?? info.Architecture}`;
  return { host: Endpoints.docker.Host, certPath, platform, version: info.ServerVersion, memory: info.MemTotal };
}

const podmanFault = (version: string) =>
  `The docker command uses Podman ${version}, but the stack needs Docker's own engine: install it ` +
  "(https://docs.docker.com/engine/install/), or choose one with DOCKER_HOST or 'docker context use'.";

/** Why an engine can't build Kestra's image, and what to do. */
function engineFault(version: string, driverStatus: [string, string][]): string | undefined {
  // Podman's major version; Docker went from 1 to 17
  if (/^[2-9]\./.test(version)) return podmanFault(version);
  if (isOlder(version, oldest))
    return `Docker ${version} is too old: ${oldest} or newer is needed. Upgrade it: https://docs.docker.com/engine/install/`;
  const hasContainerdStore = driverStatus.some(([, value]) => value === "io.containerd.snapshotter.v1");
  if (!hasContainerdStore || !isOlder(version, oldestWithContainerdStore)) return undefined;
  return (
    `Docker ${version} with the containerd image store can't build Kestra's image: builds fail with 'no such host'. ` +
    `Upgrade Docker to ${oldestWithContainerdStore} or newer, or switch that store off: set "containerd-snapshotter" to ` +
    'false under "features" in /etc/docker/daemon.json and restart Docker (Docker Desktop: Settings > General).'
  );
}

/** Compares major and minor version; one that's no number, of an engine built from source, isn't older. */
function isOlder(version: string, bound: string): boolean {
  const [major, minor] = /^(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  const [boundMajor, boundMinor] = bound.split(".").map(Number) as [number, number];
  if (major === undefined) return false;
  return major < boundMajor || (major === boundMajor && minor! < boundMinor);
}

/** Output of a `docker` command that must succeed. */
function ask(args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync("docker", args, { encoding: "utf8", timeout: patience * 1000 });
  if (status === 0) return stdout.trim();
  if (error && "code" in error && error.code === "ENOENT") {
    throw new RunError("The docker command isn't on the PATH: install Docker, https://docs.docker.com/get-docker/");
  }
  throw noResponse(error ? `no answer within ${patience} s.` : firstLine(stderr));
}

const firstLine = (text: string) => text.trim().split("\n")[0]!;

function noResponse(reason: string): RunError {
  return new RunError(
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

/**
 * Output of a command in a running container.
 * @throws Error with the first line of what Docker or the command reported
 */
export async function execIn(container: string, command: string[]): Promise<string> {
  try {
    return (await run("docker", ["exec", container, ...command], { timeout: patience * 1000 })).stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(firstLine(stderr || message), { cause: error });
  }
}
