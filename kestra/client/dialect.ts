import { KestraUnusable } from "./errors";

/** Versions that the client was tested with: the oldest, and the newest minor version. */
export const oldest = "1.3.0";
export const newest = "2.0";

/**
 * Everything this client uses that Kestra 2.0 names differently from 1.3. Other differences need no entry here: error
 * bodies are recognizable by themselves (errors.ts); 2.0 lists executions without their task runs, and outputs under
 * `/outputs`, which the client doesn't read.
 */
export interface Dialect {
  /** Path of the PUT request that starts a backfill. */
  startBackfill: string;
  /** Path of the PUT request that pauses or resumes a trigger. */
  setDisabled: string;
  /** Property of a trigger's state that holds its next date. */
  nextDate: "nextExecutionDate" | "nextEvaluationDate";
}

const kestra1: Dialect = { startBackfill: "/triggers", setDisabled: "/triggers", nextDate: "nextExecutionDate" };

const kestra2: Dialect = {
  startBackfill: "/triggers/backfill/create",
  setDisabled: "/triggers/set-disabled",
  nextDate: "nextEvaluationDate",
};

/** The dialect of a server that {@link supported} accepted. */
export const dialectOf = (version: string): Dialect => (numbersOf(version)[0] < 2 ? kestra1 : kestra2);

/** Major and minor number of `1.3.31` or `2.0.0-SNAPSHOT`; a build without a number counts as the newest. */
function numbersOf(version: string): [major: number, minor: number] {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return major === undefined ? [Infinity, 0] : [Number(major), Number(minor)];
}

function isOlder(version: string, other: string): boolean {
  const [[major, minor], [otherMajor, otherMinor]] = [numbersOf(version), numbersOf(other)];
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** Newer versions that this process has warned about. */
const warned = new Set<string>();

/**
 * Checks that the client supports the server's version. A newer one is only a warning, once per process, on stderr,
 * which the engine shows: most of the API stays the same from version to version.
 * @throws KestraUnusable for an older one: its paths have no tenant, or its flows and entries have different fields
 */
export function supported(endpoint: string, version: string): void {
  if (isOlder(version, oldest))
    throw new KestraUnusable(
      `Kestra at ${endpoint} has version ${version}, but this program needs ${oldest} or newer. ` +
        "Upgrade the server, then run the same command again.",
    );
  if (!isOlder(newest, version) || warned.has(version)) return;
  warned.add(version);
  console.error(
    `Kestra at ${endpoint} has version ${version}; this program was tested up to ${newest}. ` +
      "If a request fails, update this program, or use that version of Kestra.",
  );
}
