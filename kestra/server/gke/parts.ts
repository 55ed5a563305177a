/** What one pod requests from the cluster, in Kubernetes' notation; on Autopilot that's also what you pay for. */
export interface Size {
  cpu: `${number}m` | `${number}`;
  memory: `${number}Gi`;
  /** Space for files on its node, which are deleted with the pod. */
  ephemeralStorage: `${number}Gi`;
  /** Number of pods; of workers, the minimum. */
  replicas: number;
}

/**
 * Kestra's separate parts, by their names in the chart: the single definition of their sizes, for the chart and for the
 * cost estimate (costs.ts). Autopilot takes 1 to 6.5 GiB of memory per CPU.
 */
export const parts = {
  webserver: { cpu: "500m", memory: "2Gi", ephemeralStorage: "1Gi", replicas: 1 },
  executor: { cpu: "500m", memory: "2Gi", ephemeralStorage: "1Gi", replicas: 1 },
  scheduler: { cpu: "500m", memory: "2Gi", ephemeralStorage: "1Gi", replicas: 1 },
  indexer: { cpu: "500m", memory: "2Gi", ephemeralStorage: "1Gi", replicas: 1 },
  // downloads a month's files, and runs dbt beside the server
  worker: { cpu: "1", memory: "4Gi", ephemeralStorage: "5Gi", replicas: 1 },
} as const satisfies Record<string, Size>;

/** Name of a part. */
export type Part = keyof typeof parts;

/** CPUs that a part requests. */
export function cpusOf({ cpu }: Size): number {
  return cpu.endsWith("m") ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu);
}
