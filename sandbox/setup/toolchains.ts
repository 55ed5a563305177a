import { execFileSync } from "node:child_process";
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

/** What a version command prints, or undefined when it cannot be run. */
function printed(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch {
    return undefined;
  }
}

function onPath(command: string, args: string[], pattern: RegExp) {
  const version = pattern.exec(printed(command, args) ?? "")?.[1];
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

/** The folders where JDKs are installed on Linux and macOS, after the one that JAVA_HOME names. */
function javaHomes(): string[] {
  const parents = ["/usr/lib/jvm", "/opt", "/opt/java", "/Library/Java/JavaVirtualMachines"];
  if (process.env.HOME)
    parents.push(join(process.env.HOME, ".sdkman/candidates/java"), join(process.env.HOME, ".jdks"));
  const children = parents
    .filter(existsSync)
    .flatMap((parent) => readdirSync(parent).map((child) => join(parent, child)));
  const homes = [...children, ...children.map((child) => join(child, "Contents/Home"))];
  const brew = ["/opt/homebrew/opt/openjdk", "/usr/local/opt/openjdk"];
  return [...(process.env.JAVA_HOME ? [process.env.JAVA_HOME] : []), ...homes, ...brew];
}

/**
 * The Java home to build and run with: JAVA_HOME when it is a JDK of 21 or newer, else the newest one in the usual folders.
 * Undefined when there is none; with only older ones, the newest of them, so that the message can say what was found.
 */
function findJdk(): { command: string; version: string } | undefined {
  const found = javaHomes()
    .filter((home) => existsSync(join(home, "bin", "javac")))
    .map((home) => ({
      command: home,
      version: /javac (\d+[\d.]*)/.exec(printed(join(home, "bin", "javac"), ["-version"]) ?? "")?.[1],
    }))
    .filter((jdk): jdk is { command: string; version: string } => jdk.version !== undefined);
  const preferred = found.find((jdk) => jdk.command === process.env.JAVA_HOME);
  if (preferred && compareVersions(preferred.version, "21") >= 0) return preferred;
  return found.sort((a, b) => compareVersions(b.version, a.version))[0];
}

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
    source: "https://adoptium.net (set JAVA_HOME if it lies in an unusual folder)",
    find: findJdk,
  },
  maven: {
    name: "Maven",
    minimum: "3.6.3",
    source: "https://maven.apache.org/download.cgi",
    find: () => onPath("mvn", ["-version"], /Apache Maven (\d+[\d.]*)/),
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

/**
 * The command (for a JDK: its home) of a toolchain.
 * @throws Error with one line: what is missing or too old, which version is needed, where to get it.
 */
export function requireToolchain({ name, minimum, source, find }: Toolchain): string {
  const found = find();
  if (!found) throw new Error(`${name} was not found: version ${minimum} or newer is needed, from ${source}.`);
  if (compareVersions(found.version, minimum) < 0) {
    throw new Error(`${name} ${found.version} is too old: version ${minimum} or newer is needed, from ${source}.`);
  }
  return found.command;
}
