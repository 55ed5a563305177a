import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { toolPath } from "../../local/tools/tools";
import { requireToolchain, toolchains } from "../../local/tools/toolchains";
import type { Properties } from "./store";

/** What takes the place of a server's surroundings on this machine. */
export interface Surroundings {
  /** Folder in place of the Postgres database. */
  database: string;
  /** Folder in place of the internal storage. */
  storage: string;
  ports: { api: number; management: number };
}

/**
 * The configuration of a server elsewhere, for one on this machine: H2 takes the place of Postgres, its folders and
 * ports are ours; all else is left as it is.
 */
export function forThisMachine(configuration: string, { database, storage, ports }: Surroundings): string {
  const own = parse(configuration) as { datasources: Properties; kestra: Properties };
  const { postgres, ...datasources } = own.datasources;
  if (postgres === undefined) throw new Error("the configuration names no Postgres");
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

const pidFile = (folder: string) => join(folder, "pid");

/** Starts the embedded server; configuration, log and process id lie in a folder of its own. */
export function startServer(folder: string, configuration: string, surroundings: Surroundings): void {
  for (const each of [folder, surroundings.storage]) mkdirSync(each, { recursive: true });
  const file = join(folder, "application.yml");
  writeFileSync(file, forThisMachine(configuration, surroundings), { mode: 0o600 });
  const log = openSync(join(folder, "log"), "w", 0o600);
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
      resolve(toolPath("kestra", "kestra-host.jar")),
    ],
    {
      detached: true,
      stdio: ["ignore", log, log],
      env: { PATH: process.env.PATH, MICRONAUT_CONFIG_FILES: file },
    },
  );
  writeFileSync(pidFile(folder), String(child.pid));
  child.unref();
}

/** Id of the server's process; undefined when none was started. */
export function pidOf(folder: string): number | undefined {
  return existsSync(pidFile(folder)) ? Number(readFileSync(pidFile(folder), "utf8")) : undefined;
}

/** True while the server of a folder runs. */
export function isRunning(folder: string): boolean {
  const pid = pidOf(folder);
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Ends the server of a folder and waits until it is gone; its data stays. */
export async function stopServer(folder: string): Promise<void> {
  if (isRunning(folder)) process.kill(pidOf(folder)!, "SIGTERM");
  while (isRunning(folder)) await sleep(100);
  rmSync(pidFile(folder), { force: true });
}

/** Ends the server of a folder at once, as a crash would. */
export function killServer(folder: string): void {
  if (isRunning(folder)) process.kill(pidOf(folder)!, "SIGKILL");
}
