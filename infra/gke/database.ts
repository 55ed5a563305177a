import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { GeneratedSecret } from "../../dynamic/generatedSecret";
import { labels } from "../labels";
import type { DatabaseSettings } from "./gkeSettings";
import type { ClusterNetwork } from "./network";

export interface DatabaseArgs {
  project: string;
  region: string;
  network: ClusterNetwork;
  settings: DatabaseSettings;
  /** True: no command deletes it. */
  deletionProtection: boolean;
}

/** Major version, as on stack `dev`; a new one is an upgrade in place that Cloud SQL does: docs/gke.md. */
const version = "POSTGRES_17";

/** Days that backups, and the log between them, are kept; seven of the log are the most that this edition keeps. */
const keptBackups = 7;
const keptLogDays = 7;

/**
 * Connections at the most, one for 19.2 MiB of memory: 200 in the smallest tier, whose own limit of 100 Kestra's servers would pass while a new
 * configuration starts a second one beside each: docs/scale.md.
 */
const connectionsOf = (tier: string) => Math.floor(Number(tier.split("-").at(-1)) / 19.2);

/** Database and user of Kestra. */
const kestra = "kestra";

/**
 * Cloud SQL for PostgreSQL, reached through an endpoint of Private Service Connect in the cluster's network and from nowhere else. Private IP by
 * Service Networking would leave a peering behind that keeps the network from being deleted.
 */
export class Database extends pulumi.ComponentResource {
  public readonly instance: gcp.sql.DatabaseInstance;
  public readonly host: pulumi.Output<string>;
  public readonly database: string = kestra;
  public readonly username: string = kestra;
  /** Secret. */
  public readonly password: pulumi.Output<string>;
  /** What must be there before somebody connects. */
  public readonly ready: pulumi.Resource[];

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:Database", name, {}, opts);
    const { project, region, network, settings, deletionProtection } = args;
    const child = { parent: this };

    // no name: Pulumi's has a random end, and Google keeps the name of a deleted instance for a week
    this.instance = new gcp.sql.DatabaseInstance(
      `${name}-instance`,
      {
        project,
        region,
        databaseVersion: version,
        settings: {
          // PostgreSQL 16 and newer would come in the edition Enterprise Plus, which knows no such tiers
          edition: "ENTERPRISE",
          tier: settings.tier,
          availabilityType: settings.availability.toUpperCase(),
          diskType: "PD_SSD",
          diskAutoresize: true,
          databaseFlags: [{ name: "max_connections", value: String(connectionsOf(settings.tier)) }],
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
      { ...child, protect: deletionProtection },
    );
    const address = new gcp.compute.Address(
      `${name}-address`,
      { project, region, addressType: "INTERNAL", subnetwork: network.subnetwork },
      child,
    );
    const endpoint = new gcp.compute.ForwardingRule(
      `${name}-endpoint`,
      {
        project,
        region,
        network: network.network,
        ipAddress: address.selfLink,
        target: this.instance.pscServiceAttachmentLink,
        // an empty text, which is no default: a rule that leads to a service attachment has no scheme
        loadBalancingScheme: "",
        recreateClosedPsc: true,
      },
      child,
    );
    // Postgres drops no user that owns tables, and no database in use: both go with their instance
    const inside = { ...child, deletedWith: this.instance };
    const database = new gcp.sql.Database(
      `${name}-kestra`,
      { project, instance: this.instance.name, name: kestra },
      inside,
    );
    const { value } = new GeneratedSecret(
      `${name}-password`,
      { kind: "password", generation: this.instance.name },
      child,
    );
    this.password = pulumi.secret(value);
    const user = new gcp.sql.User(
      `${name}-user`,
      { project, instance: this.instance.name, name: kestra, password: this.password },
      inside,
    );
    this.host = address.address;
    this.ready = [endpoint, database, user];
    this.registerOutputs({});
  }
}
