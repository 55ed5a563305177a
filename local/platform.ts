import * as pulumi from "@pulumi/pulumi";
import type { Needs } from "../infra/needs";
import type { Platform, PlatformKind } from "../infra/platform";
import { ReplacementGuard } from "../infra/replacementGuard";
import type { Settings } from "../infra/settings";
import { Dataset } from "./bigquery/dataset";
import { ServiceAccountKey } from "./serviceAccountKey";
import { local, portsFrom, type Ports, type ServiceName } from "./services/definitions";
import { Service } from "./services/service";
import { localKeys, readLocalSettings, type LocalSettings } from "./settings";
import { Bucket } from "./storage/bucket";
import { versionOf } from "./tools/versions";

/** Platform `local`: emulators on this machine. */
export const localPlatform: PlatformKind<LocalSettings> = {
  keys: localKeys,
  onlyStack: {
    name: "local",
    reason:
      "the state of stack 'local' is in this machine's folder and is deleted with it. " +
      "Use `npm start` for it, and another stack for Google Cloud.",
  },
  readProject: () => "bay-wheels-local",
  readSettings: readLocalSettings,
  create: (args) => new LocalPlatform("local", args).platform,
};

export interface LocalPlatformArgs {
  settings: Settings;
  own: LocalSettings;
  needs: Needs;
}

/**
 * The local counterpart of the data platform: emulators of Cloud Storage and BigQuery with a bucket and a dataset, the
 * server of the published files, and a key that's worth nothing.
 */
export class LocalPlatform extends pulumi.ComponentResource {
  public readonly platform: Platform;

  constructor(name: string, { settings, own, needs }: LocalPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:LocalPlatform", name, {}, opts);
    const { project, dataLocation: location, bucketName, dataset: datasetId, protectData: protect } = settings;
    const ports = portsFrom(own.firstPort);
    const bigqueryUrl = local(ports.bigquery);
    const datasets = `${bigqueryUrl}/bigquery/v2/projects/${project}/datasets`;
    const { storage, bigquery, openData } = startServices(name, own, ports, { parent: this });

    const guard = new ReplacementGuard(`${name}-guard`, { settings, needs }, { parent: this });
    const bucket = new Bucket(
      `${name}-bucket`,
      { url: local(ports.storage), project, name: bucketName, location },
      { parent: this, dependsOn: [storage, guard], deletedWith: storage, protect },
    );
    const dataset = new Dataset(
      `${name}-dataset`,
      { url: bigqueryUrl, project, datasetId, location },
      { parent: this, dependsOn: [bigquery, guard], deletedWith: bigquery, protect },
    );
    const key = new ServiceAccountKey(`${name}-key`, { project }, { parent: this });

    this.platform = {
      projectId: project,
      location,
      bucketName: bucket.name,
      dataset: dataset.datasetId,
      credentials: key.json,
      sources: {
        tripsUrl: `${local(ports.openData)}/baywheels-data`,
        countiesUrl: `${local(ports.openData)}/resource/wamw-vt4s.csv`,
      },
      dbtTarget: "local",
      ready: [bucket, dataset, openData],
      serviceAccountEmail: key.email,
      bucketLink: pulumi.interpolate`${local(ports.storage)}/storage/v1/b/${bucket.name}/o`,
      datasetLink: pulumi.interpolate`${datasets}/${dataset.datasetId}/tables`,
      bigqueryUrl,
    };
    this.registerOutputs({ bucketName: bucket.name, dataset: dataset.datasetId });
  }
}

/** The emulators, and the server of the published files. */
function startServices(name: string, own: LocalSettings, ports: Ports, opts: pulumi.CustomResourceOptions) {
  const argsOf = (service: ServiceName) => ({ service, ports, version: versionOf(service) });
  const storage = new Service(`${name}-storage`, argsOf("storage"), opts);
  const bigquery = new Service(`${name}-bigquery`, argsOf("bigquery"), { ...opts, dependsOn: storage });
  const { dataDir, irregularities, tripsPerMonth } = own;
  const switches = irregularities && { irregularities: irregularities.join(",") };
  const options: Record<string, string> = dataDir ? { dataDir } : { tripsPerMonth: String(tripsPerMonth), ...switches };
  const openData = new Service(`${name}-open-data`, { ...argsOf("openData"), options }, opts);
  return { storage, bigquery, openData };
}
