import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Database of the Kestra server; a new major version needs the steps of docs/upgrade.md. */
export const postgresImage = "postgres:17.6-bookworm";

/** Where this image keeps its data; from version 18 on it is `/var/lib/postgresql`. */
export const postgresData = "/var/lib/postgresql/data";

/** Builds the Kestra image from the project's folder, as far as the ignore file beside it allows. */
export const kestraDockerfile = "kestra/server/image/Dockerfile";

/** Everything that determines the Kestra image's content. */
const sources = [kestraDockerfile, "dbt/requirements.txt"];

/**
 * A tag that changes with the content of the image and with nothing else.
 * @param platform what the image is built for, such as `linux/amd64`
 */
export function kestraImageTag(platform: string): string {
  const hash = createHash("sha256").update(platform);
  for (const file of sources) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}
