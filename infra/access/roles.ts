/** To write, overwrite and read the objects of a bucket. */
export const objectUser = "roles/storage.objectUser";

/**
 * The roles of the flows' service account, each on the narrowest resource that takes it. test/access/ and
 * test/e2e/5-roles.test.ts derive from the calls of a whole run that these are enough, and all needed.
 */
export const roles = {
  /** On the project: to run query jobs. */
  project: ["roles/bigquery.jobUser"],
  /** On the dataset: to create, read, change and delete tables. */
  dataset: ["roles/bigquery.dataEditor"],
  /** On the bucket; the second one, to look at the bucket itself, is for external tables. */
  bucket: [objectUser, "roles/storage.legacyBucketReader"],
} as const;

/** The roles of whoever reads the tables. */
export const readerRoles = { project: "roles/bigquery.jobUser", dataset: "roles/bigquery.dataViewer" } as const;

/**
 * BigQuery keeps a dataset's roles by these older names, and would report the newer ones as changed:
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#access
 */
export const olderNames = { "roles/bigquery.dataEditor": "WRITER", "roles/bigquery.dataViewer": "READER" } as const;
