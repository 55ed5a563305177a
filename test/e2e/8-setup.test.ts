import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { Workspace } from "./support/workspace";

/** Sets up the linters alone, in the working directory. */
const program =
  'const load = (file) => require("tsx/cjs/api").require(file, process.cwd() + "/x.js");' +
  'load("./sandbox/setup/setup.ts").setUp([load("./sandbox/setup/tools.ts").linters])' +
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

  /** Runs it with no tool built; what it printed, and its exit code. */
  function setUpLinters(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
    rmSync(workspace.path(".local"), { recursive: true });
    mkdirSync(workspace.path(".local"));
    const child = spawn(process.execPath, ["-e", program], {
      cwd: workspace.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    return new Promise((done) => child.on("close", (code) => done({ code, output })));
  }

  it("tells in one line that it needs the network where nothing was fetched before", async () => {
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
    const yamllint = workspace.path(".local", "tools", "lint", "bin", "yamllint");
    assert.match(execFileSync(yamllint, ["--version"], { encoding: "utf8" }), /^yamllint \d/);
  });
});
