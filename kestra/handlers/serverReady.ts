import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { dynamic } from "@pulumi/pulumi";
import { KestraClient } from "../client";
import { lastLines, publishes, stillness } from "../docker/engine";
import { isUnknown, sameValue, type Handlers } from "./handlers";

/** Inputs and state of `kestra:ServerReady`. */
export interface ServerReadyInputs {
  url: string;
  username: string;
  password: string;
  server: string;
  container: string;
  engine: string;
  timeout: number;
}

/** Milliseconds between two looks, and between two reports of what was seen. */
const interval = 1000;
const reportEvery = 15_000;

/** Lines of the container's log that are read to tell why the server does not come. */
const logLines = 200;

/** Gives Postgres the password that its container has in a file: within it, its user needs none. */
export function passwordRemedy(postgres: string): string {
  const sql = `echo \\"alter user kestra password '\\$(cat /run/secrets/postgres-password)'\\"`;
  return `docker exec ${postgres} sh -c "${sql} | psql -qv ON_ERROR_STOP=1 -U kestra kestra"`;
}

/** What the server's log may say of the cause, and the remedy. */
const causes: { words: RegExp; remedy: (container: string) => string }[] = [
  {
    words: /password authentication failed for user/,
    remedy: (container) =>
      "The volume of Postgres has another password than the stack. Give it the stack's, which changes no data: " +
      `${passwordRemedy(container.replace(/-kestra$/, "-postgres"))}; then run 'pulumi up' again`,
  },
  {
    words: /OutOfMemoryError|oom-kill/i,
    remedy: () => "The server ran out of memory: give Docker 6 GB or more, then run 'pulumi up' again",
  },
];

/** Undefined when the server answers to its user, else what it does in place of that. */
async function fault({ url, username, password }: ServerReadyInputs): Promise<string | undefined> {
  try {
    await new KestraClient({ kind: "address", url, username, password }).send("GET", "/flows/search?size=1");
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function wait(inputs: ServerReadyInputs): Promise<ServerReadyInputs> {
  const { timeout, url, container } = inputs;
  const started = Date.now();
  let reported = started;
  for (;;) {
    const seen = await fault(inputs);
    if (seen === undefined) return inputs;
    const now = Date.now();
    if (now - started > timeout * 1000) throw new Error(givenUp(inputs, seen));
    if (now - reported >= reportEvery) {
      reported = now;
      const still = stillness(container);
      if (still !== undefined) throw new Error(notRunning(container, still));
      // the engine shows what a provider writes to stderr
      console.error(`Waiting for Kestra at ${url} (${Math.round((now - started) / 1000)} s): ${seen}`);
    }
    await sleep(interval);
  }
}

/** Docker made the container and could not start it, or somebody stopped it: no change that Pulumi sees would start it. */
function notRunning(container: string, still: string): string {
  return `Container '${container}' does not run: ${still}. Mend that, then: docker start ${container}, and run 'pulumi up' again`;
}

function givenUp({ url, container, engine, timeout }: ServerReadyInputs, seen: string): string {
  const log = lastLines(container, logLines);
  const cause = causes.find(({ words }) => log.some((line) => words.test(line)));
  const tunnel = `Docker is at ${engine}: open a tunnel to it first (ssh -L ${new URL(url).port}:127.0.0.1:${new URL(url).port} <host>). `;
  const remedy =
    cause?.remedy(container) ??
    `${isOnThisMachine(engine) ? "" : tunnel}Look into its log (docker logs ${container}), or give it longer ` +
      "(pulumi config set bay-wheels:kestraStartTimeout 600), then run 'pulumi up' again";
  const told = log.filter((line) => /\b(ERROR|FATAL|Exception)\b/.test(line)).slice(-3);
  const lines = told.length > 0 ? `\n  ${told.join("\n  ")}` : "";
  return `Kestra at ${url} was not ready within ${timeout} s. ${remedy}. Last seen: ${seen}${lines}`;
}

const isOnThisMachine = (engine: string) => /^(unix|npipe):/.test(engine);

/** True when nobody listens on the port of 127.0.0.1. */
function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(true)));
  });
}

export const handlers: Handlers<ServerReadyInputs, ServerReadyInputs> = {
  /** At a preview, while the container is yet to be made, its port must be free, or that of the container which it replaces. */
  async check(olds, news): Promise<dynamic.CheckResult<ServerReadyInputs>> {
    if (!isUnknown(news.server) || olds.url === news.url || !isOnThisMachine(news.engine)) return { inputs: news };
    const port = Number(new URL(news.url).port);
    if ((await isFree(port)) || publishes(news.container, port)) return { inputs: news };
    const remedy = "Stop that program, or choose another port: pulumi config set bay-wheels:kestraPort <port>";
    return {
      inputs: news,
      failures: [{ property: "url", reason: `Port ${port} is taken by another program. ${remedy}` }],
    };
  },
  diff: (_id, olds, news) => Promise.resolve({ changes: !sameValue(waitedFor(olds), waitedFor(news)) }),
  create: async (inputs) => ({ id: inputs.container, outs: await wait(inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, _olds, news) => ({ outs: await wait(news) }),
  delete: () => Promise.resolve(),
};

function waitedFor({ url, username, password, server }: ServerReadyInputs) {
  return { url, username, password, server };
}
