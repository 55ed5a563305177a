import { writeFileSync, rmSync } from "node:fs";
import { setInterval } from "node:timers";
import { password, username } from "../../../local/lab/kestraHost";
import type { FaultProxy } from "./faultProxy";
import { addressOf, argsOf, writeFolders } from "./goals";
import type { Up } from "./histories/history";
import type { Outcome } from "./oracle";
import type { Identity, Program } from "./histories/program";
import type { Stated } from "./project/index";
import type { Note, PulumiProject } from "./pulumiProject";
import { identitiesIn } from "./recording";
import { coveredBy, type Stack, type StateRecord } from "./replay";
import type { Worlds } from "./world";

const types = { flow: "Flow", entry: "KvEntry", files: "NamespaceFiles" } as const;
const kindOf = (type: string) => Object.entries(types).find(([, name]) => type.endsWith(`:${name}`))![0];

/** A stack under the real engine. */
export class PulumiStack implements Stack {
  constructor(
    readonly worlds: Worlds,
    private readonly proxy: FaultProxy,
    readonly project: PulumiProject,
  ) {
    project.reset();
  }

  async up(program: Program, how: Up, targets: Set<string> | undefined): Promise<Outcome> {
    const { abort, faults, schedule = "serial", refresh = false } = how;
    const before = coveredBy(this.records());
    this.write(program);
    this.proxy.arm(faults, abort && "atRequest" in abort ? abort.atRequest : undefined);
    rmSync(this.project.path("abort.json"), { force: true });
    if (abort && "afterCalls" in abort) writeFileSync(this.project.path("abort.json"), JSON.stringify(abort));
    const { code, output } = await this.whileWatched(() =>
      this.project.up(
        // a killed run: what was done is in state before the next thing is begun
        ...(schedule === "serial" || abort ? ["--parallel", "1"] : []),
        ...(refresh ? ["--refresh"] : []),
        ...[...(targets ?? [])].flatMap((urn) => ["--target", this.urn(urn)]),
      ),
    );
    const after = coveredBy(this.records());
    return {
      succeeded: code === 0,
      message: reasonsIn(output),
      isPartial: targets !== undefined,
      isRefreshed: refresh,
      covered: { before, after },
      broken: brokenIn(this.project.notes(), after),
    };
  }

  writes(): string[] {
    return this.proxy.writes;
  }

  records(): StateRecord[] {
    return this.project.state().map(({ urn, type, outputs }) => {
      const kind = kindOf(type);
      return { urn: `${kind} ${urn.split("::")[3]}`, things: identitiesIn(kind, outputs!) };
    });
  }

  /** Kills the run when a handler or the proxy says that it is time. */
  private async whileWatched<T>(work: () => Promise<T>): Promise<T> {
    const watch = setInterval(() => {
      if (this.proxy.isDead || this.project.notes().some(({ event }) => event === "kill")) this.project.kill();
    }, 50);
    try {
      return await work();
    } finally {
      clearInterval(watch);
    }
  }

  private urn(name: string): string {
    const [kind, own] = name.split(" ") as [keyof typeof types, string];
    return `urn:pulumi:model::model::pulumi-nodejs:dynamic/kestra:${types[kind]}::${own}`;
  }

  private write(program: Program): void {
    writeFolders(this.project.path("files"), program);
    const url = addressOf(this.proxy.url, program.address);
    const connection = { kind: "address" as const, url, username, password };
    const namespace = this.worlds.namespace.bind(this.worlds);
    const stated = program.resources.map((spec): Stated => {
      const { kind, name, deleteFirst: deleteBeforeReplace = false } = spec;
      const args = { connection, ...argsOf(spec, namespace, "files") };
      return { kind, name, args, deleteBeforeReplace };
    });
    writeFileSync(this.project.path("resources.json"), JSON.stringify(stated));
  }
}

/** The lines of an output that name what is wrong; all of it where there is none. */
function reasonsIn(output: string): string {
  const lines = output.split("\n").filter((line) => /error: (?!update failed)/.test(line));
  return lines.length === 0 ? output : [...new Set(lines.map((line) => line.trim()))].join("\n");
}

/** Things that a run was working on when it broke off, or had worked on without the state knowing it. */
function brokenIn(notes: Note[], covered: Set<Identity>): Set<Identity> {
  const open = new Map<string, Identity[]>();
  const made = new Set<Identity>();
  for (const note of notes) {
    if (note.event === "kill" || !["create", "update", "delete"].includes(note.method)) continue;
    const call = JSON.stringify([note.method, note.kind, note.things]);
    if (note.event === "begin") open.set(call, note.things);
    else open.delete(call);
    if (note.method !== "delete") for (const thing of note.things) if (!covered.has(thing)) made.add(thing);
  }
  return new Set([...[...open.values()].flat(), ...made]);
}
