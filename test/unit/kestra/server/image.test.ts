import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { userId } from "../../../../kestra/server/gke/chartValues";
import { kestraVersion } from "../../../../kestra/server/version";
import { tools } from "../../../../local/tools/tools";

/** Path of the one list of packages that dbt is installed from. */
const list = "dbt/requirements.txt";

/** The Dockerfile's instructions, each as keyword and the rest on one line. */
const instructions = readFileSync("kestra/server/image/Dockerfile", "utf8")
  .replace(/^\s*#.*\n/gm, "")
  .replace(/\\\n/g, " ")
  .split("\n")
  .filter((line) => line.trim() !== "")
  .map((line) => {
    const [keyword, ...rest] = line.trim().split(/\s+/);
    return { keyword: keyword!.toUpperCase(), rest: rest.join(" ") };
  });
const all = (wanted: string) => instructions.filter(({ keyword }) => keyword === wanted).map(({ rest }) => rest);
/** Those of the last stage, which alone becomes the image. */
const last = instructions.slice(instructions.findLastIndex(({ keyword }) => keyword === "FROM"));
const commands = all("RUN").flatMap((run) => run.split("&&").map((command) => command.trim()));

/** Paths of the project's own files. */
function ownFiles(folder = "."): string[] {
  const foreign = new Set([".git", ".local", ".ruff_cache", "node_modules", "target"]);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (foreign.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? ownFiles(path) : [path];
  });
}

/**
 * Whether a path stays out of the build context, by Docker's rules: the last pattern that names it or a folder above it
 * decides. Knows `*` and a leading `!`, and refuses the rest of Docker's syntax.
 */
function ignored(path: string): boolean {
  const patterns = readFileSync(".dockerignore", "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const above = [path];
  while (dirname(above[0]!) !== ".") above.unshift(dirname(above[0]!));
  let out = false;
  for (const pattern of patterns) {
    assert.match(pattern, /^!?(?:[\w./-]|\*(?!\*))+$/, "a pattern that this test cannot evaluate");
    const names = pattern.replace(/^!/, "").replaceAll(".", "\\.").replaceAll("*", "[^/]*");
    if (above.some((candidate) => new RegExp(`^${names}$`).test(candidate))) out = !pattern.startsWith("!");
  }
  return out;
}

describe("Kestra's image", () => {
  it("starts from images whose versions are exact, Kestra's being that of every stack", () => {
    const stages = new Set<string>();
    const images: string[] = [];
    for (const from of all("FROM")) {
      const [, image, stage] = /^(\S+)(?: AS (\S+))?$/.exec(from) ?? assert.fail(`FROM ${from}`);
      if (!stages.has(image!)) images.push(image!);
      if (stage !== undefined) stages.add(stage);
    }
    const copied = all("COPY").flatMap((copy) => /--from=(\S+)/.exec(copy)?.[1] ?? []);
    images.push(...copied.filter((source) => !stages.has(source)));
    for (const image of images) assert.match(image, /^[\w./-]+:v?\d+\.\d+\.\d+$/);

    const kestra = images.filter((image) => image.startsWith("kestra/"));
    assert.deepEqual(kestra, [`kestra/kestra:v${kestraVersion}`]);
    assert.match(all("FROM").at(-1)!, /^kestra(?:$|\/)/);
  });

  it("runs as user kestra by a number, as Kubernetes wants it, with what the official image starts", () => {
    const user = last.filter(({ keyword }) => keyword === "USER").at(-1)?.rest;
    assert.equal(user, `${userId}:${userId}`);
    assert.ok(commands.includes(`usermod --uid ${userId} --gid ${userId} kestra`));
    const changed = instructions.filter(({ keyword }) => ["ENTRYPOINT", "CMD", "WORKDIR"].includes(keyword));
    assert.deepEqual(changed, []);
  });

  it("has no business with Docker's socket, and holds no secret", () => {
    const text = readFileSync("kestra/server/image/Dockerfile", "utf8");
    assert.doesNotMatch(text, /docker\.sock|\/var\/run|DOCKER_HOST/i);
    assert.doesNotMatch(text, /password|secret|token|credential|_key\b/i);
    assert.deepEqual(all("ARG"), []);
  });

  it("needs no BuildKit", () => {
    const text = readFileSync("kestra/server/image/Dockerfile", "utf8");
    assert.doesNotMatch(text, /^#\s*syntax\s*=/im);
    assert.doesNotMatch(text, /--(?:mount|link|chmod|parents|exclude|network|security)\b|<</);
  });

  it("has its dbt from the list that the local one is built from, and from nowhere else", () => {
    const [, copy] =
      new RegExp(`^${list} (\\S+)$`).exec(all("COPY").find((files) => files.startsWith(list)) ?? "") ?? [];
    assert.ok(copy, `no COPY of ${list}`);
    const installs = commands.filter((command) => /\b(?:pip3?|pipx|tool) install\b/.test(command));
    assert.equal(installs.length, 1);
    assert.match(installs[0]!, new RegExp(`--no-deps .*-r ${copy}$`));
    assert.doesNotMatch(installs[0]!, /==|-r .*-r /);

    assert.deepEqual(tools.find(({ name }) => name === "dbt")?.sources, [list]);
    const named = /\bdbt[-_](?:core|bigquery)(?:\[[\w,]+\])?\s*[=~<>!]=|\binstall\b.*\bdbt[-_](?:core|bigquery)\b/;
    assert.deepEqual(
      ownFiles().filter((path) => named.test(readFileSync(path, "utf8"))),
      [list],
    );
  });

  it("has dbt on PATH without a python before the image's own", () => {
    assert.ok(commands.includes("ln -s /opt/dbt/bin/dbt /usr/local/bin/dbt"));
    assert.doesNotMatch(all("ENV").join(" "), /\bPATH=/);
    for (const folder of ["/opt/python", "/opt/dbt"]) {
      assert.ok(
        last.some(({ keyword, rest }) => keyword === "COPY" && rest === `--from=dbt ${folder} ${folder}`),
        folder,
      );
    }
  });

  it("has /app/storage, kestra's own", () => {
    const made = last.flatMap(({ keyword, rest }) => (keyword === "RUN" ? rest.split(" && ") : []));
    assert.ok(made.some((command) => command.trim() === "install -d -o kestra -g kestra /app/storage"));
  });

  it("is built from what its COPY lines name: no other file leaves the machine", () => {
    const wanted = all("COPY").flatMap((copy) => (copy.startsWith("--from=") ? [] : copy.split(" ").slice(0, -1)));
    const sent = ownFiles().filter((path) => !ignored(path));
    assert.deepEqual(sent, wanted);
    for (const path of [".git/config", ".local/kestra/db", "node_modules/a/b", "Pulumi.local.yaml", "dbt/logs/dbt.log"])
      assert.ok(ignored(path), path);
  });
});
