import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { KestraClient } from "../../../kestra/client";
import { findPulumi } from "../../../sandbox/setup/pulumiOnPath";
import { toolPath } from "../../../sandbox/setup/tools";
import { startKestra } from "../../standIns/container";
import type { Event, Fault } from "../../standIns/provider";
import { GoogleApi } from "../../standIns/googleApi";
import { Workspace, type Ended } from "./workspace";

const standIns = resolve("test/standIns");

/** Steps of an event log, `create gcp:storage/bucket:Bucket data-bucket`, without the looks that change nothing. */
const stepOf = ({ method, type, name }: Event) => `${method} ${type.split(":").at(-1)} ${name}`;

/**
 * Stack `dev` in a checkout of its own, under the real engine, with stand-ins for the vendors' plugins of Google Cloud and Docker; in the
 * place of Kestra's container answers the embedded server. A state of its own; no account, no Docker.
 */
export class DevStack {
  /** All that its commands printed so far. */
  transcript = "";

  private constructor(
    readonly workspace: Workspace,
    private readonly store: string,
    readonly google: GoogleApi,
  ) {}

  static async create(): Promise<DevStack> {
    const workspace = await Workspace.create();
    const store = workspace.path(".local", "standIns");
    for (const folder of ["state", "home"]) mkdirSync(join(store, folder), { recursive: true });
    const project = parseDocument(readFileSync(workspace.path("Pulumi.yaml"), "utf8"));
    const plugins = ["gcp", "docker"].map((name) => ({ name, path: join(standIns, "plugins", name) }));
    project.set("plugins", { providers: plugins });
    writeFileSync(workspace.path("Pulumi.yaml"), project.toString());
    const stack = new DevStack(workspace, store, await GoogleApi.start());
    await stack.succeed("stack", "init");
    await stack.succeed("config", "set", "gcp:project", "test-project-1");
    await stack.succeed("config", "set", "kestraPort", String(workspace.firstPort));
    return stack;
  }

