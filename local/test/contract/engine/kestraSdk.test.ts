import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KestraHost, password, username } from "../../../lab/kestraHost";
import { tool } from "../../../lab/localServices";

const controllers = join("local", "engine", "host", "src", "main", "java", "baywheels", "kestra", "host", "api");

/** A line of `drive.py`. */
interface Verdict {
  check: string;
  route: string;
  ok: boolean;
  problem: string | null;
}

/** Address that an annotation adds to that of its controller: `("/x")`, `(uri = "/x", …)` or nothing. */
const address = /^\((?:uri = )?"([^"]*)"/;

/** The routes that a controller declares, as `METHOD /path`. */
function routesOf(source: string): string[] {
  const root = /@Controller\("([^"]*)"\)/.exec(source)?.[1];
  if (root === undefined) return [];
  return [...source.matchAll(/^ {4}@(Get|Post|Put|Patch|Delete|Head|Options)\b(.*)$/gm)].map(
    ([, method, values]) => `${method!.toUpperCase()} ${root}${address.exec(values!)?.[1] ?? ""}`,
  );
}

const declared = readdirSync(controllers)
  .flatMap((file) => routesOf(readFileSync(join(controllers, file), "utf8")))
  .sort();

/** Runs the SDK's checks against a host; what each of them found. */
async function drive(host: KestraHost): Promise<Verdict[]> {
  const python = tool(process.env.ORACLES_PYTHON, "oracles", "bin", "python");
  const child = spawn(python, [join("local", "oracles", "kestraSdk", "drive.py"), "--url", host.url], {
    env: {
      ...process.env,
      KESTRA_USERNAME: username,
      KESTRA_PASSWORD: password,
      PYTHONDONTWRITEBYTECODE: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("close", done));
  assert.ok(code === 0 || code === 1, `drive.py ended with ${code}: ${stderr}`);
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Verdict);
}

describe("Kestra host: Kestra's own Python SDK", () => {
  let host: KestraHost;
  let verdicts: Verdict[];
  before(async function () {
    this.timeout(300_000);
    host = await KestraHost.start({
      configuration: { "endpoints.routes.enabled": "true", "endpoints.routes.sensitive": "false" },
    });
    verdicts = await drive(host);
  });
  after(() => host.dispose());

  for (const route of declared)
    it(`reads every answer of ${route}`, () => {
      const found = verdicts.filter((each) => each.route === route);
      assert.ok(found.length > 0, "no check drives this route: write one");
      const problems = found.filter((each) => !each.ok).map((each) => `${each.check}: ${each.problem}`);
      assert.deepEqual(problems, []);
    });

  it("drives no route that no controller declares", () => {
    const strangers = verdicts.filter(({ route }) => !declared.includes(route));
    assert.deepEqual(strangers, []);
  });

  it("knows every route that the server itself lists", async () => {
    const { json } = await host.ask<Record<string, unknown>>(`${host.managementUrl}/routes`);
    const listed = Object.keys(json).flatMap((entry) => {
      const [, path, method] = /^\{\[(\/api\/[^\]]*)\],method=\[([A-Z]+)\]/.exec(entry) ?? [];
      return path === undefined || method === "HEAD" ? [] : [`${method} ${path}`];
    });
    assert.deepEqual([...new Set(listed)].sort(), declared);
  });
});
