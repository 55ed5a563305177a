import { randomBytes } from "node:crypto";

/** Name of the stack that the live test creates. */
export const stackName = "live";

/** What the stack is called in its project. */
export interface Names {
  runtime: Runtime;
  project: string;
  bucket: string;
  dataset: string;
  /** E-mail address of the flows' service account. */
  account: string;
}

/** How Kestra runs: as on stack `dev`, or as on stack `gke`. */
export type Runtime = "docker" | "gke";

/** Names of a new stack; bucket and dataset are unique. */
export function newNames(project: string, runtime: Runtime): Names {
  const end = randomBytes(5).toString("hex");
  return {
    runtime,
    project,
    bucket: `bay-wheels-${stackName}-${end}`,
    dataset: `bay_wheels_${stackName}_${end}`,
    account: `bay-wheels-${stackName}@${project}.iam.gserviceaccount.com`,
  };
}
