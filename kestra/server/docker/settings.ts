import { Reader } from "../../../infra/config";

/** Settings of runtime `docker`. */
export interface DockerSettings {
  /**
   * How the flows sign in to Google Cloud. `key`: with a key of the stack's service account. `ambient`: Docker runs on
   * a Google machine as that account, whose metadata server gives the containers tokens. Default `key`.
   */
  credentials: "key" | "ambient";
}

/** Their keys, in namespace `bay-wheels`. */
export const dockerKeys = ["credentials"];

/** Reads and checks them. */
export function readDockerSettings(): DockerSettings {
  return { credentials: new Reader("bay-wheels").oneOf("credentials", ["key", "ambient"]) ?? "key" };
}
