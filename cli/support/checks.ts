import { existsSync, readFileSync, statfsSync } from "node:fs";
import { parse } from "yaml";
import { RunError } from "@pulumi/pulumi";
import { accessToken } from "../../infra/google/credentials";
import { isOnThisMachine } from "../../kestra/server/docker/diagnosis";
import { findEngine, publishes, type Engine } from "../../kestra/server/docker/engine";
import { kestraVersion } from "../../kestra/server/version";
import { portsFrom, type ServiceName } from "../../local/services/definitions";
import { isFree, isRunning, portFault } from "../../local/services/processes";
import { findPulumi } from "../../local/tools/pulumiOnPath";
import { missingTools } from "../../local/tools/setUp";
import { faultOf, toolchains, type Toolchain } from "../../local/tools/toolchains";
import { stack as localStack } from "./stack";

/** A precondition of a stack. */
export interface Check {
  name: string;
  ok: boolean;
  /** What was found or, if it isn't ok, what to do. */
  detail: string;
}

/** Free bytes that set-up and the data of a few months need: tools take 2.3 GB, their caches about as much. */
const neededForSetUp = 6e9;
const neededToRun = 1e9;

/** Bytes of memory that Kestra and Postgres may use in Docker, of which an engine with 6 GB reports somewhat less. */
const neededInDocker = 5.5e9;

/** First of the local ports if the settings name none. */
const defaultFirstPort = 8080;

const ownerOf: Record<string, ServiceName> = {
  kestra: "kestra",
  kestraManagement: "kestra",
  storage: "storage",
  bigquery: "bigquery",
  bigqueryGrpc: "bigquery",
  openData: "openData",
};

/**
 * The preconditions of a stack, looked at together; nothing is built or changed.
 * @param onlyNeeded leaves out the toolchains of tools that are built
 */
export async function checksOf(stack: string, onlyNeeded = false): Promise<Check[]> {
  const versions = [node(), pulumi(stack), { name: "Kestra", ok: true, detail: `${kestraVersion}, pinned` }];
  if (stack !== localStack) return [...versions, ...(await docker(stack)), await credentials()];
  const tools = missingTools();
  const needed = new Set<Toolchain>(tools.flatMap((tool) => tool.toolchains));
  const { go, jdk, maven, python, git } = toolchains;
  const isChecked = (toolchain: Toolchain) => !onlyNeeded || toolchain === jdk || needed.has(toolchain);
  return [
    ...versions,
    ...[go, jdk, maven, python, git]
      .filter(isChecked)
      .map((toolchain) => toolchainCheck(toolchain, needed.has(toolchain))),
    ...(await Promise.all(
      (Object.entries(portsFrom(firstPort())) as [string, number][]).map(([name, port]) => portCheck(name, port)),
    )),
    disk(tools.length > 0),
  ];
}

function node(): Check {
  return { name: "Node", ok: true, detail: process.versions.node };
}

function pulumi(stack: string): Check {
  const found = findPulumi();
  if (found !== undefined) return { name: "Pulumi", ok: true, detail: `in ${found}` };
  const ok = stack === localStack;
  const detail = ok ? "none on PATH: set-up builds one" : "install 3.230 or newer: https://www.pulumi.com/docs/install";
  return { name: "Pulumi", ok, detail };
}

/** The engine and, where Kestra will run in it, its memory and Kestra's port. */
async function docker(stack: string): Promise<Check[]> {
  let engine: Engine;
  try {
    engine = findEngine();
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return [{ name: "Docker", ok: false, detail: error.message }];
  }
  const { host, platform, version, memory } = engine;
  const found = { name: "Docker", ok: true, detail: `${version}, ${platform}, at ${host}` };
  const settings = settingsIn(stack);
  // for another runtime it only builds the image
  if ((settings["bay-wheels:runtime"] ?? "docker") !== "docker") return [found];
  const port = Number(settings["bay-wheels:kestraPort"] ?? 8080);
  return [found, dockerMemory(memory), ...(isOnThisMachine(host) ? [await kestraPort(stack, port)] : [])];
}

function dockerMemory(bytes: number): Check {
  const ok = bytes >= neededInDocker;
  const detail = `${(bytes / 1e9).toFixed(1)} GB`;
  const remedy = ": 6 GB needed. Give Docker more (Docker Desktop: Settings > Resources), or use a larger machine";
  return { name: "Memory", ok, detail: ok ? `${detail} for containers` : detail + remedy };
}

/** The port that Kestra's container gets, or has already. */
async function kestraPort(stack: string, port: number): Promise<Check> {
  const name = `Port ${port}`;
  if (await isFree(port)) return { name, ok: true, detail: "free for Kestra" };
  if (publishes(`bay-wheels-${stack}-kestra`, port)) return { name, ok: true, detail: "ours: Kestra" };
  const remedy = `Stop that program (stack local: npm run destroy), or choose another port: pulumi config set -s ${stack} kestraPort <port>`;
  return { name, ok: false, detail: `taken by another program. ${remedy}` };
}

/** Google's credentials, those that Pulumi's provider uses, too. */
async function credentials(): Promise<Check> {
  const name = "Google";
  try {
    await accessToken();
    return { name, ok: true, detail: "your credentials give a token" };
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message };
  }
}

/** A toolchain that nothing needs any more may be missing: the JDK alone is needed to run, too. */
function toolchainCheck(toolchain: Toolchain, isNeeded: boolean): Check {
  const fault = faultOf(toolchain);
  const name = toolchain.name;
  if (fault === undefined) return { name, ok: true, detail: toolchain.find()!.version };
  const ok = !isNeeded && toolchain !== toolchains.jdk;
  return { name, ok, detail: ok ? "not found, and not needed: the tools are built" : fault };
}

/** The settings in a stack's file. */
function settingsIn(stack: string): Record<string, unknown> {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(file)) return {};
  const settings = parse(readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null;
  return settings?.config ?? {};
}

/** The first port in the settings of stack `local`. */
const firstPort = () => Number(settingsIn(localStack)["local:firstPort"] ?? defaultFirstPort);

async function portCheck(purpose: string, port: number): Promise<Check> {
  const name = `Port ${port}`;
  const service = ownerOf[purpose]!;
  if (isRunning(service)) return { name, ok: true, detail: `ours: ${service}` };
  const fault = await portFault(service, port);
  return { name, ok: fault === undefined, detail: fault ?? `free for ${purpose}` };
}

function disk(isSetUp: boolean): Check {
  const { bavail, bsize } = statfsSync(".");
  const free = bavail * bsize;
  const needed = isSetUp ? neededForSetUp : neededToRun;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(0)} GB`;
  const ok = free >= needed;
  return {
    name: "Disk",
    ok,
    detail: ok ? `${gigabytes(free)} free` : `${gigabytes(free)} free: ${gigabytes(needed)} needed. Free some space`,
  };
}
