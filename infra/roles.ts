/**
 * The roles of the flows' service account, each on the narrowest resource that takes it. test/access/ and
 * test/e2e/5-roles.test.ts derive from the calls of a whole run that these are enough, and all needed.
 */
export const roles = {
  /** On the project: to run query jobs. */
  project: "roles/bigquery.jobUser",
  /** On the dataset: to create, read, change and delete tables. */
  dataset: "roles/bigquery.dataEditor",
  /** On the bucket: to write, overwrite and read objects. */
  bucket: "roles/storage.objectUser",
} as const;
