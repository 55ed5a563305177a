import { statSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

/** Every setting of the program, read from Pulumi's configuration in this file only. */
export interface Settings {
  /** Where the data lives. */
  platform: "gcp" | "local";
  /** How Kestra runs. */
  runtime: "docker" | "gke" | "embedded";
  /** Google Cloud project; on platform `local` a name of no account. */
  project: string;
  /** Location of bucket and dataset, such as `US` or `europe-west1`. Default `US`. */
  dataLocation: string;
  /** Default: the project id with `-bay-wheels` behind it. */
  bucketName: string;
  /** Default `bay_wheels`. */
  dataset: string;
  local: LocalSettings;
}

/** Settings of platform `local`, namespace `local:`. */
export interface LocalSettings {
  /** First of six neighbouring ports on 127.0.0.1. Default 8080. */
  firstPort: number;
  /** Folder with the sources' files in place of generated months: `baywheels-data/*.zip`, `resource/wamw-vt4s.csv`. */
  dataDir?: string;
  /** Trips of a generated month, about. Default 50000. */
  tripsPerMonth: number;
}

/** Every key of the configuration, by namespace; `gcp:` belongs to the provider. */
export const keys = {
  "bay-wheels": ["platform", "runtime", "dataLocation", "bucketName", "dataset"],
  local: ["firstPort", "dataDir", "tripsPerMonth"],
};

/** Namespaces of the configuration that belong to Pulumi and to the providers. */
const foreign = ["gcp", "docker", "kubernetes", "pulumi"];

/** How the configuration of this stack is changed: stack `local` has its own way to the CLI, which a machine may have by no other. */
function configCommand(...words: string[]): string {
  const config = ["config", ...words].join(" ");
  return pulumi.getStack() === "local" ? `npm run pulumi -- ${config} -s local` : `pulumi ${config}`;
}

/** The one-line error of a wrong value: which key, what was given, what is allowed. */
function wrong(key: string, given: string, allowed: string): pulumi.RunError {
  return new pulumi.RunError(
    `Config '${key}' is '${given}': ${allowed}. Change it with: ${configCommand("set", key, "<value>")}`,
  );
}

function oneOf<T extends string>(key: string, given: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(given)) return given as T;
  throw wrong(`bay-wheels:${key}`, given, `allowed are ${allowed.join(", ")}`);
}

function folder(config: pulumi.Config, key: string): string | undefined {
  const given = config.get(key);
  if (given === undefined || statSync(given, { throwIfNoEntry: false })?.isDirectory()) return given;
  throw wrong(`${config.name}:${key}`, given, "there is no such folder");
}

function integer(config: pulumi.Config, key: string, fallback: number, from: number, to: number): number {
  const given = config.get(key) ?? String(fallback);
  if (/^\d+$/.test(given) && Number(given) >= from && Number(given) <= to) return Number(given);
  throw wrong(`${config.name}:${key}`, given, `a whole number from ${from} to ${to} is needed`);
}

/** A mistyped key would be ignored silently, so every key must be a known one, or a provider's. */
function refuseUnknownKeys(): void {
  for (const full of Object.keys(pulumi.runtime.allConfig())) {
    const [namespace, key] = full.split(":") as [string, string];
    if (foreign.includes(namespace)) continue;
    const known = Object.entries(keys).flatMap(([name, all]) => all.map((each) => `${name}:${each}`));
    if (known.includes(`${namespace}:${key}`)) continue;
    throw new pulumi.RunError(
      `Config '${full}' is unknown: known are ${known.join(", ")}. Remove it with: ${configCommand("rm", full)}`,
    );
  }
}

/**
 * Reads and checks the configuration of the stack.
 * @throws RunError with one line: which key, what was given, what is allowed.
 */
export function readSettings(): Settings {
  refuseUnknownKeys();
  const config = new pulumi.Config();
  const local = new pulumi.Config("local");
  const stack = pulumi.getStack();
  const platform = oneOf("platform", config.get("platform") ?? "gcp", ["gcp", "local"]);
  const runtime = oneOf("runtime", config.get("runtime") ?? "docker", ["docker", "gke", "embedded"]);
  if ((platform === "local") !== (stack === "local")) {
    throw new pulumi.RunError(
      `Config 'bay-wheels:platform' is '${platform}' on stack '${stack}': platform 'local' and stack 'local' go together, because the state of ` +
        "stack 'local' lives and dies with this machine's folder. Use `npm start` for it, and another stack for Google Cloud.",
    );
  }
  if ((platform === "local") !== (runtime === "embedded")) {
    throw new pulumi.RunError(
      `Config 'bay-wheels:runtime' is '${runtime}' with 'bay-wheels:platform' '${platform}': 'embedded' goes with 'local', 'docker' and 'gke' with 'gcp'.`,
    );
  }
  const project = platform === "local" ? "bay-wheels-local" : new pulumi.Config("gcp").require("project");
  return {
    platform,
    runtime,
    project,
    dataLocation: config.get("dataLocation") || "US",
    bucketName: config.get("bucketName") || `${project}-bay-wheels`,
    dataset: config.get("dataset") || "bay_wheels",
    local: {
      firstPort: integer(local, "firstPort", 8080, 1024, 65530),
      dataDir: folder(local, "dataDir"),
      tripsPerMonth: integer(local, "tripsPerMonth", 50_000, 100, 1_000_000),
    },
  };
}
