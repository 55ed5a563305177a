import * as pulumi from "@pulumi/pulumi";
import { passwordRule } from "../dynamic/generatedSecret";
import { Reader, refuseUnknownKeys } from "./config";
import { locations } from "./locations";
import type { PlatformKind } from "./platform";
import * as stackName from "./stackName";

/** The settings of every stack; those of one platform or runtime are read where it is declared. */
export interface Settings {
  /** Where the data lives: a platform of index.ts. */
  platform: string;
  /** How Kestra runs: a runtime of index.ts. */
  runtime: string;
  /** Google Cloud project; on platform `local` just a name. */
  project: string;
  /** Location of bucket and dataset, such as `US` or `europe-west1`. Default `US`. */
  dataLocation: string;
  /** Default: the project id followed by `-bay-wheels-` and the stack's name. */
  bucketName: string;
  /** Default: `bay_wheels_` followed by the stack's name. */
  dataset: string;
  /** True: no command deletes what holds data until it's false again. Default false. */
  protectData: boolean;
  /** Names of what an update may replace, which deletes its data. Default none. */
  allowReplacementOf: string[];
  /** Names of what exists, of a service account its id, and the stack takes over. Default none. */
  adopt: string[];
  /** Change this text to rotate the service-account key. */
  keyRotation?: string;
  /** Incoming webhook (Slack, Mattermost, Google Chat) for alerts about failed runs and late months; secret. */
  alertWebhook?: pulumi.Output<string>;
  /** Maximum bytes that one BigQuery job may bill; the setting is in GB of 10^9 bytes. Default 50 GB. */
  maxBytesBilled: number;
  kestra: KestraSettings;
}

/** Settings of the Kestra server. */
export interface KestraSettings {
  /** Port on 127.0.0.1: of the container (runtime `docker`), or that `./bay ui` opens (`gke`). Default 8080. */
  port: number;
  /** Seconds that the server gets to become healthy. Default: the runtime's. */
  startTimeout: number;
  /** The administrator's password, secret; undefined: one is generated. */
  password?: pulumi.Output<string>;
  /** Change this text to generate a new password. */
  passwordRotation?: string;
  /** Key that the server encrypts with, base64 of 32 bytes, secret; undefined: one is generated and kept. */
  encryptionKey?: pulumi.Output<string>;
}

/** What the settings need to know about a runtime. */
export interface RuntimeSettings<Own = unknown> {
  /** Keys of its own settings, by namespace. */
  keys: Record<string, string[]>;
  /** Platforms that it runs on. */
  platforms: string[];
  /** Seconds that the server gets to become healthy unless `kestraStartTimeout` is set. */
  startTimeout: number;
  readSettings(common: Settings): Own;
}

/** Keys of {@link Settings}, all in namespace `bay-wheels`. */
const commonKeys = [
  "platform",
  "runtime",
  "dataLocation",
  "bucketName",
  "dataset",
  "protectData",
  "allowReplacementOf",
  "adopt",
  "keyRotation",
  "alertWebhook",
  "maxGigabytesBilled",
  "kestraPort",
  "kestraStartTimeout",
  "kestraPassword",
  "kestraPasswordRotation",
  "kestraEncryptionKey",
];

/** Every key of the configuration, by namespace; `gcp:` belongs to the provider. */
export function knownKeys(...choices: Record<string, { keys: Record<string, string[]> }>[]): Record<string, string[]> {
  const known: Record<string, string[]> = { "bay-wheels": [...commonKeys] };
  for (const { keys } of choices.flatMap((each) => Object.values(each)))
    for (const [namespace, names] of Object.entries(keys))
      known[namespace] = [...new Set([...(known[namespace] ?? []), ...names])];
  return known;
}

/** https://cloud.google.com/storage/docs/buckets#naming, without dots, which need a verified domain. */
const bucketName = /^(?!goog|.*google)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/;

