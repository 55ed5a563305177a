/**
 * All that the service account of the flows may do, each role on the narrowest resource that takes it. What each is needed for is
 * proved on paper, from the calls of a whole run: test/access/ and test/e2e/5-roles.test.ts.
 */
export const roles = {
  /** On the project: to run query jobs. */
  project: "roles/bigquery.jobUser",
  /** On the dataset: to make, read, change and delete tables. */
  dataset: "roles/bigquery.dataEditor",
  /** On the bucket: to write, overwrite and read objects. */
  bucket: "roles/storage.objectUser",
} as const;
