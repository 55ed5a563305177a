import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { contentHash } from "../../../tools/contentHash";
import { setUp } from "../../../tools/setUp";
import { toolchains } from "../../../tools/toolchains";
import type { Tool } from "../../../tools/tools";
import { printedBy, TemporaryFolder } from "../../../lab/temporaryFolder";

describe("set-up", () => {
  let folder: TemporaryFolder;
  /** Names of the tools that were built, in order. */
  let built: string[];
  beforeEach(() => {
    folder = new TemporaryFolder();
    built = [];
    folder.prints("go", "go version go1.26.0 linux/amd64");
    folder.prints("mvn", "Apache Maven 3.9.9");
    folder.prints("python3", "Python 3.12.0");
    folder.prints("git", "git version 2.40.0");
    process.env.JAVA_HOME = folder.jdk("jdk", "21.0.1");
    folder.write("sources/a", "1");
  });
  afterEach(() => folder.dispose());

  /** A tool that a shell script builds; it starts in its own output folder. */
  function tool(name: string, script = "echo built > result", others: Partial<Tool> = {}): Tool {
    return {
      name,
      title: `Tool ${name}`,
      sources: ["sources"],
      toolchains: [],
      build: async (out, run) => {
        built.push(name);
        await run("/bin/sh", ["-c", script], { cwd: out, env: { COLOUR: "red" } });
      },
      ...others,
    };
  }
  const stampOf = (name: string) => `.local/tools/${name}/.version`;
  const run = (...wanted: Tool[]) => printedBy(() => setUp(wanted));
  async function failure(...wanted: Tool[]): Promise<string> {
    let message = "";
    await printedBy(() =>
      assert.rejects(setUp(wanted), (error: Error) => {
        message = error.message;
        return true;
      }),
    );
    return message;
  }

  it("builds what is missing, in order, and prints it; a second call does nothing and prints nothing", async () => {
    const tools = ["one", "two", "three"].map((name) => tool(name));
    const lines = await run(...tools);
    assert.deepEqual(built, ["one", "two", "three"]);
    assert.equal(lines[0], "Setting up 3 tool(s), once: Tool one, Tool two, Tool three");
    for (const name of built) {
      assert.equal(readFileSync(`.local/tools/${name}/result`, "utf8"), "built\n");
      assert.equal(readFileSync(stampOf(name), "utf8"), contentHash(["sources"]));
      assert.ok(lines.some((line) => line.includes(`✓ Tool ${name}`)));
    }
    assert.deepEqual(await run(...tools), []);
    assert.equal(built.length, 3);
  });

  it("requires the toolchains of what is missing before it builds anything, and no others", async () => {
    rmSync("bin/go");
    const needsGo = tool("needs-go", undefined, { toolchains: [toolchains.go] });
    assert.match(await failure(tool("first"), needsGo), /^Go was not found: version /);
    assert.deepEqual(built, []);
    const needsPython = tool("first", undefined, { toolchains: [toolchains.python] });
    await run(needsPython);
    rmSync("bin/python3");
    assert.deepEqual(await run(needsPython), []);
    assert.deepEqual(built, ["first"]);
  });

  it("builds a tool whose sources changed, from an empty folder, and no other", async () => {
    folder.write("others/b", "1");
    const tools = [tool("one"), tool("two", "echo .* * > list", { sources: ["others"] })];
    await run(...tools);
    folder.write("others/b", "2");
    await run(...tools);
    assert.deepEqual(built, ["one", "two", "two"]);
    assert.equal(readFileSync(".local/tools/two/list", "utf8"), ". .. *\n");
  });

  it("doesn't build what the machine provides", async () => {
    assert.deepEqual(await run(tool("one", undefined, { provided: () => true })), []);
    assert.equal(existsSync(".local/tools/one"), false);
  });

  it("passes the environment and a step's variables to its commands", async () => {
    await run(tool("one", 'echo "$COLOUR $HOME" > result'));
    assert.equal(readFileSync(".local/tools/one/result", "utf8"), `red ${folder.path}\n`);
  });

  it("reports the end of a failed build's log, leaves no stamp, and builds again", async () => {
    const script = 'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo "line $i"; done; echo "  the reason" >&2; exit 3';
    const lines = (await failure(tool("one", script))).split("\n");
    const log = ".local/logs/setup-one.log";
    assert.equal(lines[0], `Tool one could not be built: /bin/sh ended with 3. Its last lines (all of them: ${log}):`);
    assert.equal(lines.length, 16);
    assert.equal(lines.at(-1)?.trim(), "the reason");
    assert.match(lines[1]!, /^ {2}line \d\d$/);
    assert.match(readFileSync(log, "utf8"), /^line 1\nline 2\n/);
    assert.equal(statSync(log).mode & 0o777, 0o600);
    assert.equal(existsSync(stampOf("one")), false);

    await run(tool("one"));
    assert.deepEqual(built, ["one", "one"]);
    assert.equal(existsSync(stampOf("one")), true);
    assert.equal(readFileSync(log, "utf8"), "");
  });

  it("names a command that can't be run, and the signal that ended one", async () => {
    const absent = tool("one", "", { build: (_out, run) => run("no-such-command", []) });
    assert.match(await failure(absent), /^Tool one could not be built: no-such-command: .*ENOENT$/);
    assert.match(
      await failure(tool("two", "kill -9 $$")),
      /^Tool two could not be built: \/bin\/sh ended with SIGKILL\./,
    );
  });

  it("reports in one line what to do about a full disk or a folder that it may not write to", async () => {
    const refusals: [string, RegExp][] = [
      [
        "mkdir: cannot create x: Read-only file system",
        /: a folder is read-only\. Make it writable, then run the same/,
      ],
      [
        "open x: permission denied",
        /: a folder may not be written\. Make it writable for this user, then run the same/,
      ],
      [
        "link: write: no space left on device",
        /: the disk is full\. Free some space \(set-up takes about 4 GB\), then/,
      ],
    ];
    for (const [line, remedy] of refusals) {
      const message = await failure(tool("one", `echo first; echo '${line}' >&2; echo last; exit 1`));
      assert.match(message, remedy);
      assert.ok(message.endsWith(` command again (${line}); all that was printed: .local/logs/setup-one.log`), message);
      assert.equal(message.includes("\n"), false);
    }
    for (const reason of ["EROFS: read-only file system, mkdir 'x'", "ENOENT: no such file or directory, mkdir 'x'"]) {
      const refused = Object.assign(new Error(reason), { code: reason.split(":")[0] });
      assert.equal(
        await failure(tool("one", "", { build: () => Promise.reject(refused) })),
        `Tool one could not be built: a folder is read-only. Make it writable, then run the same command again (${reason}).`,
      );
    }
  });

  it("starts no build after one failed; finished ones stay", async () => {
    let fail = () => {};
    const failed = new Promise<void>((done) => (fail = done));
    const tools = [
      tool("one", "", {
        build: () => {
          fail();
          return Promise.reject(new Error("one failed"));
        },
      }),
      tool("two", "", { build: () => failed }),
      tool("three"),
      tool("four"),
    ];
    assert.equal(await failure(...tools), "one failed");
    assert.deepEqual(built, []);
    assert.deepEqual(
      ["one", "two", "three", "four"].filter((name) => existsSync(stampOf(name))),
      ["two"],
    );
  });

  it("rebuilds what an interruption left without a stamp", async () => {
    folder.write(".local/tools/one/half", "half");
    await run(tool("one"));
    assert.deepEqual(built, ["one"]);
    assert.equal(existsSync(".local/tools/one/half"), false);
  });
});

