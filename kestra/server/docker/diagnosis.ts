import { lastLines, reasonNotRunning } from "./engine";

/** Where a container is. */
export interface DockerContainer {
  container: string;
  /** Address of the Docker engine. */
  engine: string;
}

/** Lines of the container's log that are searched for why the server doesn't start. */
const logLines = 200;

/** Command that sets Postgres' password to the one in its container's file; inside, its user needs none. */
export function passwordRemedy(postgres: string): string {
  const sql = `echo \\"alter user kestra password '\\$(cat /run/secrets/postgres-password)'\\"`;
  return `docker exec ${postgres} sh -c "${sql} | psql -qv ON_ERROR_STOP=1 -U kestra kestra"`;
}

/** Known causes by what the server's log says, with the remedy. */
const causes: { words: RegExp; remedy: (container: string) => string }[] = [
  {
    words: /password authentication failed for user/,
    remedy: (container) =>
      "The volume of Postgres and the stack have different passwords. Set the stack's, which changes no data: " +
      `${passwordRemedy(container.replace(/-kestra$/, "-postgres"))}; then run 'pulumi up' again`,
  },
  {
    words: /OutOfMemoryError|oom-kill/i,
    remedy: () => "The server ran out of memory: give Docker 6 GB or more, then run 'pulumi up' again",
  },
];

/** Why a container doesn't run, and what to do: Docker couldn't start it, or a user stopped it. */
export function stoppedFault(container: string): string | undefined {
  const still = reasonNotRunning(container);
  if (still === undefined) return undefined;
  const remedy = `Fix that, run docker start ${container}, then run 'pulumi up' again`;
  return `Container '${container}' isn't running: ${still}. ${remedy}`;
}

/** What to do about a server that wasn't ready in time, by its log, with the last result. */
export function timeoutRemedy({ container, engine }: DockerContainer, url: string, seen: string): string {
  const log = lastLines(container, logLines);
  const cause = causes.find(({ words }) => log.some((line) => words.test(line)));
  const { port } = new URL(url);
  const tunnel = `Docker is at ${engine}: open a tunnel to it first (ssh -L ${port}:127.0.0.1:${port} <host>). `;
  const remedy =
    cause?.remedy(container) ??
    `${isOnThisMachine(engine) ? "" : tunnel}Look at its log (docker logs ${container}), or raise the timeout ` +
      "(pulumi config set bay-wheels:kestraStartTimeout 600), then run 'pulumi up' again";
  const errors = log.filter((line) => /\b(ERROR|FATAL|Exception)\b/.test(line)).slice(-3);
  const lines = errors.length > 0 ? `\n  ${errors.join("\n  ")}` : "";
  return `${remedy}. Last seen: ${seen}${lines}`;
}

/** True for a Docker engine that publishes its containers' ports on this machine. */
export const isOnThisMachine = (engine: string) => /^(unix|npipe):/.test(engine);
