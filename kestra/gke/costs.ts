import { cpusOf, parts, type Size } from "./parts";
import type { GkeSettings } from "./settings";

/** Google's list prices in us-central1, US dollars, read on 2026-11-26; docs/scale.md has the source of each and what confirms it. */
export const prices = {
  /** An hour of a cluster, https://cloud.google.com/kubernetes-engine/pricing; a credit of 74.40 a month pays one cluster of a billing account. */
  cluster: 0.1,
  /** A vCPU for an hour, general-purpose pods of Autopilot, same page. */
  podCpu: 0.0445,
  /** A GiB of memory for an hour, same page. */
  podMemory: 0.0049225,
  /** A GiB of ephemeral storage for an hour, same page. */
  podStorage: 0.0001389,
  /** A vCPU for an hour, Cloud SQL for PostgreSQL, edition Enterprise, zonal, https://cloud.google.com/sql/pricing; regional is twice that. */
  databaseCpu: 0.0413,
  /** A GiB of memory for an hour, same page; regional is twice that. */
  databaseMemory: 0.007,
  /** A GiB of SSD for a month, same page; regional is twice that. */
  databaseStorage: 0.17,
  /** A GiB of backups for a month, same page. */
  databaseBackup: 0.08,
  /** An hour of an endpoint of Private Service Connect, https://cloud.google.com/vpc/pricing#psc. */
  endpoint: 0.01,
  /** An hour of a VM behind Cloud NAT, https://cloud.google.com/nat/pricing. */
  natVm: 0.0014,
  /** An hour of the gateway at most, however many VMs are behind it, same page. */
  natGateway: 0.044,
  /** An hour of the gateway's address, same page. */
  natAddress: 0.005,
  /** A GiB through Cloud NAT, same page. */
  natData: 0.045,
  /** A GiB in Artifact Registry for a month, https://cloud.google.com/artifact-registry/pricing. */
  image: 0.1,
  /** A GiB in a bucket of that region for a month, https://cloud.google.com/storage/pricing. */
  storage: 0.02,
};

/** What is taken for the sizes that use decides. Logs stay below the 50 GiB a month that Cloud Logging takes for nothing. */
const assumed = { databaseGiB: 10, backupGiB: 10, natGiB: 1, imageGiB: 3, storageGiB: 10 };

const hoursAMonth = 730;

/** What of a cluster can be chosen and costs. */
export type CostArgs = Pick<GkeSettings, "workers" | "database">;

/**
 * US dollars of a month of 730 hours with as many workers all the time, by what they are paid for. BigQuery and the data bucket cost the
 * same wherever Kestra runs, and are not in it.
 */
export function monthlyBill({ workers, database }: CostArgs): Record<string, number> {
  const { cpu, memory } = sizeOf(database.tier);
  const instances = database.availability === "regional" ? 2 : 1;
  const { worker, ...others } = parts;
  const alwaysThere = Object.values(others);
  const pods = alwaysThere.reduce((sum, { replicas }) => sum + replicas, workers);
  return {
    "cluster fee": prices.cluster * hoursAMonth,
    "pods but workers": alwaysThere.reduce((sum, part) => sum + part.replicas * hourOf(part), 0) * hoursAMonth,
    workers: workers * hourOf(worker) * hoursAMonth,
    "database: CPU, memory": instances * (cpu * prices.databaseCpu + memory * prices.databaseMemory) * hoursAMonth,
    "database: SSD, backups":
      instances * assumed.databaseGiB * prices.databaseStorage + assumed.backupGiB * prices.databaseBackup,
    "database: endpoint": prices.endpoint * hoursAMonth,
    // at most a node a pod
    "Cloud NAT":
      (Math.min(pods * prices.natVm, prices.natGateway) + prices.natAddress) * hoursAMonth +
      assumed.natGiB * prices.natData,
    "image, Kestra's bucket": assumed.imageGiB * prices.image + assumed.storageGiB * prices.storage,
  };
}

/** US dollars of a month: the sum of its bill. */
export function monthlyCost(args: CostArgs): number {
  return Object.values(monthlyBill(args)).reduce((sum, dollars) => sum + dollars, 0);
}

/** What a person is told before the first cluster is made. */
export function costWarning({ workers, database }: CostArgs): string {
  const dollars = (count: number) => `$${Math.round(monthlyCost({ workers: count, database }))}`;
  const busy = workers === 1 ? "" : `, about ${dollars(workers)} with all ${workers} workers all month`;
  return (
    `A cluster costs money by the hour, also when nothing runs in it: about ${dollars(1)} a month with one worker${busy}, by list prices ` +
    "of us-central1 and without BigQuery. `pulumi destroy` ends it; docs/scale.md has the arithmetic."
  );
}

/** Dollars of an hour of one pod. */
function hourOf(size: Size): number {
  return (
    cpusOf(size) * prices.podCpu +
    gibibytes(size.memory) * prices.podMemory +
    gibibytes(size.ephemeralStorage) * prices.podStorage
  );
}

const gibibytes = (size: Size["memory"]) => Number(size.slice(0, -2));

/** vCPUs and GiB of memory of a database's tier. */
function sizeOf(tier: string): { cpu: number; memory: number } {
  const [, cpu, mebibytes] = /^db-custom-(\d+)-(\d+)$/.exec(tier) ?? [];
  if (mebibytes === undefined) throw new Error(`Database tier '${tier}': db-custom-<vCPU>-<MiB> is needed`);
  return { cpu: Number(cpu), memory: Number(mebibytes) / 1024 };
}
