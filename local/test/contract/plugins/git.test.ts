import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { pluginLab, type Outcome, type PluginLab } from "../../../lab/pluginLab";

describe("io.kestra.plugin.git.SyncNamespaceFiles", () => {
  let lab: PluginLab;
  let url: string;
  let work: string;
  let namespaces = 0;
  let namespace: string;

  function git(...args: string[]): void {
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...identity, ...args], { cwd: work, stdio: "pipe" });
  }

  /** Commits files to a branch of the bare repository. */
  function commit(branch: string, files: Record<string, string>): void {
    git("checkout", "-q", "-B", branch);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(work, name)), { recursive: true });
      writeFileSync(join(work, name), content);
    }
    git("add", "-A");
    git("commit", "-q", "-m", "Change");
    git("push", "-q", "origin", branch);
  }

  before(async () => {
    lab = await pluginLab();
    work = join(lab.folder, "work");
    const bare = join(lab.folder, "repository.git");
    execFileSync("git", ["init", "-q", "--bare", "-b", "main", bare]);
    execFileSync("git", ["init", "-q", "-b", "main", work]);
    url = pathToFileURL(bare).href;
    git("remote", "add", "origin", url);
    commit("main", {
      "dbt/a.sql": "a1",
      "dbt/models/b.sql": "b1",
      "dbt/.kestraignore": "c.sql",
      "dbt/models/c.sql": "c",
      "dbt/.gitkeep": "",
      "README.md": "r",
    });
    commit("other", { "dbt/a.sql": "a2" });
  });

  beforeEach(() => {
    namespace = `git${++namespaces}`;
  });

  const sync = (properties: Record<string, unknown> = {}): Promise<Outcome> =>
    lab.run({
      id: "sync",
      type: "io.kestra.plugin.git.SyncNamespaceFiles",
      url,
      namespace,
      gitDirectory: "dbt",
      ...properties,
    });

  async function stored(path: string): Promise<string | undefined> {
    const answer = await lab.host.send("GET", `/namespaces/${namespace}/files?path=${encodeURIComponent(path)}`);
    return answer.status === 200 ? answer.text : undefined;
  }

  it("copies the folder's files to the root of the namespace's files", async () => {
    const outcome = await sync();
    assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
    assert.deepEqual([await stored("/a.sql"), await stored("/models/b.sql")], ["a1", "b1"]);
    assert.deepEqual(
      [await stored("/models/c.sql"), await stored("/.kestraignore"), await stored("/README.md")],
      [undefined, undefined, undefined],
    );
  });

  it("reads the given branch, and overwrites what changed", async () => {
    await sync();
    assert.equal((await sync({ branch: "other" })).state, "SUCCESS");
    assert.deepEqual([await stored("/a.sql"), await stored("/models/b.sql")], ["a2", "b1"]);
  });

  it("uses the default branch when the branch doesn't exist, and says so only at INFO", async () => {
    const outcome = await sync({ branch: "none" });
    assert.equal(await stored("/a.sql"), "a1");
    // both within a millisecond, by which the log is sorted
    assert.deepEqual(outcome.messages.map(({ level, message }) => `${level} ${message}`).sort(), [
      "INFO Branch none does not exist, creating it",
      `INFO Start cloning from '${url}'`,
    ]);
  });

  it("fails for a name with a blank before it writes anything", async () => {
    commit("blank", { "dbt/a b.sql": "ab" });
    const outcome = await sync({ branch: "blank" });
    const reason = "Illegal character in path at index 2: /a b.sql";
    assert.deepEqual(outcome.errors, [reason, reason]);
    assert.equal(await stored("/a.sql"), undefined);
  });

  it("names a missing folder, and a repository that can't be read", async () => {
    assert.deepEqual((await sync({ gitDirectory: "none" })).errors, [
      "The directory 'none' was not found in the git repository. Verify if the path exists in the specified branch 'main'.",
    ]);
    assert.deepEqual((await sync({ url: `${url}x` })).errors, Array(2).fill(`${url}x: not found.`));
  });
});
