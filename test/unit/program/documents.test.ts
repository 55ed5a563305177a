import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { knownKeys } from "../../../infra/settings";
import { platforms, runtimes } from "../support/choices";

const keys = knownKeys(platforms, runtimes);
const readme = readFileSync("README.md", "utf8");
const all = Object.entries(keys).flatMap(([namespace, names]) => names.map((name) => `${namespace}:${name}`));

describe("the documents", () => {
  it("README has at most 150 lines", () => {
    assert.ok(readme.split("\n").length <= 150);
  });

  it("README names every key of the configuration, and no other", () => {
    const cells = [...readme.matchAll(/^\| (`[a-z-]+:\w+`.*?) \|/gm)].map(([, cell]) => cell!);
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+:\w+)`/g)].map(([, key]) => key!));
    assert.deepEqual(named.sort(), ["gcp:project", ...all].sort());
  });

  it("Pulumi.yaml describes every key of the project's namespace, and no other", () => {
    const { config } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
      config: Record<string, { description?: string; type?: string }>;
    };
    assert.deepEqual(Object.keys(config).sort(), [...keys["bay-wheels"]!].sort());
    for (const [key, { description, type }] of Object.entries(config)) assert.ok(description && type, key);
  });

  it("README names npm scripts that exist, and every flow", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm (?:run )?([a-z][a-z:]*)/g)].map(([, script]) => script!);
    assert.ok(named.length > 5);
    for (const script of named.filter((name) => name !== "ci")) assert.ok(script in scripts, script);
    for (const file of readdirSync("flows").filter((each) => each.endsWith(".yaml")))
      assert.ok(readme.includes(`| \`${file.replace(".yaml", "")}\``), file);
  });

  it("README names every output of the program", () => {
    const outputs = [...readFileSync("index.ts", "utf8").matchAll(/^export const (\w+)/gm)].map(([, name]) => name!);
    for (const output of outputs) assert.ok(readme.includes(`\`${output}\``), output);
  });
});
