import { cpusOf, parts } from "./parts";
import { accountId, repositoryId } from "../stackName";
import { costWarning } from "./costs";
import type { GkeSettings } from "./gkeSettings";

/** What a cluster takes of the project: room, and names that Pulumi gives no random end. */
export interface ClusterPlan {
  region: string;
  /** CPUs of all pods, the most workers counted. */
  cpus: number;
  /** Workers at the most. */
  workers: number;
  /** True: a network of its own is to be made. */
  ownNetwork: boolean;
  repository: string;
  /** Account id of the nodes. */
  nodes: string;
}

/** The plan of a stack's cluster, and the words about what it costs. */
export function clusterPlan({ region, workers, network, database }: GkeSettings): {
  cluster: ClusterPlan;
  warning: string;
} {
  const { worker, ...others } = parts;
  const always = Object.values(others).reduce((sum, part) => sum + part.replicas * cpusOf(part), 0);
  const names = { repository: repositoryId(), nodes: accountId("kestra-nodes") };
  const cluster = { region, cpus: always + workers * cpusOf(worker), workers, ownNetwork: !network, ...names };
  return { cluster, warning: costWarning({ workers, database }) };
}
