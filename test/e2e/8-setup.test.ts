import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { Workspace } from "../support/workspace";

/** Sets up the linters alone, in the working directory. */
const program =
  'const load = (file) => require("tsx/cjs/api").require(file, process.cwd() + "/x.js");' +
  'load("./local/tools/setUp.ts").setUp([load("./local/tools/tools.ts").linters])' +
  ".catch((error) => { console.error(error.message); process.exitCode = 1; });";

const nowhere = "http://127.0.0.1:9";
/** Lets pip reach no index: neither the usual one, nor one that the machine is configured for. */
const noNetwork = {
  PIP_CONFIG_FILE: "/dev/null",
  PIP_INDEX_URL: nowhere,
  PIP_EXTRA_INDEX_URL: "",
  PIP_FIND_LINKS: "",
  PIP_RETRIES: "0",
  ...Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) =>
      [name, name.toLowerCase()].map((key) => [key, nowhere]),
    ),
  ),
  NO_PROXY: "",
  no_proxy: "",
};

describe("set-up in a fresh checkout", () => {
  let workspace: Workspace;
  before(async () => {
    workspace = await Workspace.create();
  });
  after(() => workspace.dispose());

  function forgetTools(): void {
    rmSync(workspace.path(".local"), { recursive: true });
    mkdirSync(workspace.path(".local"));
  }

  /**
   * Runs it; what it printed, and its exit code.
   * @param until ends it, with all that it started, when that holds
   */
  function setUpLinters(
    env: Record<string, string>,
    until: () => boolean = () => false,
  ): Promise<{ code: number | null; output: string }> {
    const child = spawn(process.execPath, ["-e", program], {
      cwd: workspace.folder,
      detached: true,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const watch = setInterval(() => until() && process.kill(-child.pid!, "SIGKILL"), 20);
    return new Promise((done) =>
      child.on("close", (code) => {
        clearInterval(watch);
        done({ code, output });
      }),
    );
  }

  const linter = () =>
    execFileSync(workspace.path(".local", "tools", "lint", "bin", "yamllint"), ["--version"], { encoding: "utf8" });

  beforeEach(forgetTools);

  it("says in one line that it needs the network where nothing was fetched before", async () => {
    const { code, output } = await setUpLinters({ ...noNetwork, XDG_CACHE_HOME: workspace.path(".local", "cache") });
    assert.equal(code, 1);
    assert.match(
      output.trim().split("\n").at(-1)!,
      /^Linters .* could not be fetched\. Check the network connection, /,
    );
  });

  it("needs no network once another checkout fetched the Python packages", async function () {
    let { code, output } = await setUpLinters(noNetwork);
    if (code !== 0) {
      const fetching = await setUpLinters({});
      assert.equal(fetching.code, 0, fetching.output);
      ({ code, output } = await setUpLinters(noNetwork));
    }
    assert.equal(code, 0, output);
    assert.match(linter(), /^yamllint \d/);
  });

  // where a build can stand still half-made: the interpreter is there, a first package, the last one
  for (const file of ["bin/python", "bin/yamllint", "bin/sqlfluff"]) {
    it(`goes on after a kill that came when ${file} was there`, async () => {
      const { code } = await setUpLinters({}, () => existsSync(workspace.path(".local", "tools", "lint", file)));
      assert.equal(code, null);
      const again = await setUpLinters({});
      assert.equal(again.code, 0, again.output);
      assert.match(linter(), /^yamllint \d/);
    });
  }
});
