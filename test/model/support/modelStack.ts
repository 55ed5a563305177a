import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { password, username } from "../../../local/lab/kestraHost";
import { findPulumi } from "../../../local/tools/pulumiOnPath";
import { toolPath } from "../../../local/tools/tools";
import type { FaultProxy } from "./faultProxy";
import type { Up } from "./history";
import type { Outcome } from "./oracle";
import {
  addresses,
  contents,
  flowSource,
  identitiesIn,
  values,
  type Identity,
  type Program,
  type Space,
  type Spec,
} from "./program";
import type { Declared } from "./project/index";

/** After how many creates, updates and deletes a run stops. */
export type Abort = Extract<Up["abort"], { afterCalls: number }>;

/** A line of the record of calls of handlers; `things` are those that a create, update or delete is about. */
export interface Note {
  event: "begin" | "end" | "kill";
  method: string;
  things: Identity[];
  pid: number;
}

/** A resource in state; of one name there may be several, while replaced ones are yet to be deleted. */
export interface StateRecord {
  urn: string;
  things: Identity[];
}

const types = { Flow: "flow", KvEntry: "entry", NamespaceFiles: "files" } as const;
const typePrefix = "pulumi-nodejs:dynamic/kestra:";

/** A stack under the real engine, of a project in a temporary folder with this checkout's resources. */
export class ModelStack {
  private readonly folder = mkdtempSync(join(tmpdir(), "model-pulumi-"));
  private readonly cli = findPulumi() ?? resolve(toolPath("pulumi"));
  private engine?: ChildProcess;
  private emptyState = "";

  private constructor(readonly proxy: FaultProxy) {}

  static async create(proxy: FaultProxy): Promise<ModelStack> {
    const made = new ModelStack(proxy);
    const link = (target: string, ...path: string[]) => symlinkSync(resolve(target), made.path(...path));
    for (const name of ["node_modules", "infra", "kestra", "local", "tsconfig.json"]) link(name, name);
    for (const name of ["state", "home", "dynamic"]) mkdirSync(made.path(name));
    for (const name of readdirSync("dynamic"))
      link(name === "load.ts" ? "test/model/support/project/load.ts" : join("dynamic", name), "dynamic", name);
    link("test/model/support/project/index.ts", "index.ts");
    const options = "runtime: {name: nodejs, options: {typescript: false, nodeargs: --import tsx}}";
    writeFileSync(made.path("Pulumi.yaml"), `name: model\n${options}\n`);
    writeFileSync(made.path("package.json"), '{"name":"model","main":"index.ts"}');
    const { code, output } = await made.pulumi("stack", "init", "model", "--non-interactive");
    if (code !== 0) throw new Error(`pulumi stack init ended with ${code}: ${output}`);
    made.emptyState = readFileSync(made.stateFile, "utf8");
    return made;
  }

  /** Empties the stack's state; what is on the server stays. */
  reset(): void {
    writeFileSync(this.stateFile, this.emptyState);
  }

  /** `pulumi up` of a program, of all resources or of these names. */
  async up(
    program: Program,
    how: Up,
    targets: Set<string> | undefined,
    namespace: (space: Space) => string,
  ): Promise<Outcome> {
    const { abort, faults, refresh, parallel } = how;
    const before = this.covered();
    this.write(program, namespace);
    this.proxy.arm(faults, abort && "atRequest" in abort ? abort.atRequest : undefined);
    writeFileSync(this.path("abort.json"), JSON.stringify(abort ?? {}));
    rmSync(this.path("calls.jsonl"), { force: true });
    const watch = setInterval(() => {
      if (this.proxy.isDead || this.notes().some(({ event }) => event === "kill")) this.kill();
    }, 50);
    const { code, output } = await this.pulumi(
      ...["up", "--yes", "--skip-preview", "--non-interactive", "-s", "model"],
      // of a killed run, state has what was done before the next thing is begun
      ...(parallel && abort === undefined ? [] : ["--parallel", "1"]),
      ...(refresh ? ["--refresh"] : []),
      ...[...(targets ?? [])].flatMap((name) => ["--target", fullUrn(name)]),
    );
    clearInterval(watch);
    // a lock of an engine that was killed
    rmSync(this.path("state", ".pulumi", "locks"), { recursive: true, force: true });
    const after = this.covered();
    return { succeeded: code === 0, output, covered: { before, after }, broken: brokenIn(this.notes(), after) };
  }

