import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../../dynamic/handlers";
import { define, folderOf, type Definition, type ServiceInputs, type ServiceName } from "./definitions";
import { identityOf, worksHere, type Identity } from "./identity";

/** Seconds that a service gets to become ready. */
const readyWithin = 90;

/** Seconds that a service has to stop before it is killed. */
const stopWithin = 20;

/** Seconds that a running service has to answer: a busy machine must not pass for a service that hangs. */
const busyWithin = 10;

/** Seconds that a port gets to be released: a process that ended keeps its sockets for a moment. */
const releasedWithin = 3;

/** Milliseconds between two looks. */
const interval = 100;

/**
 * What a service gets of this process's environment: where programs, files and certificates are, and how text and time
 * are written. No more, because a Process task of Kestra could read it: Pulumi's passphrase, say.
 */
const passedOn = [
  "PATH",
  "HOME",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
] as const;

const pidFile = (service: ServiceName) => join(folderOf(service), "pid");
const logFile = (service: ServiceName) => join(folderOf(service), "log");

/** What the pid file remembers of a started service. */
interface Started {
  pid: number;
  /** Start time of the process: a pid that another program got since isn't mistaken for the service. */
  startedAt?: string;
  /** Hash of the inputs that it was started with. */
  inputs: string;
}

const hashOf = (inputs: ServiceInputs) => sha256(JSON.stringify(inputs));

/** What the pid file says; a file that cannot be read is as good as none. */
function startedOf(service: ServiceName): Started | undefined {
  try {
    return JSON.parse(readFileSync(pidFile(service), "utf8")) as Started;
  } catch {
    return undefined;
  }
}

/** The live process that the pid file names, with its present folder: in a copied checkout, that of the original. */
function alive(service: ServiceName): (Started & Identity) | undefined {
  const started = startedOf(service);
  const now = started && identityOf(started.pid);
  return now && now.startedAt === started.startedAt ? { ...started, ...now } : undefined;
}

/** The service's process, if it lives and is this checkout's own. */
function running(service: ServiceName): Started | undefined {
  const process = alive(service);
  return process && worksHere(process) ? process : undefined;
}

/** True when this checkout's own process of the service lives. */
export const isRunning = (service: ServiceName) => running(service) !== undefined;

/** True when the service's own process lives, was started with these inputs, and says that it is ready. */
export async function isReady(inputs: ServiceInputs): Promise<boolean> {
  return running(inputs.service)?.inputs === hashOf(inputs) && (await answers(define(inputs).health, busyWithin));
}

async function answers(url: string, seconds = 2): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(seconds * 1000) })).ok;
  } catch {
    return false;
  }
}

/** True when nothing listens on the port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(true)));
  });
}

/**
 * Why a service can't have a port, and what to do: another program has it, or the checkout that this one is a copy of.
 */
export async function portFault(service: ServiceName, port: number): Promise<string | undefined> {
  if (await isFree(port)) return undefined;
  const original = alive(service)?.folder;
  const copied = original === undefined ? "" : ` (this is a copy of ${original}, whose services still run)`;
  return (
    `port ${port} is taken by another program${copied}. ` +
    "Stop that program, or choose other ports: npm run pulumi -- config set local:firstPort 9080 -s local"
  );
}

/** @throws Error when a port is taken */
async function requireFreePorts(service: ServiceName, { title, ports }: Definition): Promise<void> {
  const until = Date.now() + releasedWithin * 1000;
  for (const port of ports) {
    while (!(await isFree(port)) && Date.now() < until) await sleep(interval);
    const fault = await portFault(service, port);
    if (fault !== undefined) throw new Error(`${title} cannot start: ${fault}`);
  }
}

function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(passedOn.map((name) => [name, process.env[name]]));
}

/**
 * Starts the service detached from this process, unless it runs, and waits until it is ready. An instance of ours that
 * does not answer is stopped first.
 * @throws Error when a port is taken, or when the service ends or is not ready within 90 seconds; with the end of its
 * log.
 */
export async function start(inputs: ServiceInputs): Promise<void> {
  if (await isReady(inputs)) return;
  await stop(inputs.service);
  const definition = define(inputs);
  await requireFreePorts(inputs.service, definition);
  const folder = folderOf(inputs.service);
  mkdirSync(join(folder, "data"), { recursive: true });
  if (inputs.configuration !== undefined) {
    const file = join(folder, "configuration.yml");
    rmSync(file, { force: true });
    writeFileSync(file, inputs.configuration, { mode: 0o600 });
  }
  const log = openSync(logFile(inputs.service), "w", 0o600);
  const child = spawn(definition.command, definition.args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...inherited(), ...definition.env },
  });
  closeSync(log);
  const failure = new Promise<never>((_, fail) =>
    child.once("error", (error) => fail(new Error(`${definition.title} cannot start: ${error.message}`))),
  );
  if (child.pid !== undefined) {
    const { startedAt } = identityOf(child.pid) ?? {};
    const started: Started = { pid: child.pid, startedAt, inputs: hashOf(inputs) };
    // whole or not at all, whenever this process is killed
    writeFileSync(`${pidFile(inputs.service)}.part`, JSON.stringify(started));
    renameSync(`${pidFile(inputs.service)}.part`, pidFile(inputs.service));
  }
  child.unref();
  await Promise.race([failure, waitUntilReady(inputs, definition)]);
}

async function waitUntilReady(inputs: ServiceInputs, { title, health }: Definition): Promise<void> {
  const until = Date.now() + readyWithin * 1000;
  while (Date.now() < until) {
    await sleep(interval);
    if (running(inputs.service) === undefined)
      throw new Error(`${title} ended while it was starting${lastWords(inputs.service)}`);
    if (await answers(health)) return;
  }
  throw new Error(`${title} was not ready within ${readyWithin} s${lastWords(inputs.service)}`);
}

function lastWords(service: ServiceName): string {
  const lines = readFileSync(logFile(service), "utf8").trim().split("\n").slice(-5);
  return `. The end of its log (${logFile(service)}):\n  ${lines.join("\n  ")}`;
}

/**
 * Ends the service's process and waits until it is gone: by SIGTERM, after 20 seconds by SIGKILL. A process of another
 * checkout, which a copied pid file names, is left alone.
 */
export async function stop(service: ServiceName): Promise<void> {
  const pid = running(service)?.pid;
  if (pid === undefined) return;
  process.kill(pid, "SIGTERM");
  const until = Date.now() + stopWithin * 1000;
  while (isRunning(service)) {
    if (Date.now() > until) process.kill(pid, "SIGKILL");
    await sleep(interval);
  }
  rmSync(pidFile(service), { force: true });
}
