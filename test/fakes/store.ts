import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Properties = Record<string, unknown>;

/** A resource that exists at a fake. */
export interface Kept {
  type: string;
  id: string;
  properties: Properties;
}

/** What the engine asked of a fake. */
export interface Event {
  package: string;
  method: "create" | "update" | "delete" | "read";
  type: string;
  name: string;
}

/** A refusal that a test wants of the next steps. */
export interface Fault {
  /** Name of the resource. */
  name: string;
  message: string;
  /** How often; it is gone afterwards. */
  times: number;
}

/**
 * Folder of what the fakes keep, which their processes and the tests share: one file a resource that exists, with its
 * properties in plain text, a log of what was asked, and notes on what is not Pulumi's.
 */
export class Store {
  constructor(readonly folder: string) {}

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Properties of a resource that exists. */
  get(type: string, id: string): Properties | undefined {
    const text = readIfThere(this.fileOf(type, id));
    return text === undefined ? undefined : (JSON.parse(text) as Properties);
  }

  /** Every resource of a type, or of all. */
  all(type?: string): Kept[] {
    const root = this.path("resources");
    const types = existsSync(root) ? readdirSync(root) : [];
    return types
      .filter((each) => type === undefined || decodeURIComponent(each) === type)
      .flatMap((folder) =>
        readdirSync(join(root, folder)).map((file) => {
          const properties = JSON.parse(readFileSync(join(root, folder, file), "utf8")) as Properties;
          return { type: decodeURIComponent(folder), id: decodeURIComponent(file), properties };
        }),
      );
  }

  keep(type: string, id: string, properties: Properties): void {
    mkdirSync(dirname(this.fileOf(type, id)), { recursive: true });
    writeFileSync(this.fileOf(type, id), JSON.stringify(properties), { mode: 0o600 });
  }

  forget(type: string, id: string): void {
    rmSync(this.fileOf(type, id), { force: true });
  }

  /** A text that a test or a fake left under a name. */
  note(name: string): string | undefined {
    return readIfThere(this.path("notes", name));
  }

  /** Leaves a text under a name; undefined takes it away. */
  setNote(name: string, text: string | undefined): void {
    mkdirSync(this.path("notes"), { recursive: true });
    if (text === undefined) rmSync(this.path("notes", name), { force: true });
    else writeFileSync(this.path("notes", name), text);
  }

  log(event: Event): void {
    appendFileSync(this.path("log.jsonl"), `${JSON.stringify(event)}\n`);
  }

  /** What was logged since the last call, in order. */
  takeLog(): Event[] {
    const text = readIfThere(this.path("log.jsonl")) ?? "";
    rmSync(this.path("log.jsonl"), { force: true });
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Event);
  }

  refuse(faults: Fault[]): void {
    writeFileSync(this.path("faults.json"), JSON.stringify(faults));
  }

  /** The refusal that a test asked for, if any is left. */
  refusal(name: string): string | undefined {
    const faults = JSON.parse(readIfThere(this.path("faults.json")) ?? "[]") as Fault[];
    const fault = faults.find((each) => each.name === name && each.times > 0);
    if (fault === undefined) return undefined;
    fault.times -= 1;
    this.refuse(faults);
    return fault.message;
  }

  private fileOf(type: string, id: string): string {
    return this.path("resources", encodeURIComponent(type), encodeURIComponent(id));
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
