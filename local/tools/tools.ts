import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { paths } from "../paths";
import { findPulumi } from "./pulumiOnPath";
import { requireToolchain, toolchains, type Toolchain } from "./toolchains";
import type { Run } from "./run";
import { installWheels } from "./wheels";

/** A tool that set-up builds from pinned sources of the package registries. */
export interface Tool {
  /** Folder name under `.local/tools`. */
  name: string;
  /** What a person reads while it is built. */
  title: string;
  /** Files and folders that decide its content; a change of any of them rebuilds it. */
  sources: string[];
  /** What it is built with. */
  toolchains: Toolchain[];
  /** True when this machine already brings the tool, so that nothing is built. */
  provided?: () => boolean;
  /** Builds into the empty folder `out`, an absolute path. */
  build: (out: string, run: Run) => Promise<void>;
}

/**
 * Version of the Pulumi CLI and engine that is built when none is on PATH; the newest whose modules the Go registry
 * has.
 */
const pulumiVersion = "v3.252.0";

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
  sources: ["local/tools/lint/requirements.txt"],
  toolchains: [toolchains.python],
  build: virtualEnvironment("local/tools/lint/requirements.txt"),
};

/** Google's analyzer of BigQuery's dialect: only the contract and end-to-end tests need it. */
export const zetaSql: Tool = {
  name: "zetasql",
  title: "ZetaSQL (Java)",
  sources: ["local/oracles/zetasql/pom.xml", "local/oracles/zetasql/src"],
  toolchains: [toolchains.jdk, toolchains.maven],
  build: mavenBuild("local/oracles/zetasql"),
};

/**
 * Kestra's engine 2.0.0 with the fake plugins: only the contract tests need it, to run the flows on the next version.
 */
export const kestra2: Tool = {
  name: "kestra2",
  title: "Kestra 2 engine (Java)",
  sources: ["local/oracles/kestra2/pom.xml", "local/oracles/kestra2/src", "local/engine/plugins/src"],
  toolchains: [toolchains.jdk25, toolchains.maven],
  build: mavenBuild("local/oracles/kestra2", toolchains.jdk25),
};

/**
 * The other oracles of the contract and end-to-end tests: Kestra's SDK, S2 geography, Google's client; `npm run truth`
 * needs it, too.
 */
export const oracles: Tool = {
  name: "oracles",
  title: "Oracles (Python)",
  sources: ["local/oracles/requirements.txt"],
  toolchains: [toolchains.python],
  build: virtualEnvironment("local/oracles/requirements.txt"),
};

/** Kestra's SDK 2.0, which can't be installed beside 1.3: only the contract tests need it. */
export const kestraSdk2: Tool = {
  name: "kestraSdk2",
  title: "Kestra 2 SDK (Python)",
  sources: ["local/oracles/kestraSdk2/requirements.txt"],
  toolchains: [toolchains.python],
  build: virtualEnvironment("local/oracles/kestraSdk2/requirements.txt"),
};

/** The kubelet's end of a port-forward: only the contract and end-to-end tests need it. */
export const portForward: Tool = {
  name: "port-forward",
  title: "Kubelet's port-forward (Go)",
  sources: ["local/oracles/portForward"],
  toolchains: [toolchains.go],
  build: goBuild("local/oracles/portForward", ".", "port-forward"),
};

/** What stack `local` runs on; the longest build first. */
export const tools: Tool[] = [
  {
    name: "kestra",
    title: "Kestra host (Java)",
    sources: ["pom.xml", "plugins/pom.xml", "plugins/src", "host/pom.xml", "host/src"].map(
      (path) => `local/engine/${path}`,
    ),
    toolchains: [toolchains.jdk, toolchains.maven],
    build: mavenBuild("local/engine"),
  },
  {
    name: "pulumi",
    title: "Pulumi CLI (Go)",
    sources: ["local/tools/pulumi/cli", "local/tools/pulumi/pulumi-language-nodejs"],
    toolchains: [toolchains.go],
    provided: () => findPulumi() !== undefined,
    // all in one folder: the CLI takes what lies beside it for its own
    build: async (out, run) => {
      const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pulumiVersion}`;
      await goBuild(
        "local/tools/pulumi/cli",
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        "pulumi",
        version,
      )(out, run);
      const launchers = [
        "local/tools/pulumi/pulumi-language-nodejs",
        "node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs",
      ];
      for (const launcher of launchers) copyFileSync(launcher, join(out, basename(launcher)));
    },
  },
  {
    name: "storage",
    title: "Cloud Storage emulator (Go)",
    sources: ["local/storage/go.mod", "local/storage/go.sum"],
    toolchains: [toolchains.go],
    build: goBuild("local/storage", "github.com/fsouza/fake-gcs-server", "fake-gcs-server"),
  },
  {
    name: "bigquery",
    title: "BigQuery emulator (Python)",
    sources: ["local/bigquery/requirements.txt"],
    toolchains: [toolchains.python],
    build: virtualEnvironment("local/bigquery/requirements.txt"),
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
