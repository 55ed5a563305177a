import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A toolchain that set-up compiles or runs with. */
export interface Toolchain {
  name: string;
  /** Oldest version that works, as `major.minor`. */
  minimum: string;
  /** Where a person gets it. */
  source: string;
  /** Finds the command; undefined: not on this machine. */
  find: () => { command: string; version: string } | undefined;
}

/** What a version command prints (old JDKs do so on standard error), or undefined when it cannot be run. */
function printed(command: string, args: string[], env: Record<string, string> = {}): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env } });
  return status === 0 ? stdout + stderr : undefined;
}

function onPath(command: string, args: string[], pattern: RegExp, env?: Record<string, string>) {
  const version = pattern.exec(printed(command, args, env) ?? "")?.[1];
  return version === undefined ? undefined : { command, version };
}

/** -1, 0 or 1 as version `a` is older than, equal to or newer than `b`, number by number. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** The folders below which JDKs are installed on Linux and macOS. */
function usualFolders(): string[] {
  const { HOME } = process.env;
  const systemWide = ["/usr/lib/jvm", "/opt", "/opt/java", "/Library/Java/JavaVirtualMachines"];
  const homebrew = ["/opt/homebrew/opt", "/usr/local/opt"];
  return [...systemWide, ...homebrew, ...(HOME ? [join(HOME, ".sdkman/candidates/java"), join(HOME, ".jdks")] : [])];
}

/** The JDK of a Java home, or undefined when that is none: a JRE has no compiler. */
function jdkAt(home: string) {
  const compiler = join(home, "bin", "javac");
  const text = existsSync(compiler) ? (printed(compiler, ["-version"]) ?? "") : "";
  const version = /javac (\d+[\d.]*)/.exec(text)?.[1];
  return version === undefined ? undefined : { command: home, version };
}

/**
 * The Java home to build and run with: JAVA_HOME when it is a JDK of `minimum` or newer, else the newest one in the
 * folders. Undefined when there is none; with only older ones, the newest of them, so that the message can say what was
 * found.
 */
export function findJdk(folders = usualFolders(), minimum = "21"): { command: string; version: string } | undefined {
  const preferred = process.env.JAVA_HOME ? jdkAt(process.env.JAVA_HOME) : undefined;
  if (preferred && compareVersions(preferred.version, minimum) >= 0) return preferred;
  const children = folders
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((child) => join(folder, child)));
  return [...children, ...children.map((child) => join(child, "Contents/Home"))]
    .map(jdkAt)
    .concat(preferred)
    .filter((jdk) => jdk !== undefined)
    .sort((a, b) => compareVersions(b.version, a.version))[0];
}

/**
 * Maven chooses its JDK itself, and not at all where it finds none: it gets the one that set-up builds with.
 */
function findMaven() {
  const home = findJdk()?.command;
  return onPath("mvn", ["-version"], /Apache Maven (\d+[\d.]*)/, home === undefined ? {} : { JAVA_HOME: home });
}

const jdkSource = "https://adoptium.net (set JAVA_HOME if it lies in an unusual folder)";

export const toolchains = {
  go: {
    name: "Go",
    minimum: "1.26",
    source: "https://go.dev/dl",
    find: () => onPath("go", ["version"], /go(\d+\.\d+(?:\.\d+)?)/),
  },
  jdk: {
    name: "JDK",
    minimum: "21",
    source: jdkSource,
    find: () => findJdk(),
  },
  /** For Kestra 2.0.0, which only the contract tests run. */
  jdk25: {
    name: "JDK",
    minimum: "25",
    source: jdkSource,
    find: () => findJdk(usualFolders(), "25"),
  },
  maven: {
    name: "Maven",
    minimum: "3.6.3",
    source: "https://maven.apache.org/download.cgi",
    find: findMaven,
  },
  python: {
    name: "Python",
    minimum: "3.11",
    source: "https://www.python.org/downloads (with its venv module)",
    find: () =>
      ["python3", "python3.13", "python3.12", "python3.11"]
        .map((command) => onPath(command, ["--version"], /Python (\d+[\d.]*)/))
        .filter((python) => python !== undefined)
        .sort(
          (a, b) => Number(compareVersions(b.version, "3.11") >= 0) - Number(compareVersions(a.version, "3.11") >= 0),
        )[0],
  },
  git: {
    name: "git",
    minimum: "2.20",
    source: "https://git-scm.com/downloads",
    find: () => onPath("git", ["--version"], /git version (\d+[\d.]*\d)/),
  },
} satisfies Record<string, Toolchain>;

/** Why a toolchain can't be used, and where to get it, in one line; undefined if it can. */
export function faultOf({ name, minimum, source, find }: Toolchain): string | undefined {
  const found = find();
  const remedy = `version ${minimum} or newer is needed, from ${source}.`;
  if (!found) return `${name} was not found: ${remedy}`;
  if (compareVersions(found.version, minimum) < 0) return `${name} ${found.version} is too old: ${remedy}`;
  return undefined;
}

/**
 * The command (for a JDK: its home) of a toolchain.
 * @throws Error with one line: what is missing or too old, which version is needed, where to get it.
 */
export function requireToolchain(toolchain: Toolchain): string {
  const fault = faultOf(toolchain);
  if (fault !== undefined) throw new Error(fault);
  return toolchain.find()!.command;
}
