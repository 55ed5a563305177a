import { cpusOf, parts, type Size } from "./parts";
import type { GkeSettings } from "./settings";

/** Google's list prices in us-central1 on 2026-11-26, in US dollars; docs/scale.md has their sources. */
export const prices = {
  /**
   * A cluster per hour, https://cloud.google.com/kubernetes-engine/pricing; a credit of 74.40 per month covers one
   * cluster of a billing account.
   */
  cluster: 0.1,
  /** A vCPU per hour, general-purpose pods of Autopilot, same page. */
  podCpu: 0.0445,
  /** A GiB of memory per hour, same page. */
  podMemory: 0.0049225,
  /** A GiB of ephemeral storage per hour, same page. */
  podStorage: 0.0001389,
  /**
   * A vCPU per hour, Cloud SQL for PostgreSQL, edition Enterprise, zonal, https://cloud.google.com/sql/pricing;
   * regional is twice that.
   */
  databaseCpu: 0.0413,
  /** A GiB of memory per hour, same page; regional is twice that. */
  databaseMemory: 0.007,
  /** A GiB of SSD per month, same page; regional is twice that. */
  databaseStorage: 0.17,
  /** A GiB of backups per month, same page. */
  databaseBackup: 0.08,
  /** An endpoint of Private Service Connect per hour, https://cloud.google.com/vpc/pricing#psc. */
  endpoint: 0.01,
  /** A VM behind Cloud NAT per hour, https://cloud.google.com/nat/pricing. */
  natVm: 0.0014,
  /** Maximum per hour for the gateway, however many VMs are behind it, same page. */
  natGateway: 0.044,
  /** The gateway's address per hour, same page. */
  natAddress: 0.005,
  /** A GiB through Cloud NAT, same page. */
  natData: 0.045,
  /** A GiB in Artifact Registry per month, https://cloud.google.com/artifact-registry/pricing. */
  image: 0.1,
  /** A GiB in a bucket of that region per month, https://cloud.google.com/storage/pricing. */
  storage: 0.02,
};

/** Assumed sizes of what depends on use. Logs stay below Cloud Logging's free 50 GiB per month. */
const assumed = { databaseGiB: 10, backupGiB: 10, natGiB: 1, imageGiB: 3, storageGiB: 10 };

const hoursPerMonth = 730;

/** The choices that determine a cluster's cost. */
export type CostArgs = Pick<GkeSettings, "workers" | "database">;

/**
 * US dollars for a month of 730 hours with that many workers all the time, by item. Without BigQuery and the data
 * bucket, which cost the same wherever Kestra runs.
 */
export function monthlyBill({ workers, database }: CostArgs): Record<string, number> {
  const { cpu, memory } = sizeOf(database.tier);
  const instances = database.availability === "regional" ? 2 : 1;
  const { worker, ...others } = parts;
  const alwaysThere = Object.values(others);
  const pods = alwaysThere.reduce((sum, { replicas }) => sum + replicas, workers);
  return {
    "cluster fee": prices.cluster * hoursPerMonth,
    "pods but workers": alwaysThere.reduce((sum, part) => sum + part.replicas * hourOf(part), 0) * hoursPerMonth,
    workers: workers * hourOf(worker) * hoursPerMonth,
    "database: CPU, memory": instances * (cpu * prices.databaseCpu + memory * prices.databaseMemory) * hoursPerMonth,
    "database: SSD, backups":
      instances * assumed.databaseGiB * prices.databaseStorage + assumed.backupGiB * prices.databaseBackup,
    "database: endpoint": prices.endpoint * hoursPerMonth,
    // at most one node per pod
    "Cloud NAT":
      (Math.min(pods * prices.natVm, prices.natGateway) + prices.natAddress) * hoursPerMonth +
      assumed.natGiB * prices.natData,
    "image, Kestra's bucket": assumed.imageGiB * prices.image + assumed.storageGiB * prices.storage,
  };
}

/** US dollars per month: the sum of the bill. */
export function monthlyCost(args: CostArgs): number {
  return Object.values(monthlyBill(args)).reduce((sum, dollars) => sum + dollars, 0);
}

/** Shown before the first cluster is created. */
export function costWarning({ workers, database }: CostArgs): string {
  const dollars = (count: number) => `$${Math.round(monthlyCost({ workers: count, database }))}`;
  const busy = workers === 1 ? "" : `, about ${dollars(workers)} with all ${workers} workers all month`;
  return (
    "A cluster costs money by the hour, even when nothing runs in it: " +
    `about ${dollars(1)} a month with one worker${busy}, at the list prices of us-central1, without BigQuery. ` +
    "To stop the costs, run `pulumi destroy`; docs/scale.md has the calculation."
  );
}

/** US dollars per hour for one pod. */
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
