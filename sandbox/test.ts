import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setUp } from "./setup/setup";

const suites = ["unit", "contract", "e2e"];

/** Suites that need no built tool. */
const withoutTools = new Set(["unit"]);

function run(tool: string, args: string[]): number {
  const { status } = spawnSync(join("node_modules", ".bin", tool), args, { stdio: "inherit" });
  return status ?? 130;
}

/** `npm run lint`: eslint, prettier and the type check. */
export function lint(): Promise<number> {
  const code = run("eslint", ["."]) || run("prettier", ["--check", "--log-level", "warn", "."]) || run("tsc", ["-p", "."]);
  if (code === 0) console.log("Lint and type check: clean");
  return Promise.resolve(code);
}

/** `npm test`: everything; `npm run test:<suite>`: one suite alone. Ends with mocha's totals. */
export async function test([suite]: string[]): Promise<number> {
  const chosen = suite === undefined ? suites : [suite];
  if (!chosen.every((name) => withoutTools.has(name))) await setUp();
  if (suite === undefined) {
    const code = await lint();
    if (code !== 0) return code;
  }
  return run("mocha", chosen.map((name) => `test/${name}/**/*.test.ts`));
}
