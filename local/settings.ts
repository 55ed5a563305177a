import * as pulumi from "@pulumi/pulumi";
import { configCommand, Reader } from "../infra/config";
import { parseIrregularities, type Irregularity } from "./openData/irregularities";

/** Settings of the local cloud, namespace `local:`. */
export interface LocalSettings {
  /** First of six consecutive ports on 127.0.0.1. Default 8080. */
  firstPort: number;
  /** Folder that replaces the generated months: `baywheels-data/*.zip`, `resource/wamw-vt4s.csv`. */
  dataDir?: string;
  /** Irregularities of the source that the generated months have. Default: all but `corruptArchive`; empty: none. */
  irregularities?: Irregularity[];
  /** Approximate number of trips in a generated month. Default 50000. */
  tripsPerMonth: number;
}

/** Their keys, by namespace. */
export const localKeys = { local: ["firstPort", "dataDir", "irregularities", "tripsPerMonth"] };

export function readLocalSettings(): LocalSettings {
  const config = new Reader("local");
  return {
    firstPort: config.integer("firstPort", 8080, 1024, 65530),
    dataDir: config.folder("dataDir"),
    irregularities: readIrregularities(),
    tripsPerMonth: config.integer("tripsPerMonth", 50_000, 100, 1_000_000),
  };
}

/** Unlike elsewhere, an empty text means something: none. */
function readIrregularities(): Irregularity[] | undefined {
  const given = new pulumi.Config("local").get("irregularities");
  if (given === undefined) return undefined;
  try {
    return parseIrregularities(given);
  } catch (error) {
    const remedy = `Change it with: ${configCommand("set", "local:irregularities", "<value>")}`;
    throw new pulumi.RunError(`Config 'local:irregularities' is '${given}': ${(error as Error).message}. ${remedy}`);
  }
}
