/** What one pod asks the cluster for, in Kubernetes' notation; on Autopilot that is also what is paid. */
export interface Size {
  cpu: `${number}m` | `${number}`;
  memory: `${number}Gi`;
  /** Space for files on its node, which are gone with the pod. */
  ephemeralStorage: `${number}Gi`;
  /** Pods; of the workers, the fewest. */
  replicas: number;
}

/**
 * The parts of Kestra that run apart, by their names in the chart: the single definition of their sizes, so that the chart and the
 * reckoning of costs (infra/gke/costs.ts) cannot drift apart. Autopilot takes 1 to 6.5 GiB of memory a CPU.
 */
export const parts = {
  webserver: { cpu: "500m", memory: "2Gi", ephemeralStorage: "1Gi", replicas: 1 },
  executor: { cpu: "500m", memory: "2Gi", ephemeralStorage: "1Gi", replicas: 1 },
  scheduler: { cpu: "500m", memory: "2Gi", ephemeralStorage: "1Gi", replicas: 1 },
  indexer: { cpu: "500m", memory: "2Gi", ephemeralStorage: "1Gi", replicas: 1 },
  // the files of a month, and dbt beside the server
  worker: { cpu: "1", memory: "4Gi", ephemeralStorage: "5Gi", replicas: 1 },
} as const satisfies Record<string, Size>;

/** Name of a part. */
export type Part = keyof typeof parts;

/** CPUs that a part asks for. */
export function cpusOf({ cpu }: Size): number {
  return cpu.endsWith("m") ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu);
}
