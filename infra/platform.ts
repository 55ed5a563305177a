import type * as pulumi from "@pulumi/pulumi";
import type { Needs } from "./needs";
import type { Settings } from "./settings";

/** Where the pipeline's data lives: the record that every platform passes on to Kestra and the pipeline. */
export interface Platform {
  projectId: string;
  /** Location of bucket and dataset. */
  location: string;
  bucketName: pulumi.Output<string>;
  dataset: pulumi.Output<string>;
  /** Service-account key as JSON text, secret; undefined where Kestra itself runs as the account. */
  credentials?: pulumi.Output<string>;
  sources: Sources;
  /** Output of dbt/profiles.yml to connect with. */
  dbtTarget: string;
  /** What must exist before anything runs on the platform. */
  ready: pulumi.Resource[];
  /** The account that works on the data. */
  serviceAccountEmail: pulumi.Output<string>;
  /** Bucket and dataset in a browser. */
  bucketLink: pulumi.Output<string>;
  datasetLink: pulumi.Output<string>;
  /** Root of BigQuery's API. */
  bigqueryUrl: string;
}

/** Where the published files are downloaded from. */
export interface Sources {
  /** Bucket of the monthly trip files; can be listed. No trailing slash. */
  tripsUrl: string;
  /** The counties as CSV. */
  countiesUrl: string;
}

/** A choice for `bay-wheels:platform`: its own settings, and how to create it. index.ts lists them. */
export interface PlatformKind<Own = unknown> {
  /** Keys of its own settings, by namespace. */
  keys: Record<string, string[]>;
  /** The only stack that it's for, which in turn takes no other platform; undefined: all others. */
  onlyStack?: { name: string; reason: string };
  /** The Google Cloud project, or what takes its place. */
  readProject(): string;
  readSettings(common: Settings): Own;
  create(args: { settings: Settings; own: Own; needs: Needs }): Platform;
}
