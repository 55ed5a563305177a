import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sha256 } from "../../../../dynamic/handlers";
import type { NamespaceFilesInputs } from "../../../../kestra/resources/namespaceFiles";
import { basic, KestraHost, password, username } from "../../../../local/lab/kestraHost";
import { connectionTo, writesOf } from "./kestraRequests";

export type Contents = Record<string, string | Uint8Array>;

/** A host for a suite; each test has its own namespace and working folder. */
export class FilesLab {
  host!: KestraHost;
  namespace = "";

  /** Call it in the suite: it adds hooks. */
  constructor() {
    const root = process.cwd();
    let folder = "";
    let count = 0;
    before(async () => (this.host = await KestraHost.start()));
    after(() => this.host.dispose());
    beforeEach(() => {
      this.namespace = `files-${++count}`;
      process.chdir((folder = mkdtempSync(join(tmpdir(), "namespace-files-"))));
    });
    afterEach(() => {
      process.chdir(root);
      rmSync(folder, { recursive: true });
    });
  }

  write(directory: string, contents: Contents): void {
    for (const [path, content] of Object.entries(contents)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
  }

  /** Fills the folder with exactly these files, and returns the matching inputs. */
  inputs(contents: Contents, directory = "dbt"): NamespaceFilesInputs {
    rmSync(directory, { recursive: true, force: true });
    this.write(directory, contents);
    const files = Object.fromEntries(
      Object.keys(contents).map((path) => [path, sha256(readFileSync(join(directory, path)))]),
    );
    return { connection: connectionTo(this.host), namespace: this.namespace, directory, files };
  }

  get filesPath(): string {
    return `/namespaces/${this.namespace}/files`;
  }

  query(path: string): string {
    return `${this.filesPath}?path=${encodeURIComponent(`/${path}`)}`;
  }

  /** A file's content, or the status of the response. */
  async stored(path: string): Promise<Buffer | number> {
    const answer = await fetch(`${this.host.url}/api/v1/main${this.query(path)}`, {
      headers: { authorization: basic(username, password) },
    });
    return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : answer.status;
  }

  async putByHand(path: string, content: string): Promise<void> {
    const form = new FormData();
    form.append("fileContent", new Blob([content]), "by-hand");
    assert.equal((await this.host.send("POST", this.query(path), form)).status, 200);
  }

  /** The names in a folder, sorted. */
  async list(folder = ""): Promise<string[]> {
    const path = `${this.filesPath}/directory?path=${encodeURIComponent(`/${folder}`)}`;
    const { json } = await this.host.send<{ fileName: string }[]>("GET", path);
    return json.map(({ fileName }) => fileName).sort();
  }

  /**
   * The requests of `work` that change files, such as `POST models/a.sql`. The first writes are sorted by path and
   * listed once each, because a write is retried if it created a folder at the same moment as another.
   */
  async changes(work: () => Promise<unknown>): Promise<string[]> {
    const requests = (await writesOf(work)).map((request) => request.replace(`${this.filesPath}/`, ""));
    const end = requests.findIndex((request) => !request.startsWith("POST "));
    const writes = end === -1 ? requests.length : end;
    return [...new Set(requests.slice(0, writes).sort()), ...requests.slice(writes)];
  }
}
