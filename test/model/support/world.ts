import type { KestraHost } from "../../../local/lab/kestraHost";
import { yaml } from "../../../local/lab/kestraHost";
import { contents, flowSource, values, type Identity, type Space } from "./histories/program";

/** What a server holds, of a history's namespaces. */
export interface World {
  /** Each thing's content as one text, which equals another one exactly when the contents do. */
  things: Map<Identity, string>;
  /** Folders of namespace files, `red models/deep`. */
  folders: Set<string>;
}

interface Child {
  type: "File" | "Directory";
  fileName: string;
}

/** An entry's content as a text; `json` is the value as the server writes it. */
export const entryText = (type: string, json: string, expires = false) =>
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

/** The text of a stated value. */
export function statedEntry(index: number): string {
  const [type, value] = values[index]!;
  return entryText(type, type === "STRING" ? JSON.stringify(value) : value);
}

/** A server's namespaces for one history: reads them, and changes things as somebody else would. */
export class Worlds {
  constructor(
    private readonly host: KestraHost,
    private readonly prefix: string,
  ) {}

  /** The name of a namespace on the server. */
  namespace(space: Space): string {
    return `${this.prefix}-${space}`;
  }

  async read(spaces: readonly Space[]): Promise<World> {
    const world: World = { things: new Map(), folders: new Set() };
    for (const space of spaces) {
      await this.readFlows(space, world);
      await this.readEntries(space, world);
      await this.readFolder(space, "", world);
    }
    return world;
  }

  /** Puts a thing there by hand, or deletes it; a folder that gets empty goes as well. */
  async change(identity: Identity, content: number | undefined, expires = false): Promise<string | undefined> {
    const [kind, space, key] = identity.split(" ") as ["flow" | "entry" | "file", Space, string];
    if (kind === "flow") return this.changeFlow(space, key, content);
    if (kind === "entry") return this.changeEntry(space, key, content, expires);
    return this.changeFile(space, key, content);
  }

  private async changeFlow(space: Space, id: string, content?: number): Promise<string | undefined> {
    const path = `/flows/${this.namespace(space)}/${id}`;
    if (content === undefined) return this.gone(path);
    const source = flowSource(this.namespace(space), id, content);
    const { status } = await this.host.send("POST", "/flows", source, yaml);
    if (status !== 200) await this.must("PUT", path, source, yaml);
    return source;
  }

  private async changeEntry(space: Space, key: string, content: number | undefined, expires: boolean) {
    const path = `/namespaces/${this.namespace(space)}/kv/${key}`;
    if (content === undefined) return this.gone(path);
    const [type, value] = values[content]!;
    const literal = type === "STRING" ? JSON.stringify(value) : value;
    await this.must("PUT", path, literal, "text/plain", expires ? { ttl: "PT1H" } : {});
    return statedEntry(content) + (expires ? " (expires)" : "");
  }

  private async changeFile(space: Space, path: string, content?: number): Promise<string | undefined> {
    const files = `/namespaces/${this.namespace(space)}/files`;
    const query = (below: string) => `?path=${encodeURIComponent(`/${below}`)}`;
    if (content !== undefined) {
      const form = new FormData();
      form.append("fileContent", new Blob([contents[content]!]), "by-hand");
      await this.must("POST", files + query(path), form);
      return contents[content];
    }
    // the server climbs when it is asked to delete what is gone
    if ((await this.host.send("GET", files + query(path))).status !== 200) return undefined;
    await this.must("DELETE", files + query(path));
    for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
      const { status, json } = await this.host.send<Child[]>("GET", `${files}/directory${query(folder)}`);
      if (status === 200 && json.length > 0) break;
      if (status === 200) await this.must("DELETE", files + query(folder));
    }
    return undefined;
  }

  private async gone(path: string): Promise<undefined> {
    const { status } = await this.host.send("DELETE", path);
    if (status >= 400 && status !== 404) throw new Error(`DELETE ${path}: ${status}`);
  }

  private async must(...args: Parameters<KestraHost["send"]>): Promise<void> {
    const { status, text } = await this.host.send(...args);
    if (status >= 300) throw new Error(`${args[0]} ${args[1]}: ${status} ${text}`);
  }

  private async readFlows(space: Space, { things }: World): Promise<void> {
    const namespace = this.namespace(space);
    for (const { id } of (await this.host.send<{ id: string }[]>("GET", `/flows/${namespace}`)).json) {
      const { json } = await this.host.send<{ source: string }>("GET", `/flows/${namespace}/${id}?source=true`);
      things.set(`flow ${space} ${id}`, json.source);
    }
  }

  private async readEntries(space: Space, { things }: World): Promise<void> {
    const path = `/namespaces/${this.namespace(space)}/kv`;
    for (const { key, expirationDate } of (
      await this.host.send<{ key: string; expirationDate?: string | null }[]>("GET", path)
    ).json) {
      const { text, json } = await this.host.send<{ type: string }>("GET", `${path}/${key}`);
      // as text: JSON.parse rounds what is above 2^53
      const value = /"value":(.*?)(?:,"revision":\d+,"updated":"[^"]*")?\}$/s.exec(text)![1]!;
      things.set(`entry ${space} ${key}`, entryText(json.type, value, Boolean(expirationDate)));
    }
  }

  private async readFolder(space: Space, folder: string, world: World): Promise<void> {
    const files = `/namespaces/${this.namespace(space)}/files`;
    const { json } = await this.host.send<Child[]>(
      "GET",
      `${files}/directory?path=${encodeURIComponent(`/${folder}`)}`,
    );
    for (const { type, fileName } of json ?? []) {
      const path = folder === "" ? fileName : `${folder}/${fileName}`;
      if (type === "Directory") {
        world.folders.add(`${space} ${path}`);
        await this.readFolder(space, path, world);
        continue;
      }
      const { text } = await this.host.send("GET", `${files}?path=${encodeURIComponent(`/${path}`)}`);
      world.things.set(`file ${space} ${path}`, text);
    }
  }
}

/** The folder above a path; empty at the root. */
export const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
