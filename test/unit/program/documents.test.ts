import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { withSettings } from "../../../cli/support/settingsDocs";
import { knownKeys } from "../../../infra/settings";
import { platforms, runtimes } from "../support/choices";

const read = (path: string) => readFileSync(path, "utf8");
const filesIn = (folder: string, end: RegExp) =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => end.test(name))
    .map((name) => join(folder, name));

const pages = ["README.md", "CONTRIBUTING.md", "examples/kestra-only/README.md", ...filesIn("docs", /\.md$/)];
const flows = filesIn("flows", /\.yaml$/);

/** A page without its code blocks, in which a command may be long and a path may be anywhere. */
const prose = (page: string) => read(page).replace(/^```[^]*?^```$/gm, "");

/** The anchor that GitHub gives a heading. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replaceAll(" ", "-");

/** Words that the texts had and that a native speaker reads twice. */
const oddWords =
  /\b(mends?|mended|reckons?|reckoned|dearest|stand-ins?|twins?|cannot be had|can't be had|at the most|is to be|are to be)\b/i;

describe("the documents", () => {
  for (const page of pages)
    it(`${page} links to files and headings that exist, and names paths that exist`, () => {
      for (const [, target] of prose(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target!)) continue;
        const [path, heading] = target!.split("#") as [string, string?];
        const file = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(file), target);
        if (heading === undefined) continue;
        const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, text]) => anchor(text!));
        assert.ok(headings.includes(heading), target);
      }
      const folders = "cli|dbt|docs|dynamic|flows|infra|kestra|local|test";
      for (const [, path] of prose(page).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, "g")))
        assert.ok(existsSync(path!) || existsSync(join(dirname(page), path!)), path);
    });

  for (const page of pages)
    it(`${page} has lines of at most 120 columns, but for tables and URLs`, () => {
      const long = prose(page)
        .split("\n")
        .filter((line) => line.length > 120 && !line.startsWith("|") && !/https?:\/\/\S{60}/.test(line));
      assert.deepEqual(long, []);
    });

  it("and the flows' messages have none of the words that need a second reading", () => {
    const texts = [...pages, ...flows, ...filesIn("flows", /\.(sql|peb)$/), ...filesIn("dbt", /\.(yml|sql)$/)];
    const odd = [...texts, "Pulumi.yaml"].flatMap((file) =>
      read(file)
        .split("\n")
        .filter((line) => oddWords.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    assert.deepEqual(odd, []);
  });

  it("README has commands that exist, and every flow", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const page of ["README.md", "CONTRIBUTING.md"]) {
      const named = [...read(page).matchAll(/npm (?:run )?([a-z][a-z0-9:]*)/g)].map(([, script]) => script!);
      assert.ok(named.length > 3, page);
      for (const script of named.filter((name) => name !== "ci")) assert.ok(script in scripts, script);
    }
    for (const file of flows) assert.ok(read("README.md").includes(`| \`${file.slice(6, -5)}\` |`), file);
  });
});

describe("docs/settings.md", () => {
  const page = read("docs/settings.md");

  it("has the settings of Pulumi.yaml: node --import tsx cli/support/settingsDocs.ts writes them", () => {
    assert.equal(withSettings(page, read("Pulumi.yaml")), page);
  });

  it("has every setting that the program reads, and no other", () => {
    const named = [...page.matchAll(/^\| `([a-z-]+:\w+)` \|/gm)].map(([, key]) => key);
    const all = Object.entries(knownKeys(platforms, runtimes)).flatMap(([namespace, names]) =>
      names.map((name) => `${namespace}:${name}`),
    );
    assert.deepEqual(named.sort(), ["gcp:project", ...all].sort());
  });

  it("has every output of the program", () => {
    const outputs = [...read("index.ts").matchAll(/^export const (\w+)/gm)].map(([, name]) => name!);
    assert.ok(outputs.length > 5);
    for (const output of outputs) assert.ok(page.includes(`\`${output}\``), output);
  });

  it("has defaults and types that Pulumi.yaml states for each", () => {
    const { config } = parse(read("Pulumi.yaml")) as { config: Record<string, Record<string, unknown>> };
    for (const [key, setting] of Object.entries(config))
      for (const field of ["description", "type", "default"]) assert.ok(field in setting, `${key}: ${field}`);
  });
});
