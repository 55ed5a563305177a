import { join } from "node:path";
import { inForeground } from "../../local/tools/foreground";
import { setUp } from "../../local/tools/setUp";
import { linters, toolPath } from "../../local/tools/tools";

const npmTool = (name: string) => join("node_modules", ".bin", name);
const pythonTool = (name: string) => toolPath(linters.name, "bin", name);

/** Each linter with its arguments, the quickest first. */
const checks: [string, string[]][] = [
  [
    pythonTool("ruff"),
    ["check", "--quiet", "--no-cache", "--config", "local/tools/lint/ruff.toml", "local/bigquery", "local/oracles"],
  ],
  [pythonTool("hadolint"), ["--no-color", "--failure-threshold", "style", "kestra/server/image/Dockerfile"]],
  [
    pythonTool("yamllint"),
    [
      "--strict",
      "-c",
      "local/tools/lint/yamllint.yaml",
      "flows",
      "dbt",
      "test/access",
      "examples",
      "Pulumi.yaml",
      "Pulumi.dev.yaml",
      ".github",
    ],
  ],
  [npmTool("tsc"), ["-p", "."]],
  [npmTool("prettier"), ["--check", "--log-level", "warn", "."]],
  [npmTool("eslint"), ["."]],
  [pythonTool("sqlfluff"), ["lint", "--disable-progress-bar", "--nocolor", "flows/sql", "dbt"]],
];

/**
 * `npm run lint`: TypeScript, Python, YAML, SQL and the Dockerfile. Returns the exit code of the first linter that
 * fails.
 */
export async function lint(): Promise<number> {
  await setUp([linters]);
  for (const [command, args] of checks) {
    const code = await inForeground(command, args);
    if (code !== 0) return code;
  }
  console.log("Lint and type check: clean");
  return 0;
}
