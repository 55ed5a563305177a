import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { paths } from "../paths";
import { findPulumi } from "./pulumiOnPath";
import { requireToolchain, toolchains, type Toolchain } from "./toolchains";
import { installWheels } from "./wheels";

/**
 * Runs a command of a set-up step; its output goes to the step's log and feeds the progress line.
 * The error of one that failed has the signal that ended it, if any, as its cause.
 */
export type Run = (
  command: string,
  args: string[],
  options?: {
    cwd?: string;
    env?: Record<string, string>;
    /** One line on what failed and what to do, told in place of the end of the log. */
    failure?: string;
  },
) => Promise<void>;

/** A tool that set-up builds from pinned sources of the package registries. */
export interface Tool {
  /** Folder name under `.local/tools`. */
  name: string;
  /** What a person reads while it is built. */
  title: string;
  /** Files and folders that decide its content; a change of any of them builds it anew. */
  sources: string[];
  /** What it is built with. */
  toolchains: Toolchain[];
  /** True when this machine already brings the tool, so that nothing is built. */
  provided?: () => boolean;
  /** Builds into the empty folder `out`, an absolute path. */
  build: (out: string, run: Run) => Promise<void>;
}

/** Version of the Pulumi CLI and engine that is built when none is on PATH; the newest whose modules the Go registry has. */
const pulumiVersion = "v3.230.0";

function goBuild(folder: string, target: string, binary: string, ldflags = "") {
  return async (out: string, run: Run) => {
    const flags = ["build", "-v", "-trimpath", `-ldflags=-s -w ${ldflags}`.trim(), "-o", join(out, binary), target];
    await run(requireToolchain(toolchains.go), flags, { cwd: folder, env: { CGO_ENABLED: "0" } });
  };
}

function virtualEnvironment(requirements: string) {
  return async (out: string, run: Run) => {
    await run(requireToolchain(toolchains.python), ["-m", "venv", out]);
    await installWheels(out, requirements, run);
    await run(join(out, "bin", "python"), ["-m", "pip", "--disable-pip-version-check", "check"]);
  };
}

function mavenBuild(folder: string, jdk: Toolchain = toolchains.jdk) {
  return async (out: string, run: Run) => {
    const env = { JAVA_HOME: requireToolchain(jdk) };
    const args = ["-B", "-ntp", "-f", join(folder, "pom.xml"), "clean", "package", `-Ddist=${out}`];
    await run(requireToolchain(toolchains.maven), args, { env });
  };
}

/** Linters of SQL, YAML and Python: only `npm run lint` and `npm test` need them. */
export const linters: Tool = {
  name: "lint",
  title: "Linters",
  sources: ["sandbox/lint/requirements.txt"],
  toolchains: [toolchains.python],
  build: virtualEnvironment("sandbox/lint/requirements.txt"),
};

/** Google's analyzer of BigQuery's dialect: only the contract and end-to-end tests need it. */
export const zetaSql: Tool = {
  name: "zetasql",
  title: "ZetaSQL (Java)",
  sources: ["test/oracles/zetasql/pom.xml", "test/oracles/zetasql/src"],
  toolchains: [toolchains.jdk, toolchains.maven],
  build: mavenBuild("test/oracles/zetasql"),
};

/** Kestra's engine 2.0.0 with the fake plugins: only the contract tests need it, to run the flows on the next version. */
export const kestra2: Tool = {
  name: "kestra2",
  title: "Kestra 2 engine (Java)",
  sources: ["test/oracles/kestra2/pom.xml", "test/oracles/kestra2/src", "sandbox/kestra/plugins/src"],
  toolchains: [toolchains.jdk25, toolchains.maven],
  build: mavenBuild("test/oracles/kestra2", toolchains.jdk25),
};

/** The other oracles of the contract and end-to-end tests: Kestra's SDK, S2 geography, Google's client; `npm run truth` needs it, too. */
export const oracles: Tool = {
  name: "oracles",
  title: "Oracles (Python)",
  sources: ["test/oracles/requirements.txt"],
  toolchains: [toolchains.python],
  build: virtualEnvironment("test/oracles/requirements.txt"),
};

/** The kubelet's end of a port-forward: only the contract and end-to-end tests need it. */
export const portForward: Tool = {
  name: "port-forward",
  title: "Kubelet's port-forward (Go)",
  sources: ["test/oracles/portForward"],
  toolchains: [toolchains.go],
  build: goBuild("test/oracles/portForward", ".", "port-forward"),
};

/** What stack `local` runs on; the longest build first. */
export const tools: Tool[] = [
  {
    name: "kestra",
    title: "Kestra host (Java)",
    sources: ["pom.xml", "plugins/pom.xml", "plugins/src", "host/pom.xml", "host/src"].map(
      (path) => `sandbox/kestra/${path}`,
    ),
    toolchains: [toolchains.jdk, toolchains.maven],
    build: mavenBuild("sandbox/kestra"),
  },
  {
    name: "pulumi",
    title: "Pulumi CLI (Go)",
    sources: ["sandbox/pulumi/cli", "sandbox/pulumi/pulumi-language-nodejs"],
    toolchains: [toolchains.go],
    provided: () => findPulumi() !== undefined,
    // all in one folder: the CLI takes what lies beside it for its own
    build: async (out, run) => {
      const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pulumiVersion}`;
      await goBuild("sandbox/pulumi/cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "pulumi", version)(out, run);
      const launchers = [
        "sandbox/pulumi/pulumi-language-nodejs",
        "node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs",
      ];
      for (const launcher of launchers) copyFileSync(launcher, join(out, basename(launcher)));
    },
  },
  {
    name: "storage",
    title: "Cloud Storage emulator (Go)",
    sources: ["sandbox/storage"],
    toolchains: [toolchains.go],
    build: goBuild("sandbox/storage", "github.com/fsouza/fake-gcs-server", "fake-gcs-server"),
  },
  {
    name: "bigquery",
    title: "BigQuery emulator (Python)",
    sources: ["sandbox/bigquery/requirements.txt"],
    toolchains: [toolchains.python],
    build: virtualEnvironment("sandbox/bigquery/requirements.txt"),
  },
  {
    name: "dbt",
    title: "dbt (Python)",
    sources: ["dbt/requirements.txt"],
    // `dbt debug` calls git
    toolchains: [toolchains.python, toolchains.git],
    build: virtualEnvironment("dbt/requirements.txt"),
  },
];

/** Path of a file of a built tool, relative to the project's root. */
export function toolPath(tool: string, ...file: string[]): string {
  return join(paths.tools, tool, ...file);
}
