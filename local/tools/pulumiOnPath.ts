import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { compareVersions } from "./toolchains";

/** Oldest Pulumi CLI that is used as it is found. */
const minimum = "3.230.0";

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/**
 * The folder of a Pulumi CLI on PATH that fits: new enough, of major version 3, with its Node language host beside it
 * or on PATH. Undefined otherwise; then set-up builds one.
 */
export function findPulumi(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const folder = folders.find((candidate) => isFile(join(candidate, "pulumi")));
  if (folder === undefined || !folders.some((candidate) => isFile(join(candidate, "pulumi-language-nodejs"))))
    return undefined;
  try {
    const output = execFileSync(join(folder, "pulumi"), ["version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const version = /^v(3\.\d+\.\d+)/.exec(output)?.[1];
    return version !== undefined && compareVersions(version, minimum) >= 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}
