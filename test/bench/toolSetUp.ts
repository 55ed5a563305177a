import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, unlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { requireToolchain, toolchains } from "../../local/tools/toolchains";
import { Workspace } from "../support/workspace";
import { run, stepsOf, type Timed } from "./commands";
import type { Figure, Findings } from "./figures";

/** About how many MB a set-up with empty caches downloads. */
const downloadedMB = 900;

/** A checkout without npm packages and built tools. */
async function bareWorkspace(): Promise<Workspace> {
  const workspace = await Workspace.create();
  unlinkSync(workspace.path("node_modules"));
  unlinkSync(workspace.path(".local", "tools"));
  mkdirSync(workspace.path(".local", "tools"));
  return workspace;
}

/** An environment in which every package manager keeps its settings (proxies, registries) but has an empty cache. */
function emptyCaches(folder: string): NodeJS.ProcessEnv {
  const at = (name: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  const goEnvironment = execFileSync("go", ["env", "GOENV"], { encoding: "utf8" }).trim();
  const goFlags = execFileSync("go", ["env", "GOFLAGS"], { encoding: "utf8" }).trim();
  return {
    ...process.env,
    HOME: at("home"),
    XDG_CACHE_HOME: at("wheels"),
    JAVA_HOME: requireToolchain(toolchains.jdk),
    npm_config_cache: at("npm"),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), ".npmrc"),
    GOENV: goEnvironment,
    GOPATH: at("go"),
    GOMODCACHE: at("gomodcache"),
    GOCACHE: at("gocache"),
    // by default Go writes read-only folders, which can't be deleted
    GOFLAGS: `${goFlags} -modcacherw`.trim(),
    PIP_CACHE_DIR: at("pip"),
    MAVEN_OPTS: `${process.env.MAVEN_OPTS ?? ""} -Dmaven.repo.local=${at("maven")}`.trim(),
  };
}

/** An environment in which no package manager reaches the network. */
function noNetwork(): NodeJS.ProcessEnv {
  const closed = ["http", "https"].map((scheme) => `-D${scheme}.proxyHost=127.0.0.1 -D${scheme}.proxyPort=9`);
  return {
    ...process.env,
    npm_config_offline: "true",
    GOPROXY: "off",
    PIP_NO_INDEX: "1",
    MAVEN_OPTS: [process.env.MAVEN_OPTS ?? "", ...closed].join(" ").trim(),
  };
}

function record(findings: Findings, what: string, timed: Timed, more: Pick<Figure, "note" | "target">): void {
  findings.figures.push({ what, value: timed.seconds, unit: "s", ...more });
  for (const { title, seconds } of stepsOf(timed).toSorted((a, b) => b.seconds - a.seconds))
    findings.figures.push({ what: `· ${title}`, value: seconds, unit: "s" });
}

/** Measures the set-up of a new checkout (npm packages, all tools) from warm package caches, without the network. */
export async function measureWarmSetUp(findings: Findings, signal: AbortSignal): Promise<void> {
  const workspace = await bareWorkspace();
  try {
    const timed = await run(workspace, signal, "pulumi", ["version"], noNetwork());
    record(findings, "Set-up, warm package caches", timed, { note: "without the network" });
  } finally {
    workspace.dispose();
  }
}

/** Measures the set-up of a new checkout with empty caches: it downloads everything. */
export async function measureColdSetUp(findings: Findings, signal: AbortSignal): Promise<void> {
  console.log(`  Set-up with empty caches: it downloads about ${downloadedMB} MB`);
  const workspace = await bareWorkspace();
  const caches = mkdtempSync(join(tmpdir(), "bay-wheels-caches-"));
  try {
    const timed = await run(workspace, signal, "pulumi", ["version"], emptyCaches(caches));
    const downloads = ["npm", "gomodcache/cache/download", "pip", "wheels", "maven"].map((name) => join(caches, name));
    const sizes = execFileSync("du", ["-sk", ...downloads], { encoding: "utf8" })
      .trim()
      .split("\n");
    const megabytes = sizes.reduce((sum, line) => sum + Number.parseInt(line, 10), 0) / 1024;
    record(findings, "Set-up, empty package caches", timed, {
      note: `${megabytes.toFixed(0)} MB in the caches afterwards`,
      target: 480,
    });
  } finally {
    workspace.dispose();
    rmSync(caches, { recursive: true, force: true });
  }
}
