import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import type { ServiceName } from "../services/definitions";
import { contentHash } from "./contentHash";
import { toolPath } from "./tools";

/** Sources that are run as they stand, without being built. */
const scripts: Partial<Record<ServiceName, string[]>> = {
  bigquery: ["main.py", "patches", "wrapper"].map((path) => `local/bigquery/${path}`),
  openData: ["local/openData", "package-lock.json"],
};

/**
 * Version of what a service runs: a hash of its built tool and of the sources that are run as they stand.
 * @throws RunError when the tool is not built.
 */
export function versionOf(service: ServiceName): string {
  const parts = scripts[service] ? [contentHash(scripts[service])] : [];
  if (service !== "openData") {
    const stamp = toolPath(service, ".version");
    if (!existsSync(stamp))
      throw new RunError(`The local tools are not set up (${join(stamp)} is missing). Run: npm start`);
    parts.push(readFileSync(stamp, "utf8"));
  }
  return parts.join("-");
}
