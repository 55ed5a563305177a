import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDocument } from "yaml";
import type { KestraClient } from "../../../kestra/client/client";
import { findPulumi } from "../../../local/tools/pulumiOnPath";
import { toolPath } from "../../../local/tools/tools";
import { failureNote } from "../../fakes/container";
import { GoogleApi } from "../../fakes/googleApi";
import { Store, type Event, type Fault, type Properties } from "../../fakes/store";
import { Workspace, type Ended } from "../../support/workspace";

const fakes = resolve("test/fakes");

/** What a stack has around it. */
export interface Surroundings {
  /** Name of the stack, that of its settings' file. */
  name: string;
  workspace: Workspace;
  store: Store;
  google: GoogleApi;
}

/** A step of an event log, `create Bucket data-bucket`. */
const stepOf = ({ method, type, name }: Event) => `${method} ${type.split(":").at(-1)} ${name}`;

/**
 * A checkout with a store and Google's APIs, for {@link EngineStack}.
 * @param packages those whose plugins the fakes take the place of
 */
export async function surroundings(name: string, packages: string[]): Promise<Surroundings> {
  const workspace = await Workspace.create();
  const store = new Store(workspace.path(".local", "fakes"));
  for (const folder of ["state", "home"]) mkdirSync(store.path(folder), { recursive: true });
  const project = parseDocument(readFileSync(workspace.path("Pulumi.yaml"), "utf8"));
  project.set("plugins", {
    providers: packages.map((each) => ({ name: each, path: join(fakes, "plugins", each) })),
  });
  writeFileSync(workspace.path("Pulumi.yaml"), project.toString());
  const google = await GoogleApi.start();
  google.made = (path) => {
    const made = store.all().find(({ id }) => path === id || path === `b/${id}`)?.properties;
    // an entry's id begins with its dataset's
    const entries = store.all("gcp:bigquery/datasetAccess:DatasetAccess").filter(({ id }) => id.startsWith(`${path}/`));
    return made && { ...made, access: entries.map(({ properties }) => properties) };
  };
  return { name, workspace, store, google };
}

/**
 * A stack on Google Cloud in a checkout of its own, under the real engine, with fake vendor plugins. A state of its
 * own; no account, no Docker.
 */
export abstract class EngineStack {
  /** All that its commands printed so far. */
  transcript = "";
  readonly workspace: Workspace;
  readonly store: Store;
  readonly google: GoogleApi;
  private readonly name: string;

  protected constructor({ name, workspace, store, google }: Surroundings) {
    this.name = name;
    this.workspace = workspace;
    this.store = store;
    this.google = google;
  }

  /** A client of the running server, with the stack's own user and password. */
  abstract client(): Promise<KestraClient>;

  /** Variables that its commands find more by. */
  protected environment(): Record<string, string> {
    return {};
  }

  /** Runs Pulumi on the stack. */
  pulumi(...args: string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** Runs Pulumi and presses Ctrl-C twice when it's time, of which the second ends it at once; what it printed. */
  async interrupt(isTime: () => boolean, ...args: string[]): Promise<string> {
    const { child, ended } = this.start(args);
    while (!isTime() && child.exitCode === null) await sleep(100);
    child.kill("SIGINT");
    await sleep(500);
    child.kill("SIGINT");
    const { code, output } = await ended;
    if (code === 0) throw new Error(`pulumi ${args.join(" ")} wasn't interrupted:\n${output}`);
    return output;
  }

  private start(args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
    const folder = findPulumi() ?? resolve(toolPath("pulumi"));
    const child = spawn(join(folder, "pulumi"), [...args, "-s", this.name, "--non-interactive"], {
      cwd: this.workspace.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: [join(fakes, "bin"), folder, resolve("node_modules/@pulumi/pulumi"), process.env.PATH].join(delimiter),
        FAKE_STORE: this.store.folder,
        PULUMI_HOME: this.store.path("home"),
        PULUMI_BACKEND_URL: `file://${this.store.path("state")}`,
        PULUMI_CONFIG_PASSPHRASE: "passphrase-of-the-tests",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...this.google.environment(),
        ...this.environment(),
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const ended = new Promise<Ended>((done) =>
      child.on("close", (code) => {
        this.transcript += output;
        done({ code, output });
      }),
    );
    return { child, ended };
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

  /** What the fakes were asked since the last call, in order, without the looks that change nothing. */
  steps(): string[] {
    return this.store
      .takeLog()
      .filter(({ method }) => method !== "read")
      .map(stepOf);
  }

  /** Makes steps to come fail, as the vendor would: each once, unless it says how often. */
  refuse(...faults: (Omit<Fault, "times"> & { times?: number })[]): void {
    this.store.refuse(faults.map((fault) => ({ times: 1, ...fault })));
  }

  /** Stops or starts Docker's engine, as its command sees it. */
  docker(state: "up" | "down"): void {
    this.store.setNote("docker-is-down", state === "down" ? "" : undefined);
  }

  /** Makes the next servers fail, with this log; undefined: they start again. */
  kestraFails(log: string | undefined): void {
    this.store.setNote(failureNote, log);
  }

  /** Resources that exist at the fakes, `type id`, with all their properties in plain text. */
  standing(): Map<string, string> {
    return new Map(
      this.store.all().map(({ type, id, properties }) => [`${type} ${id}`, JSON.stringify(properties)] as const),
    );
  }

  /** What is written at the fake about the one resource of a type, or the one whose name ends so. */
  properties(type: string, idEnd = ""): Properties {
    const found = this.store.all().filter((each) => each.type.endsWith(type) && each.id.endsWith(idEnd));
    if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
    return found[0]!.properties;
  }

  /** Deletes a resource behind Pulumi's back. */
  remove(type: string): void {
    const found = this.store.all().find((each) => each.type.endsWith(type))!;
    this.store.forget(found.type, found.id);
  }

  /** Text of the state as it lies in the backend. */
  state(): string {
    const folder = this.store.path("state", ".pulumi");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
  }

  /** Outputs of the stack; what is printed for it is left out of the transcript. */
  async outputs(): Promise<Record<string, string>> {
    const { transcript } = this;
    const printed = await this.succeed("stack", "output", "--json", "--show-secrets");
    this.transcript = transcript;
    return JSON.parse(printed) as Record<string, string>;
  }

  /** Ends what may still run, and deletes the checkout. */
  dispose(): void {
    this.google.stop();
    this.workspace.dispose();
  }
}