/** https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
const datasetId = /^\w{1,1024}$/;

/** Plain HTTP is for a server beside Kestra. */
const webhookUrl = /^https?:\/\/[^\s"'{}]+$/;

const base64Of32Bytes = /^[A-Za-z0-9+/]{43}=$/;

/** What the configuration says, and which platform and runtime it chooses, each with its own settings. */
export interface Choice<R> {
  settings: Settings;
  platform: { kind: PlatformKind; own: unknown };
  runtime: { kind: R; own: unknown };
}

/**
 * Reads and checks the configuration of the stack.
 * @param platforms choices for `bay-wheels:platform`; the first one is the default
 * @param runtimes the same for `bay-wheels:runtime`
 * @throws RunError with one line: which key, what was given, what is allowed.
 */
export function readSettings<R extends RuntimeSettings>(
  platforms: Record<string, PlatformKind>,
  runtimes: Record<string, R>,
): Choice<R> {
  refuseUnknownKeys(knownKeys(platforms, runtimes));
  const config = new Reader("bay-wheels");
  const names = { platform: choose(config, "platform", platforms), runtime: choose(config, "runtime", runtimes) };
  requireOwnStack(names.platform, platforms);
  const [platform, runtime] = [platforms[names.platform]!, runtimes[names.runtime]!];
  if (!runtime.platforms.includes(names.platform)) {
    const fits = Object.entries(runtimes).map(([name, each]) => `'${name}' runs on '${each.platforms.join("', '")}'`);
    throw new pulumi.RunError(
      `Config 'bay-wheels:runtime' is '${names.runtime}' with 'bay-wheels:platform' '${names.platform}': ` +
        `${fits.join(", ")}.`,
    );
  }
  const project = platform.readProject();
  const settings = {
    ...names,
    project,
    ...readData(config, defaultNames(platform, project)),
    kestra: readKestra(config, runtime.startTimeout),
  };
  return {
    settings,
    platform: { kind: platform, own: platform.readSettings(settings) },
    runtime: { kind: runtime, own: runtime.readSettings(settings) },
  };
}

function choose(config: Reader, key: string, choices: object): string {
  const names = Object.keys(choices);
  return config.oneOf(key, names) ?? names[0]!;
}

/** Default names of bucket and dataset: a project may hold several stacks, unless the platform has only one. */
function defaultNames({ onlyStack }: PlatformKind, project: string) {
  return onlyStack
    ? { bucket: `${project}-bay-wheels`, dataset: "bay_wheels" }
    : { bucket: stackName.bucketName(project), dataset: stackName.datasetId() };
}

/** Settings of what holds the data. */
function readData(config: Reader, defaults: ReturnType<typeof defaultNames>) {
  const locationRule =
    "US, EU or a region such as europe-west1 is needed; https://cloud.google.com/bigquery/docs/locations lists them";
  const bucketRule = "3 to 63 lower-case letters, digits, '-' and '_' are needed, without 'google'";
  return {
    dataLocation: config.text("dataLocation", new RegExp(`^(${locations.join("|")})$`), locationRule) ?? "US",
    bucketName: config.text("bucketName", bucketName, bucketRule, defaults.bucket)!,
    dataset: config.text("dataset", datasetId, "letters, digits and '_' are needed", defaults.dataset)!,
    protectData: config.boolean("protectData"),
    allowReplacementOf: config.names("allowReplacementOf"),
    // of an account's e-mail address, the account id
    adopt: config.names("adopt").map((name) => name.replace(/@.*/, "")),
    keyRotation: config.text("keyRotation"),
    alertWebhook: config.secret("alertWebhook", webhookUrl, "an address that begins with https:// is needed"),
    maxBytesBilled: config.integer("maxGigabytesBilled", 50, 1, 1_000_000) * 1e9,
  };
}

function readKestra(config: Reader, startTimeout: number): KestraSettings {
  const passwordWords = "8 to 256 characters with an upper-case letter, a lower-case letter and a digit are needed";
  return {
    port: config.integer("kestraPort", 8080, 1024, 65535),
    startTimeout: config.integer("kestraStartTimeout", startTimeout, 1, 3600),
    password: config.secret("kestraPassword", passwordRule, passwordWords),
    passwordRotation: config.text("kestraPasswordRotation"),
    encryptionKey: config.secret("kestraEncryptionKey", base64Of32Bytes, "base64 of 32 bytes is needed"),
  };
}

/** Refuses a platform on a stack that isn't for it. */
function requireOwnStack(platform: string, platforms: Record<string, PlatformKind>): void {
  const stack = pulumi.getStack();
  for (const [name, { onlyStack }] of Object.entries(platforms)) {
    if (onlyStack === undefined || (platform === name) === (stack === onlyStack.name)) continue;
    throw new pulumi.RunError(
      `Config 'bay-wheels:platform' is '${platform}' on stack '${stack}': ` +
        `platform '${name}' and stack '${onlyStack.name}' go together, because ${onlyStack.reason}`,
    );
  }
}
