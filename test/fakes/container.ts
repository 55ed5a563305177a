import { mkdirSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import { sha256 } from "../../dynamic/handlers";
import type { Subject } from "./behaviour";
import { startServer, stopServer } from "./server";
import type { Store } from "./store";

interface Inputs {
  name: string;
  command?: string[];
  uploads?: { file: string; content: string }[];
  volumes?: { volumeName: string; containerPath: string }[];
  ports?: { external: number }[];
}

/** Note of the log of a server that does not start, where a test wants one. */
export const failureNote = "kestra-fails";

/** Folder of a container: its log, its configuration, its process. */
export const containerFolder = (store: Store, container: string) => store.path("containers", container);

/** Folder of a volume: what is in it outlives the containers that mount it. */
const volumeFolder = (store: Store, { volumes = [] }: Inputs, path: string) =>
  store.path("volumes", volumes.find(({ containerPath }) => containerPath === path)!.volumeName);

/**
 * In the place of Kestra's container: the embedded server, with the very configuration that the container gets. Other
 * containers just exist.
 */
export function startKestra({ inputs, store }: Subject): void {
  const container = inputs as unknown as Inputs;
  if (container.command?.[0] !== "server") return;
  const folder = containerFolder(store, container.name);
  const storage = volumeFolder(store, container, "/app/storage");
  const { content } = container.uploads!.find(({ file }) => file === "/app/secrets/application.yml")!;
  const failure = store.note(failureNote);
  if (failure !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/log`, failure);
    return;
  }
  const api = container.ports![0]!.external;
  const { datasources } = parse(content) as { datasources: { postgres: { password: string } } };
  // a volume of Postgres has a password of its own, by which databases differ
  const database = store.path("volumes", `postgres-${sha256(datasources.postgres.password).slice(0, 12)}`);
  startServer(folder, content, { database, storage, ports: { api, management: api + 1 } });
}

/** Ends the server of a container and waits until it is gone; its volume stays. */
export async function stopKestra({ inputs, store }: Subject): Promise<void> {
  await stopServer(containerFolder(store, String(inputs.name)));
}