  /** The resources in state. */
  records(): StateRecord[] {
    const { checkpoint } = JSON.parse(readFileSync(this.stateFile, "utf8")) as {
      checkpoint: { latest?: { resources?: { urn: string; type: string; outputs?: Record<string, unknown> }[] } };
    };
    return (checkpoint.latest?.resources ?? []).flatMap(({ urn, type, outputs }) => {
      if (!type.startsWith(typePrefix)) return [];
      const kind = types[type.slice(typePrefix.length) as keyof typeof types];
      return [{ urn: `${kind} ${urn.split("::")[3]}`, things: identitiesIn(kind, outputs!) }];
    });
  }

  /** The things in state. */
  covered(): Set<Identity> {
    return new Set(this.records().flatMap(({ things }) => things));
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  private get stateFile(): string {
    return this.path("state", ".pulumi", "stacks", "model", "model.json");
  }

  private notes(): Note[] {
    const file = this.path("calls.jsonl");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Note);
  }

  /** Kills the engine of the run and the processes that serve it, all at once. */
  private kill(): void {
    this.engine?.kill("SIGKILL");
    for (const pid of new Set(this.notes().map((note) => note.pid))) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it has ended already
      }
    }
  }

  /** Writes the resources of a program, and the folders that they upload. */
  private write({ resources, address }: Program, namespace: (space: Space) => string): void {
    const form = addresses[address]!;
    const url = form === "localhost" ? this.proxy.url.replace("127.0.0.1", form) : this.proxy.url + form;
    const connection = { kind: "address" as const, url, username, password };
    rmSync(this.path("files"), { recursive: true, force: true });
    const declared = resources.map((spec): Declared => {
      const { kind, name, deleteFirst: deleteBeforeReplace } = spec;
      const args = { connection, ...this.argsOf(spec, namespace(spec.space)) };
      return { kind, name, args, deleteBeforeReplace };
    });
    writeFileSync(this.path("resources.json"), JSON.stringify(declared));
  }

  private argsOf(spec: Spec, namespace: string): object {
    if (spec.kind === "flow")
      return { file: `flows/${spec.id}.yaml`, source: flowSource(namespace, spec.id, spec.text) };
    if (spec.kind === "entry") {
      const [type, value] = values[spec.value]!;
      return { namespace, key: spec.key, type, value };
    }
    const directory = join("files", `${spec.name}-${spec.folder}`);
    for (const [path, content] of Object.entries(spec.files)) {
      const file = this.path(directory, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents[content]!);
    }
    return { namespace, directory };
  }

  private async pulumi(...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = spawn(join(this.cli, "pulumi"), args, {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: [this.cli, resolve("node_modules/@pulumi/pulumi"), process.env.PATH].join(delimiter),
        PULUMI_HOME: this.path("home"),
        PULUMI_BACKEND_URL: `file://${this.path("state")}`,
        PULUMI_CONFIG_PASSPHRASE: "passphrase-of-the-tests",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      },
    });
    this.engine = child;
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    // 'exit', not 'close': processes that a killed engine leaves behind keep its streams
    const code = await new Promise<number | null>((done) => child.on("exit", done));
    return { code, output };
  }
}

/** The engine's name of a resource from the model's, `entry a`. */
function fullUrn(name: string): string {
  const [kind, own] = name.split(" ");
  const type = Object.entries(types).find(([, each]) => each === kind)![0];
  return `urn:pulumi:model::model::${typePrefix}${type}::${own}`;
}

/** Things that a run was working on when it stopped, or had worked on without the state knowing it. */
function brokenIn(notes: Note[], covered: Set<Identity>): Set<Identity> {
  const open = new Map<string, Identity[]>();
  const made = new Set<Identity>();
  for (const { event, method, things } of notes) {
    const call = JSON.stringify([method, things]);
    if (event === "begin") open.set(call, things);
    else open.delete(call);
    if (method !== "delete") for (const thing of things) if (!covered.has(thing)) made.add(thing);
  }
  return new Set([...[...open.values()].flat(), ...made]);
}
