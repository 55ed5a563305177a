import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { KestraHost, password, username } from "../../../lab/kestraHost";
import { tool } from "../../../lab/localServices";

const controllers = join("local", "engine", "host", "src", "main", "java", "baywheels", "kestra", "host", "api");

/** Path that an annotation adds to its controller's: `("/x")`, `(uri = "/x", …)` or nothing. */
const address = /^\((?:uri = )?"([^"]*)"/;

/** The routes that a controller declares, as `METHOD /path`. */
function routesOf(source: string): string[] {
  const root = /@Controller\("([^"]*)"\)/.exec(source)?.[1];
  if (root === undefined) return [];
  return [...source.matchAll(/^ {4}@(Get|Post|Put|Patch|Delete)\b(.*)$/gm)].map(
    ([, method, values]) => `${method!.toUpperCase()} ${root}${address.exec(values!)?.[1] ?? ""}`,
  );
}

const declared = readdirSync(controllers).flatMap((file) => routesOf(readFileSync(join(controllers, file), "utf8")));

const variables = (route: string) => route.split("{").length;

/** The declared route of a request: of those that match, the one with the fewest variables. */
function routeOf(request: string): string | undefined {
  const matching = declared.filter((route) => new RegExp(`^${route.replace(/\{\w+\}/g, "[^/]+")}$`).test(request));
  return matching.sort((a, b) => variables(a) - variables(b))[0];
}

it("Kestra host: Kestra's own Python SDK calls every route and can read every answer", async () => {
  const host = await KestraHost.start();
  try {
    const python = tool(process.env.ORACLES_PYTHON, "oracles", "bin", "python");
    const driver = join("local", "oracles", "kestraSdk", "drive.py");
    const env = { ...process.env, SDK_PASSWORD: password };
    const { stdout } = await promisify(execFile)(python, ["-B", driver, host.url, username, "SDK_PASSWORD"], { env });
    const { requests, problems } = JSON.parse(stdout) as { requests: string[]; problems: string[] };
    assert.deepEqual(problems, []);
    assert.deepEqual([...new Set(requests.map(routeOf))].sort(), declared.sort());
  } finally {
    await host.dispose();
  }
}).timeout(300_000);
