import type * as pulumi from "@pulumi/pulumi";

/** A place where the pipeline's data lives: what every platform hands on to Kestra and the pipeline. */
export interface Platform {
  projectId: string;
  /** Location of bucket and dataset. */
  location: string;
  bucketName: pulumi.Output<string>;
  dataset: pulumi.Output<string>;
  /** Service-account key as JSON text, secret; undefined where none is needed: what runs the flows is the account itself. */
  credentials?: pulumi.Output<string>;
  sources: Sources;
  /** Output of dbt/profiles.yml to connect with. */
  dbtTarget: string;
  /** What must be there before anything is run on the platform. */
  ready: pulumi.Resource[];
  /** Who works on the data. */
  serviceAccountEmail: pulumi.Output<string>;
  /** Where a person looks at bucket and dataset in a browser. */
  bucketLink: pulumi.Output<string>;
  datasetLink: pulumi.Output<string>;
  /** Root of BigQuery's API. */
  bigqueryUrl: string;
}

/** Where the published files are fetched from. */
export interface Sources {
  /** Bucket of the monthly trip files; can be listed. No trailing slash. */
  tripsUrl: string;
  /** The counties as CSV. */
  countiesUrl: string;
}

/** The publishers' own addresses: Lyft's bucket of trips, San Francisco's table of the Bay Area's counties. */
export const publishedSources: Sources = {
  tripsUrl: "https://s3.amazonaws.com/baywheels-data",
  countiesUrl: "https://data.sfgov.org/resource/wamw-vt4s.csv",
};
