import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toolPath } from "../tools/tools";
import { requireToolchain, toolchains } from "../tools/toolchains";
import type { ErrorBody, Execution, Flow } from "./kestraTypes";

/** Milliseconds that a host gets to become ready, or to end. */
const patience = 60_000;

export const username = "tester@bay-wheels.local";
export const password = "Only4Tests";

/** The built host: `KESTRA_HOST_JAR`, or where set-up builds it. */
const jar = resolve(process.env.KESTRA_HOST_JAR ?? toolPath("kestra", "kestra-host.jar"));

export interface HostOptions {
  /** Configuration that wins over the usual one; `undefined` takes a key out. Dotted keys. */
  configuration?: Record<string, string | number | undefined>;
  /** Folders put before the host's own libraries on the class path. */
  classPath?: string[];
  env?: Record<string, string>;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** The answer of a request, with its body as text and, where it is JSON, read. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  text: string;
  json: T;
}

/** A Kestra host in a temporary folder, on free ports. */
export class KestraHost {
  private process?: ChildProcess;
  /** What the host printed so far. */
  stdout = "";
  stderr = "";

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly managementPort: number,
    private readonly options: HostOptions,
  ) {}

  /** Makes a host without starting it. */
  static async create(options: HostOptions = {}): Promise<KestraHost> {
    return new KestraHost(mkdtempSync(join(tmpdir(), "kestra-host-")), await freePort(), await freePort(), options);
  }

  /** Starts a host and waits until it is ready. */
  static async start(options: HostOptions = {}): Promise<KestraHost> {
    const host = await KestraHost.create(options);
    await host.boot();
    return host;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get managementUrl(): string {
    return `http://127.0.0.1:${this.managementPort}`;
  }

  /** Starts the process, on the data of the last one if there was one, and waits until it is ready. */
  async boot(): Promise<void> {
    this.launch();
    const until = Date.now() + patience;
    while (Date.now() < until) {
      if (this.process!.exitCode !== null)
        throw new Error(`the host ended with ${this.process!.exitCode}: ${this.stderr || this.stdout}`);
      const ready = await fetch(`${this.managementUrl}/health/readiness`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) return;
      await sleep(100);
    }
    throw new Error(`the host was not ready within ${patience} ms: ${this.stdout}`);
  }

  /** Starts a process that is to end by itself; its exit code. */
  async bootInVain(): Promise<number | null> {
    this.launch();
    return this.ended();
  }

  /** Ends the process and waits until it is gone; its exit code. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    if (this.process?.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    return this.ended();
  }

  /** Ends the process and deletes its data. */
  async dispose(): Promise<void> {
    if (this.process) await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Sends a request with the right password, to a path below `/api/v1/main`. A form goes as the client sends
   * it, in one piece on a new connection: from a form in pieces the server can add a carriage return to a value.
   */
  async send<T = unknown>(
    method: string,
    path: string,
    body?: string | FormData,
    contentType?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const form = body instanceof FormData ? new Response(body) : undefined;
    const content = form ? Buffer.from(await form.arrayBuffer()) : (body as string | undefined);
    const type = form?.headers.get("content-type") ?? contentType;
    return this.ask<T>(`${this.url}/api/v1/main${path}`, {
      method,
      ...(content === undefined ? {} : { body: content }),
      headers: {
        authorization: basic(username, password),
        ...(type ? { "content-type": type } : {}),
        ...(form ? { connection: "close" } : {}),
        ...headers,
      },
    });
  }

  /**
   * Sends a request as {@link send}, head and body in one packet: a 404 to one whose body is still under way can make
   * the server hang (docs/local-cloud.md), which fetch risks on a busy machine.
   */
  sendAtOnce<T = unknown>(method: string, path: string, body: string, contentType: string): Promise<Answer<T>> {
    const headers = {
      authorization: basic(username, password),
      "content-type": contentType,
      "content-length": Buffer.byteLength(body),
    };
    return new Promise((done, failed) => {
      const sent = request(`${this.url}/api/v1/main${path}`, { method, headers, agent: false }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("end", () => {
          const status = answer.statusCode!;
          done({ status, headers: new Headers(), text, json: (text ? JSON.parse(text) : undefined) as T });
        });
      });
      sent.on("error", failed).end(body);
    });
  }

  /** Sends any request. */
  async ask<T = unknown>(url: string, init: RequestInit = {}): Promise<Answer<T>> {
    const answer = await fetch(url, init);
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    return { status: answer.status, headers: answer.headers, text, json: (isJson ? JSON.parse(text) : undefined) as T };
  }

  private launch(): void {
    if (!existsSync(jar))
      throw new Error(`${jar} does not exist: build it with npm run test:contract, or name another in KESTRA_HOST_JAR`);
    const file = join(this.folder, "configuration.json");
    writeFileSync(file, JSON.stringify(this.configuration()), { mode: 0o600 });
    const archive = join(dirname(jar), "kestra-host.jsa");
    const speed = [
      "-Xmx512m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-Xlog:cds=off",
      "-Xlog:cds+dynamic=off",
      "-Duser.timezone=UTC",
    ];
    const shared = existsSync(archive) && !this.options.classPath ? [`-XX:SharedArchiveFile=${archive}`] : [];
    const target = this.options.classPath
      ? ["-cp", [...this.options.classPath, jar].join(delimiter), "baywheels.kestra.host.Main"]
      : ["-jar", jar];
    this.stdout = this.stderr = "";
    this.process = spawn(join(requireToolchain(toolchains.jdk), "bin", "java"), [...speed, ...shared, ...target], {
      cwd: this.folder,
      env: { ...process.env, MICRONAUT_CONFIG_FILES: file, ...this.options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process.stdout!.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr!.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  private configuration(): Record<string, string | number> {
    const all: Record<string, string | number | undefined> = {
      "micronaut.server.port": this.port,
      "endpoints.all.port": this.managementPort,
      "datasources.h2.url": "jdbc:h2:file:./data/kestra;TIME ZONE=UTC;DB_CLOSE_ON_EXIT=FALSE",
      "kestra.url": this.url,
      "kestra.server.basic-auth.username": username,
      "kestra.server.basic-auth.password": password,
      "kestra.encryption.secret-key": Buffer.alloc(32, "k").toString("base64"),
      "kestra.storage.local.base-path": "data/storage",
      "kestra.tasks.tmp-dir.path": "data/tmp",
      ...this.options.configuration,
    };
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
    );
  }

  private async ended(): Promise<number | null> {
    const { process } = this;
    if (!process) return null;
    if (process.exitCode !== null || process.signalCode !== null) return process.exitCode;
    return new Promise((done, fail) => {
      const timer = setTimeout(
        () => fail(new Error(`the host has not ended within ${patience} ms: ${this.stdout}`)),
        patience,
      );
      process.once("close", (code) => {
        clearTimeout(timer);
        done(code);
      });
    });
  }
}

/** The body of an error. */
export function errorOf(answer: Answer<unknown>): ErrorBody {
  return answer.json as ErrorBody;
}

/** The value of an `Authorization` header. */
export function basic(user: string, secret: string): string {
  return `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
}

export const yaml = "application/x-yaml";

/** Registers a flow; fails when the host refuses it. */
export async function register(host: KestraHost, source: string): Promise<Flow> {
  const answer = await host.send<Flow>("POST", "/flows", source, yaml);
  if (answer.status !== 200) throw new Error(`flow refused: ${answer.status} ${answer.text}`);
  return answer.json;
}

/** Runs a flow to its end; the ended execution. */
export async function run(
  host: KestraHost,
  namespace: string,
  flow: string,
  inputs: Record<string, string> = {},
): Promise<Execution> {
  const form = new FormData();
  for (const [name, value] of Object.entries(inputs)) form.append(name, value);
  const answer = await host.send<Execution>("POST", `/executions/${namespace}/${flow}?wait=true`, form);
  if (answer.status !== 200) throw new Error(`flow not run: ${answer.status} ${answer.text}`);
  return answer.json;
}

/** Looks again and again until there is something. */
export async function eventually<T>(look: () => Promise<T | undefined>, within = 30_000): Promise<T> {
  const until = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`nothing came within ${within} ms`);
    await sleep(100);
  }
}
