import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { toolPath } from "../../sandbox/setup/tools";
import { sha256 } from "../../kestra/handlers/handlers";
import { requireToolchain, toolchains } from "../../sandbox/setup/toolchains";
import { store, type Properties, type Subject } from "./provider";

interface Inputs {
  name: string;
  command?: string[];
  uploads?: { file: string; content: string }[];
  volumes?: { volumeName: string; containerPath: string }[];
  ports?: { external: number }[];
}

const folderOf = (container: string) => join(store(), "containers", container);
const pidFile = (container: string) => join(folderOf(container), "pid");

/** Folder of a volume: what is in it outlives the containers that mount it. */
const volumeFolder = ({ volumes = [] }: Inputs, path: string) =>
  join(store(), "volumes", volumes.find(({ containerPath }) => containerPath === path)!.volumeName);

/**
 * The configuration of a server in a container, for one on this machine: H2 takes the place of Postgres, its folders and ports are ours;
 * all else is left as it is.
 */
export function forThisMachine(
  configuration: string,
  storage: string,
  ports: { api: number; management: number },
): string {
  const own = parse(configuration) as { datasources: Properties; kestra: Properties };
  const { postgres, ...datasources } = own.datasources as { postgres?: { password: string } };
  if (postgres === undefined) throw new Error("the configuration names no Postgres");
  // a volume of Postgres has a password of its own, which tells the databases apart
  const database = join(storage, "..", `postgres-${sha256(postgres.password).slice(0, 12)}`);
  return stringify({
    ...own,
    micronaut: { server: { host: "127.0.0.1", port: ports.api } },
    endpoints: { all: { port: ports.management } },
    datasources: {
      ...datasources,
      h2: { url: `jdbc:h2:file:${join(database, "kestra")};TIME ZONE=UTC;DB_CLOSE_ON_EXIT=FALSE` },
    },
    kestra: {
      ...own.kestra,
      repository: { type: "h2" },
      queue: { type: "h2" },
      storage: { type: "local", local: { "base-path": join(storage, "files") } },
      tasks: { "tmp-dir": { path: join(storage, "tmp") } },
    },
  });
}

/**
 * In the place of Kestra's container: the embedded server, with the very configuration that the container gets. Other containers just
 * exist. Where a test wants a server that does not start, its log is what the store's file `kestra-fails` holds.
 */
export function startKestra({ inputs }: Subject): Promise<void> {
  const container = inputs as unknown as Inputs;
  if (container.command?.[0] !== "server") return Promise.resolve();
  const folder = folderOf(container.name);
  const storage = volumeFolder(container, "/app/storage");
  for (const each of [folder, storage]) mkdirSync(each, { recursive: true });
  const configuration = join(folder, "application.yml");
  const { content } = container.uploads!.find(({ file }) => file === "/app/secrets/application.yml")!;
  const api = container.ports![0]!.external;
  writeFileSync(configuration, forThisMachine(content, storage, { api, management: api + 1 }), { mode: 0o600 });
  const failure = join(store(), "kestra-fails");
  if (existsSync(failure)) {
    writeFileSync(join(folder, "log"), readFileSync(failure));
    return Promise.resolve();
  }
  const log = openSync(join(folder, "log"), "w", 0o600);
  const host = toolPath("kestra", "kestra-host.jar");
  const child = spawn(
    join(requireToolchain(toolchains.jdk), "bin", "java"),
    [
      "-Xmx512m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      `-XX:SharedArchiveFile=${resolve(toolPath("kestra", "kestra-host.jsa"))}`,
      "-Xlog:cds=off",
      "-Xlog:cds+dynamic=off",
      "-Duser.timezone=UTC",
      "-jar",
      resolve(host),
    ],
    {
      detached: true,
      stdio: ["ignore", log, log],
      env: { PATH: process.env.PATH, MICRONAUT_CONFIG_FILES: configuration },
    },
  );
  writeFileSync(pidFile(container.name), String(child.pid));
  child.unref();
  return Promise.resolve();
}

/** Ends the server of a container and waits until it is gone; its volume stays. */
export async function stopKestra({ inputs }: Subject): Promise<void> {
  const { name } = inputs as unknown as Inputs;
  if (!existsSync(pidFile(name))) return;
  const pid = Number(readFileSync(pidFile(name), "utf8"));
  const lives = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  if (lives()) process.kill(pid, "SIGTERM");
  while (lives()) await sleep(100);
  rmSync(pidFile(name));
}