  /** Runs Pulumi on stack `dev`. */
  async pulumi(...args: string[]): Promise<Ended> {
    const folder = findPulumi() ?? resolve(toolPath("pulumi"));
    const child = spawn(join(folder, "pulumi"), [...args, "-s", "dev", "--non-interactive"], {
      cwd: this.workspace.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: [join(standIns, "bin"), folder, resolve("node_modules/@pulumi/pulumi"), process.env.PATH].join(delimiter),
        STANDIN_STORE: this.store,
        PULUMI_HOME: join(this.store, "home"),
        PULUMI_BACKEND_URL: `file://${join(this.store, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "passphrase-of-the-tests",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...this.google.environment(),
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const code = await new Promise<number | null>((done) => child.on("close", done));
    this.transcript += output;
    return { code, output };
  }

  /** Runs Pulumi, which must succeed; what it printed. */
  async succeed(...args: string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /** Runs Pulumi, which must fail; what it printed. */
  async fail(...args: string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code === 0) throw new Error(`pulumi ${args.join(" ")} did not fail:\n${output}`);
    return output;
  }

  up(...args: string[]): Promise<string> {
    return this.succeed("up", "--yes", ...args);
  }

  /** Sets a value of the configuration. */
  async set(key: string, value: string, ...flags: string[]): Promise<void> {
    await this.succeed("config", "set", ...flags, key, value);
  }

  /** What the stand-ins were asked since the last call, in order. */
  steps(): string[] {
    const file = join(this.store, "log.jsonl");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    rmSync(file);
    return lines.map((line) => stepOf(JSON.parse(line) as Event)).filter((step) => !step.startsWith("read "));
  }

  /** Makes steps to come fail, as the vendor would: each once, unless it says how often. */
  refuse(...faults: (Omit<Fault, "times"> & { times?: number })[]): void {
    const all: Fault[] = faults.map((fault) => ({ times: 1, ...fault }));
    writeFileSync(join(this.store, "faults.json"), JSON.stringify(all));
  }

  /** Stops or starts Docker's engine, as its command sees it. */
  docker(state: "up" | "down"): void {
    const file = join(this.store, "docker-is-down");
    if (state === "down") writeFileSync(file, "");
    else rmSync(file, { force: true });
  }

  /** Makes the next servers fail, with this log; undefined: they start again. */
  kestraFails(log: string | undefined): void {
    const file = join(this.store, "kestra-fails");
    if (log === undefined) rmSync(file, { force: true });
    else writeFileSync(file, log);
  }

  /** Starts Kestra's container once more, as Docker does with one that ended. */
  async restartKestra(): Promise<void> {
    process.env.STANDIN_STORE = this.store;
    await startKestra({ name: "", config: {}, inputs: this.properties("container:Container", this.kestraContainer()) });
  }

  /** Resources that exist at the stand-ins, `type id`, with all their properties in plain text. */
  standing(): Map<string, string> {
    const root = join(this.store, "resources");
    if (!existsSync(root)) return new Map();
    const files = readdirSync(root).flatMap((type) => readdirSync(join(root, type)).map((id) => [type, id] as const));
    return new Map(
      files.map(([type, id]) => [
        `${decodeURIComponent(type)} ${decodeURIComponent(id)}`,
        readFileSync(join(root, type, id), "utf8"),
      ]),
    );
  }

  /** What is written at the stand-in about the one resource of a type, or the one whose name ends so. */
  properties(type: string, idEnd = ""): Record<string, unknown> {
    const found = [...this.standing()].filter(([key]) => key.split(" ")[0]!.endsWith(type) && key.endsWith(idEnd));
    if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
    return JSON.parse(found[0]![1]) as Record<string, unknown>;
  }

  /** Id of Kestra's container. */
  kestraContainer(): string {
    const found = [...this.standing()].find(([, text]) => text.includes('"name":"bay-wheels-dev-kestra"'));
    return found![0].split(" ")[1]!;
  }

  /** File of a container's folder: `log`, `application.yml`, `pid`. */
  containerFile(container: string, file: string): string {
    return join(this.store, "containers", container, file);
  }

  /** Deletes a resource behind Pulumi's back. */
  remove(type: string): void {
    const [key] = [...this.standing().keys()].filter((each) => each.split(" ")[0]!.endsWith(type));
    const [typeName, id] = key!.split(" ") as [string, string];
    rmSync(join(this.store, "resources", encodeURIComponent(typeName), encodeURIComponent(id)));
  }

  /** Text of the state as it lies in the backend. */
  state(): string {
    const folder = join(this.store, "state", ".pulumi");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
  }

  /** Ends the server in Kestra's container at once, as a crash would. */
  killKestra(): void {
    process.kill(Number(readFileSync(this.containerFile("bay-wheels-dev-kestra", "pid"), "utf8")), "SIGKILL");
  }

  /** Outputs of the stack; what is printed for it is left out of the transcript. */
  async outputs(): Promise<Record<string, string>> {
    const { transcript } = this;
    const printed = await this.succeed("stack", "output", "--json", "--show-secrets");
    this.transcript = transcript;
    return JSON.parse(printed) as Record<string, string>;
  }

  /** A client of the running server, with the stack's own user and password. */
  async client(): Promise<KestraClient> {
    const { kestraUrl: url, kestraUser: username, kestraPassword: password } = await this.outputs();
    return new KestraClient({ kind: "address", url: url!, username: username!, password: password! });
  }

  /** Ends what may still run, and deletes the checkout. */
  dispose(): void {
    const pid = this.containerFile("bay-wheels-dev-kestra", "pid");
    if (existsSync(pid)) {
      try {
        process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
      } catch {
        // it has ended by itself
      }
    }
    this.google.stop();
    this.workspace.dispose();
  }
}
