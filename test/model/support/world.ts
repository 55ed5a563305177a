import { yaml, type KestraHost } from "../../../local/lab/kestraHost";
import { contents, flowSource, spaces, values, type Identity, type Space } from "./program";

/** What a server holds in a history's namespaces. */
export interface Contents {
  /** Each thing's content as one text; texts are equal exactly when the contents are. */
  things: Map<Identity, string>;
  /** Folders of namespace files, `red models/deep`. */
  folders: Set<string>;
}

/** The folder above a path; empty at the root. */
export const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** An entry's content as a text; `json` is the value as the server writes it. */
const entryText = (type: string, json: string, expires = false) =>
  `${type} ${canonical(json)}${expires ? " (expires)" : ""}`;

/** A JSON text with its keys sorted; numbers keep every digit. */
function canonical(json: string): string {
  const exact = json.replace(/(?<=[[:,\s]|^)-?\d{16,}(?=[\],}\s]|$)/g, (digits) => `"exactly ${digits}"`);
  return JSON.stringify(JSON.parse(exact), (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** A value of the program as JSON. */
const literal = ([type, value]: (typeof values)[number]) => (type === "STRING" ? JSON.stringify(value) : value);

/** The content of an entry that the program declares. */
export const declaredEntry = (index: number) => entryText(values[index]![0], literal(values[index]!));

/** A server's namespaces for one history: reads them, and changes things as somebody else would. */
export class World {
  constructor(
    private readonly host: KestraHost,
    private readonly prefix: string,
  ) {}

  /** The name of a namespace on the server. */
  namespace(space: Space): string {
    return `${this.prefix}-${space}`;
  }

  async read(): Promise<Contents> {
    const found: Contents = { things: new Map(), folders: new Set() };
    for (const space of spaces) {
      await this.readFlows(space, found);
      await this.readEntries(space, found);
      await this.readFolder(space, "", found);
    }
    return found;
  }

  /** Puts a thing there by hand, or deletes it; a folder that gets empty goes as well. Its content now. */
  async change(identity: Identity, content: number | undefined, expires = false): Promise<string | undefined> {
    const [kind, space, key] = identity.split(" ") as ["flow" | "entry" | "file", Space, string];
    if (kind === "file") return this.changeFile(space, key, content);
    const at = this.namespace(space);
    const path = kind === "flow" ? `/flows/${at}/${key}` : `/namespaces/${at}/kv/${key}`;
    if (content === undefined) {
      const { status } = await this.host.send("DELETE", path);
      if (status >= 400 && status !== 404) throw new Error(`DELETE ${path}: ${status}`);
      return undefined;
    }
    if (kind === "entry") {
      const value = literal(values[content]!);
      await this.must("PUT", path, value, "text/plain", expires ? { ttl: "PT1H" } : {});
      return entryText(values[content]![0], value, expires);
    }
    const source = flowSource(at, key, content);
    const { status } = await this.host.send("POST", "/flows", source, yaml);
    if (status !== 200) await this.must("PUT", path, source, yaml);
    return source;
  }

  private async changeFile(space: Space, path: string, content?: number): Promise<string | undefined> {
    const at = this.fileAt(space, path);
    if (content !== undefined) {
      const form = new FormData();
      form.append("fileContent", new Blob([contents[content]!]), "by-hand");
      await this.must("POST", at, form);
      return contents[content];
    }
    // the server deletes the folder above when it is asked to delete what is gone
    if ((await this.host.send("GET", at)).status !== 200) return undefined;
    await this.must("DELETE", at);
    for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
      const { status, json } = await this.host.send<unknown[]>("GET", this.fileAt(space, folder, "/directory"));
      if (status === 200 && json.length > 0) break;
      if (status === 200) await this.must("DELETE", this.fileAt(space, folder));
    }
    return undefined;
  }

  private fileAt(space: Space, path: string, what = ""): string {
    return `/namespaces/${this.namespace(space)}/files${what}?path=${encodeURIComponent(`/${path}`)}`;
  }

  private async must(...args: Parameters<KestraHost["send"]>): Promise<void> {
    const { status, text } = await this.host.send(...args);
    if (status >= 300) throw new Error(`${args[0]} ${args[1]}: ${status} ${text}`);
  }

  private async readFlows(space: Space, { things }: Contents): Promise<void> {
    const path = `/flows/${this.namespace(space)}`;
    for (const { id } of (await this.host.send<{ id: string }[]>("GET", path)).json) {
      const { json } = await this.host.send<{ source: string }>("GET", `${path}/${id}?source=true`);
      things.set(`flow ${space} ${id}`, json.source);
    }
  }

  private async readEntries(space: Space, { things }: Contents): Promise<void> {
    const path = `/namespaces/${this.namespace(space)}/kv`;
    const { json: all } = await this.host.send<{ key: string; expirationDate?: string | null }[]>("GET", path);
    for (const { key, expirationDate } of all) {
      const { text, json } = await this.host.send<{ type: string }>("GET", `${path}/${key}`);
      // as text: JSON.parse rounds what is above 2^53
      const value = /"value":(.*?)(?:,"revision":\d+,"updated":"[^"]*")?\}$/s.exec(text)![1]!;
      things.set(`entry ${space} ${key}`, entryText(json.type, value, Boolean(expirationDate)));
    }
  }

  private async readFolder(space: Space, folder: string, found: Contents): Promise<void> {
    const { json } = await this.host.send<{ type: "File" | "Directory"; fileName: string }[]>(
      "GET",
      this.fileAt(space, folder, "/directory"),
    );
    for (const { type, fileName } of json ?? []) {
      const path = folder === "" ? fileName : `${folder}/${fileName}`;
      if (type === "Directory") {
        found.folders.add(`${space} ${path}`);
        await this.readFolder(space, path, found);
      } else found.things.set(`file ${space} ${path}`, (await this.host.send("GET", this.fileAt(space, path))).text);
    }
  }
}
