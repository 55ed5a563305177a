import * as pulumi from "@pulumi/pulumi";
import { configCommand, Reader } from "../../../infra/config";
import type { DatabaseSize } from "../../../infra/gke/database";
import { regions } from "../../../infra/locations";

/** Settings of runtime `gke`. */
export interface GkeSettings {
  /**
   * Where cluster, database and images are, such as `europe-west1`; the data has its own location. Default
   * `us-central1`.
   */
  region: string;
  /** Paths of an existing network and of a subnetwork in that region; undefined: the stack creates its own. */
  network?: { network: string; subnetwork: string };
  /** Private /16 block of the stack's own network. Default `10.64.0.0/16`. */
  networkRange: string;
  /** Maximum number of workers; there's always one. Default 3. */
  workers: number;
  /** Defaults: `zonal`, `db-custom-1-3840`. */
  database: DatabaseSize;
  /** Helm repository of Kestra's chart. Default `https://helm.kestra.io/`. */
  chartRepository: string;
}

/** Their keys, in namespace `bay-wheels`. */
export const gkeKeys = [
  "region",
  "network",
  "subnetwork",
  "networkRange",
  "workers",
  "databaseAvailability",
  "databaseTier",
  "chartRepository",
];

/**
 * A block of RFC 1918 except 172.17.0.0/16, which GKE's nodes reserve for Docker:
 * https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips
 */
const privateBlock = /^(10\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])|172\.(16|1[89]|2\d|3[01])|192\.168)\.0\.0\/16$/;

/** https://cloud.google.com/sql/docs/postgres/instance-settings#machine-type-2ndgen: 1 or an even number of CPUs. */
const databaseTier = /^db-custom-(1|[1-9]?[02468])-\d{4,6}$/;

/** Plain http is for this machine alone: whoever alters a chart on its way can read all of Kestra's secrets. */
const chartRepository = /^(https:\/\/[^\s/?#@]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?)(\/[^\s?#@]*)?$/;

/** Reads and checks them. */
export function readGkeSettings({ project }: { project: string }): GkeSettings {
  const config = new Reader("bay-wheels");
  const region = config.text(
    "region",
    new RegExp(`^(${regions.join("|")})$`),
    "a region of Google Cloud is needed, such as europe-west1",
    "us-central1",
  )!;
  return {
    region,
    network: readNetwork(config, project, region),
    networkRange: config.text(
      "networkRange",
      privateBlock,
      "a private block with 16 bits for hosts is needed, such as 10.64.0.0/16, and not 172.17.0.0/16",
      "10.64.0.0/16",
    )!,
    workers: config.integer("workers", 3, 1, 50),
    database: {
      availability: config.oneOf("databaseAvailability", ["zonal", "regional"]) ?? "zonal",
      tier: config.text(
        "databaseTier",
        databaseTier,
        "db-custom-<CPUs>-<MiB> is needed, where <CPUs> is 1 or an even number, such as db-custom-2-7680",
        "db-custom-1-3840",
      )!,
    },
    chartRepository: config.text(
      "chartRepository",
      chartRepository,
      "the address of a Helm repository is needed, such as https://charts.example.com/kestra/",
      "https://helm.kestra.io/",
    )!,
  };
}

/**
 * An existing network: both settings, or none. GKE creates ranges for pods and services in it, which a Shared VPC
 * doesn't allow.
 */
function readNetwork(config: Reader, project: string, region: string): GkeSettings["network"] {
  const [networks, subnetworks] = [
    `projects/${project}/global/networks/`,
    `projects/${project}/regions/${region}/subnetworks/`,
  ];
  const network = config.text(
    "network",
    new RegExp(`^${networks}[^/]+$`),
    `${networks}<name> is needed, one of this project`,
  );
  const subnetwork = config.text(
    "subnetwork",
    new RegExp(`^${subnetworks}[^/]+$`),
    `${subnetworks}<name> is needed, in the region that bay-wheels:region names`,
  );
  if (network === undefined && subnetwork === undefined) return undefined;
  if (network !== undefined && subnetwork !== undefined) return { network, subnetwork };
  const [given, missing] = network === undefined ? ["subnetwork", "network"] : ["network", "subnetwork"];
  throw new pulumi.RunError(
    `Config 'bay-wheels:${missing}' is missing: 'bay-wheels:${given}' is set, and the two go together. ` +
      `Set it with: ${configCommand("set", `bay-wheels:${missing}`, "<path>")}, ` +
      `or remove the other: ${configCommand("rm", `bay-wheels:${given}`)}`,
  );
}
