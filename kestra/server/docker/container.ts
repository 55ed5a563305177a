/**
 * What every container of the stack has: it restarts after a reboot, has no root privileges and can't gain any, and its
 * log doesn't fill the disk.
 */
export const confined = {
  restart: "unless-stopped",
  privileged: false,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "5" },
  // seconds to stop in, at a reboot and for Pulumi: Postgres writes its last data, Kestra's running tasks are repeated
  stopTimeout: 60,
  destroyGraceSeconds: 60,
};

/** A limit of memory in MiB, with no swap on top. */
export function memory(mebibytes: number) {
  return { memory: mebibytes, memorySwap: mebibytes };
}

/** A file that only this container has; unlike the environment, `docker inspect` doesn't print it. */
export function file<T>(path: string, content: T) {
  return { file: path, content, permissions: "0444" };
}
