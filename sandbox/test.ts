import { join } from "node:path";
import { inForeground } from "./foreground";
import { setUp } from "./setup/setup";
import { linters, oracles, toolPath, tools, zetaSql } from "./setup/tools";

const suites = ["unit", "contract", "e2e"];

/** Suites that need no built tool. */
const withoutTools = new Set(["unit"]);

const npmTool = (name: string) => join("node_modules", ".bin", name);
const pythonTool = (name: string) => toolPath(linters.name, "bin", name);

/** Each linter with its arguments, the quickest first. */
const checks: [string, string[]][] = [
  [
    pythonTool("ruff"),
    [
      "check",
      "--quiet",
      "--no-cache",
      "--config",
      "sandbox/lint/ruff.toml",
      "sandbox/bigquery",
      "test/oracles",
      "bench",
    ],
  ],
  [pythonTool("hadolint"), ["--no-color", "--failure-threshold", "style", "kestra/image/Dockerfile"]],
  [
    pythonTool("yamllint"),
    [
      "--strict",
      "-c",
      "sandbox/lint/yamllint.yaml",
      "flows",
      "dbt",
      "infra/access",
      "Pulumi.yaml",
      "Pulumi.dev.yaml",
      ".github",
    ],
  ],
  [npmTool("tsc"), ["-p", "."]],
  [npmTool("prettier"), ["--check", "--log-level", "warn", "."]],
  [npmTool("eslint"), ["."]],
  [pythonTool("sqlfluff"), ["lint", "--disable-progress-bar", "--nocolor", "dbt"]],
];

/** `npm run lint`: TypeScript, Python, YAML, SQL and the Dockerfile; the exit code of the first linter that objects. */
export async function lint(): Promise<number> {
  await setUp([linters]);
  for (const [command, args] of checks) {
    const code = await inForeground(command, args);
    if (code !== 0) return code;
  }
  console.log("Lint and type check: clean");
  return 0;
}

/** `npm test`: everything; `npm run test:<suite>`: one suite alone. Ends with the totals. */
export async function test([suite]: string[]): Promise<number> {
  const chosen = suite === undefined ? suites : [suite];
  if (!chosen.every((name) => withoutTools.has(name))) await setUp([...tools, zetaSql, oracles]);
  if (suite === undefined) {
    const code = await lint();
    if (code !== 0) return code;
  }
  // not by its launcher, which would not hand SIGTERM on to the tests
  const mocha = join("node_modules", "mocha", "bin", "_mocha");
  const files = chosen.map((name) => `test/${name}/**/*.test.ts`);
  return inForeground(process.execPath, ["--import", "tsx", mocha, ...files]);
}
