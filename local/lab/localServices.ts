import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toolPath } from "../tools/tools";
import { freePort } from "./kestraHost";

/** A running local service. */
export interface LocalService {
  /** Root of its API. */
  url: string;
  /** The last 2,000 characters that it printed. */
  output: () => string;
  /** Ends its process, by default with SIGTERM; its exit status, or the signal that ended it. */
  stop: (signal?: NodeJS.Signals) => Promise<number | NodeJS.Signals | null>;
}

/** A tool that set-up builds, unless another one is named. Missing: an error, never a skipped test. */
export function tool(named: string | undefined, ...place: [string, ...string[]]): string {
  const path = named ?? toolPath(...place);
  if (!existsSync(path)) throw new Error(`${path} does not exist: npm run test:contract builds it`);
  return path;
}

/** Starts a process and waits until `health` answers 200; its last output is in the error when it does not. */
export async function startService(
  command: string,
  args: string[],
  env: Record<string, string>,
  url: string,
  health: string,
): Promise<LocalService> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (output = (output + data.toString()).slice(-2000)));
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`${command} ended with status ${child.exitCode}: ${output}`);
    if (await answers(health)) return { url, output: () => output, stop: (signal) => stop(child, signal) };
  }
  await stop(child);
  throw new Error(`${health} did not answer within a minute: ${output}`);
}

async function answers(health: string): Promise<boolean> {
  try {
    return (await fetch(health)).ok;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM") {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const patience = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await gone;
    clearTimeout(patience);
  }
  return child.exitCode ?? child.signalCode;
}

/** Starts fake-gcs-server over a folder. */
export async function startStorage(folder: string): Promise<LocalService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const listen = ["-scheme", "http", "-host", "127.0.0.1", "-port", String(port)];
  const addresses = ["-public-host", `127.0.0.1:${port}`, "-external-url", url];
  const data = ["-backend", "filesystem", "-filesystem-root", folder, "-log-level", "info"];
  const binary = tool(process.env.STORAGE_BIN, "storage", "fake-gcs-server");
  return startService(binary, [...listen, ...addresses, ...data], {}, url, `${url}/_internal/healthcheck`);
}

/** Starts the BigQuery emulator with a data folder over the files of `storage`. */
export async function startBigQuery(data: string, storage: string, grpcPort?: number): Promise<LocalService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const ports = ["--port", String(port), "--grpc-port", String(grpcPort ?? (await freePort()))];
  const args = [join("local", "bigquery", "main.py"), ...ports, "--data-dir", data, "--storage-root", storage];
  return startService(tool(process.env.BIGQUERY_PYTHON, "bigquery", "bin", "python"), args, {}, url, `${url}/readyz`);
}
