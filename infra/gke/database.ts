import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { GeneratedSecret } from "../../dynamic/generatedSecret";
import { labels } from "../labels";
import type { ClusterNetwork } from "./network";

/** What can be chosen of it. */
export interface DatabaseSize {
  /** `regional`: a standby in another zone takes over. */
  availability: "zonal" | "regional";
  /** Cloud SQL's tier: `db-custom-<CPUs>-<MiB>`. */
  tier: string;
}

export interface DatabaseArgs {
  project: string;
  region: string;
  network: ClusterNetwork;
  size: DatabaseSize;
  /** True: no command deletes it. */
  deletionProtection: boolean;
}

/** Major version, as on stack `dev`; Cloud SQL upgrades in place to a newer one: docs/gke.md. */
const version = "POSTGRES_17";

/** Days that backups, and the log between them, are kept; this edition keeps at most seven days of the log. */
const keptBackups = 7;
const keptLogDays = 7;

/**
 * Maximum number of connections, one per 19.2 MiB of memory: 200 in the smallest tier. Its default of 100 is too low
 * while a new configuration starts a second server beside each: docs/scale.md.
 */
const connectionsOf = (tier: string) => Math.floor(Number(tier.split("-").at(-1)) / 19.2);

/** Database and user of Kestra. */
const kestra = "kestra";

/**
 * Cloud SQL for PostgreSQL, reached only through an endpoint of Private Service Connect in the cluster's network.
 * Private IP by Service Networking would leave a peering behind that prevents the network's deletion.
 */
export class Database extends pulumi.ComponentResource {
  public readonly instance: gcp.sql.DatabaseInstance;
  public readonly host: pulumi.Output<string>;
  public readonly database: string = kestra;
  public readonly username: string = kestra;
  /** Secret. */
  public readonly password: pulumi.Output<string>;
  /** What must exist before a client connects. */
  public readonly ready: pulumi.Resource[];

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:Database", name, {}, opts);
    const { project, deletionProtection } = args;
    const child = { parent: this };
    this.instance = createInstance(name, args, { ...child, protect: deletionProtection });
    const { address, endpoint } = createEndpoint(name, { ...args, instance: this.instance }, child);
    const { name: instance } = this.instance;
    const { value } = new GeneratedSecret(`${name}-password`, { kind: "password", generation: instance }, child);
    this.password = pulumi.secret(value);
    // Postgres drops no user that owns tables, and no database in use: both are deleted with their instance
    const inside = { ...child, deletedWith: this.instance };
    const database = new gcp.sql.Database(`${name}-kestra`, { project, instance, name: kestra }, inside);
    const userArgs = { project, instance, name: kestra, password: this.password };
    const user = new gcp.sql.User(`${name}-user`, userArgs, inside);
    this.host = address.address;
    this.ready = [endpoint, database, user];
    this.registerOutputs({});
  }
}

function createInstance(name: string, args: DatabaseArgs, opts: pulumi.CustomResourceOptions) {
  const { project, region, size, deletionProtection } = args;
  // no name: Pulumi's has a random end, and Google keeps the name of a deleted instance for a week
  return new gcp.sql.DatabaseInstance(
    `${name}-instance`,
    {
      project,
      region,
      databaseVersion: version,
      settings: {
        // the default for PostgreSQL 16 and newer is Enterprise Plus, which has no such tiers
        edition: "ENTERPRISE",
        tier: size.tier,
        availabilityType: size.availability.toUpperCase(),
        diskType: "PD_SSD",
        diskAutoresize: true,
        databaseFlags: [{ name: "max_connections", value: String(connectionsOf(size.tier)) }],
        ipConfiguration: {
          ipv4Enabled: false,
          sslMode: "ENCRYPTED_ONLY",
          pscConfigs: [{ pscEnabled: true, allowedConsumerProjects: [project] }],
        },
        backupConfiguration: {
          enabled: true,
          pointInTimeRecoveryEnabled: true,
          transactionLogRetentionDays: keptLogDays,
          backupRetentionSettings: { retainedBackups: keptBackups, retentionUnit: "COUNT" },
        },
        userLabels: labels(),
        deletionProtectionEnabled: deletionProtection,
      },
      deletionProtection,
    },
    opts,
  );
}

/** The instance's address in the cluster's network. */
function createEndpoint(
  name: string,
  { project, region, network, instance }: DatabaseArgs & { instance: gcp.sql.DatabaseInstance },
  opts: pulumi.CustomResourceOptions,
) {
  const { subnetwork } = network;
  const address = new gcp.compute.Address(
    `${name}-address`,
    { project, region, addressType: "INTERNAL", subnetwork, labels: labels() },
    opts,
  );
  const endpoint = new gcp.compute.ForwardingRule(
    `${name}-endpoint`,
    {
      project,
      region,
      network: network.network,
      ipAddress: address.selfLink,
      target: instance.pscServiceAttachmentLink,
      // empty, which isn't the default: a rule that points to a service attachment has no scheme
      loadBalancingScheme: "",
      recreateClosedPsc: true,
      labels: labels(),
    },
    opts,
  );
  return { address, endpoint };
}
