import * as pulumi from "@pulumi/pulumi";
import { passwordRule } from "../dynamic/generatedSecret";
import { parseIrregularities, type Irregularity } from "../local/openData/irregularities";
import { Reader, configCommand, refuseUnknownKeys } from "./config";
import { readGke, type GkeSettings } from "./gke/gkeSettings";
import { locations } from "./locations";

/** Every setting of the program, read from Pulumi's configuration in this file, those of runtime `gke` in gke/gkeSettings.ts, and nowhere else. */
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
  /** True: bucket, dataset and what a cluster has outlive every command until it is false again. Default false. */
  protectData: boolean;
  /** Names of a bucket, a dataset and a database that an update may replace, which deletes their data. Default none. */
  allowReplacementOf: string[];
  /** Any text; another one than before makes a new service-account key. */
  keyRotation?: string;
  /** Where a failed load, build or county run and a late month are reported: Slack's, Mattermost's or Google Chat's incoming webhook; secret. */
  alertWebhook?: pulumi.Output<string>;
  kestra: KestraSettings;
  gke: GkeSettings;
  local: LocalSettings;
}

/** Settings of the Kestra server. */
export interface KestraSettings {
  /** Port on 127.0.0.1: of the container (runtime `docker`), or that `npm run ui` opens (`gke`). Default 8080. */
  port: number;
  /** Seconds that the server gets to become healthy. Default 300; runtime `gke`, which may have to start nodes first: 900. */
  startTimeout: number;
  /** The administrator's password, secret; undefined: one is generated. */
  password?: pulumi.Output<string>;
  /** Any text; another one than before generates a new password. */
  passwordRotation?: string;
  /** Key that the server encrypts with, base64 of 32 bytes, secret; undefined: one is generated and kept. */
  encryptionKey?: pulumi.Output<string>;
}

/** Settings of platform `local`, namespace `local:`. */
export interface LocalSettings {
  /** First of six neighbouring ports on 127.0.0.1. Default 8080. */
  firstPort: number;
  /** Folder with the sources' files in place of generated months: `baywheels-data/*.zip`, `resource/wamw-vt4s.csv`. */
  dataDir?: string;
  /** What the generated months have that the source has, too. Default: all but `corruptArchive`; an empty text is none. */
  irregularities?: Irregularity[];
  /** Trips of a generated month, about. Default 50000. */
  tripsPerMonth: number;
}

/** Every key of the configuration, by namespace; `gcp:` belongs to the provider. */
export const keys = {
  "bay-wheels": [
    "platform",
    "runtime",
    "dataLocation",
    "bucketName",
    "dataset",
    "protectData",
    "allowReplacementOf",
    "keyRotation",
    "alertWebhook",
    "kestraPort",
    "kestraStartTimeout",
    "kestraPassword",
    "kestraPasswordRotation",
    "kestraEncryptionKey",
    "region",
    "network",
    "subnetwork",
    "networkRange",
    "workers",
    "databaseAvailability",
    "databaseTier",
  ],
  local: ["firstPort", "dataDir", "irregularities", "tripsPerMonth"],
};

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects: of an organisation's domain, it has that in front. */
const projectId = /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

/** https://cloud.google.com/storage/docs/buckets#naming, without dots, which need a verified domain. */
const bucketName = /^(?!goog|.*google)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/;

/** https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
const datasetId = /^\w{1,1024}$/;

/** Plain HTTP is for a server beside Kestra. */
const webhookUrl = /^https?:\/\/[^\s"'{}]+$/;

const base64Of32Bytes = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Reads and checks the configuration of the stack.
 * @throws RunError with one line: which key, what was given, what is allowed.
 */
export function readSettings(): Settings {
  refuseUnknownKeys(keys);
  const config = new Reader("bay-wheels");
  const local = new Reader("local");
  const platform = config.oneOf("platform", ["gcp", "local"]) ?? "gcp";
  const runtime = config.oneOf("runtime", ["docker", "gke", "embedded"]) ?? "docker";
  requireFitting(platform, runtime);
  const project = platform === "local" ? "bay-wheels-local" : readProject();
  const locationRule =
    "US, EU or a region such as europe-west1 is needed; https://cloud.google.com/bigquery/docs/locations lists them";
  const bucketRule = "3 to 63 lower-case letters, digits, '-' and '_' are needed, without 'google'";
  return {
    platform,
    runtime,
    project,
    dataLocation: config.text("dataLocation", new RegExp(`^(${locations.join("|")})$`), locationRule) ?? "US",
    bucketName: config.text("bucketName", bucketName, bucketRule, `${project}-bay-wheels`)!,
    dataset: config.text("dataset", datasetId, "letters, digits and '_' are needed") ?? "bay_wheels",
    protectData: config.boolean("protectData"),
    allowReplacementOf: (config.text("allowReplacementOf") ?? "").split(/[\s,]+/).filter((name) => name !== ""),
    keyRotation: config.text("keyRotation"),
    alertWebhook: config.secret("alertWebhook", webhookUrl, "an address that begins with https:// is needed"),
    kestra: {
      port: config.integer("kestraPort", 8080, 1024, 65535),
      startTimeout: config.integer("kestraStartTimeout", runtime === "gke" ? 900 : 300, 1, 3600),
      password: config.secret(
        "kestraPassword",
        passwordRule,
        "8 to 256 characters with an upper-case letter, a lower-case letter and a digit are needed",
      ),
      passwordRotation: config.text("kestraPasswordRotation"),
      encryptionKey: config.secret("kestraEncryptionKey", base64Of32Bytes, "base64 of 32 bytes is needed"),
    },
    gke: readGke(config, project),
    local: {
      firstPort: local.integer("firstPort", 8080, 1024, 65530),
      dataDir: local.folder("dataDir"),
      irregularities: readIrregularities(),
      tripsPerMonth: local.integer("tripsPerMonth", 50_000, 100, 1_000_000),
    },
  };
}

function readProject(): string {
  const project = new Reader("gcp").text(
    "project",
    projectId,
    "the id of a Google Cloud project is needed, not its name or number",
  );
  if (project !== undefined) return project;
  throw new pulumi.RunError(
    `Config 'gcp:project' is missing: name the Google Cloud project to build in. Set it with: ${configCommand("set", "gcp:project", "<project id>")}`,
  );
}

/** The generator's switches; unlike elsewhere, an empty text says something: none. */
function readIrregularities(): Irregularity[] | undefined {
  const given = new pulumi.Config("local").get("irregularities");
  if (given === undefined) return undefined;
  try {
    return parseIrregularities(given);
  } catch (error) {
    const remedy = `Change it with: ${configCommand("set", "local:irregularities", "<value>")}`;
    throw new pulumi.RunError(`Config 'local:irregularities' is '${given}': ${(error as Error).message}. ${remedy}`);
  }
}

/** Which platform, runtime and stack go together. */
function requireFitting(platform: Settings["platform"], runtime: Settings["runtime"]): void {
  const stack = pulumi.getStack();
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
}