describe("the hash of sources", () => {
  let folder: TemporaryFolder;
  beforeEach(() => (folder = new TemporaryFolder()));
  afterEach(() => folder.dispose());

  it("changes with every name and content, but not with build output", () => {
    const write = (file: string, content: string) => () => folder.write(file, content);
    for (const [file, content] of Object.entries({ "sources/a": "1", "sources/deep/b": "2", single: "3" }))
      folder.write(file, content);
    const hash = () => contentHash(["sources", "single"]);
    assert.match(hash(), /^[0-9a-f]{16}$/);
    const changes: (() => void)[] = [
      write("sources/deep/b", "22"),
      // contents that moved to another file
      () => (folder.write("sources/a", "22"), folder.write("sources/deep/b", "1")),
      () => (rmSync("sources/deep/b"), folder.write("sources/deep/c", "1")),
      write("sources/deep/new", ""),
      () => rmSync("sources/a"),
      write("single", "4"),
      write("sources/targets", "x"),
    ];
    const hashes = [hash(), ...changes.map((change) => (change(), hash()))];
    assert.equal(new Set(hashes).size, hashes.length);
    folder.write("sources/target/classes/X.class", "x");
    folder.write("sources/deep/__pycache__/b.pyc", "x");
    assert.equal(hash(), hashes.at(-1));
  });
});
