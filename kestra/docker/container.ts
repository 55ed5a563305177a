/**
 * What every container of the stack has: it comes back after a reboot, holds no right of root's and cannot get one, and its log does not
 * fill the disk.
 */
export const confined = {
  restart: "unless-stopped",
  privileged: false,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "5" },
  // seconds to end in, for Docker at a reboot and for Pulumi: Postgres writes its last data, Kestra's running tasks are done again
  stopTimeout: 60,
  destroyGraceSeconds: 60,
};

/** A limit of memory in MiB, with no swap on top. */
export function memory(mebibytes: number) {
  return { memory: mebibytes, memorySwap: mebibytes };
}

/** A file that only this container holds: unlike its environment, `docker inspect` does not print it. Anyone in the container can read it. */
export function file<T>(path: string, content: T) {
  return { file: path, content, permissions: "0444" };
}
