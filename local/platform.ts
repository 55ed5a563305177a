import * as pulumi from "@pulumi/pulumi";
import { local, portsFrom } from "./services/definitions";
import { Bucket } from "./storage/bucket";
import { Dataset } from "./bigquery/dataset";
import { ServiceAccountKey } from "./serviceAccountKey";
import { Service } from "./services/service";
import { versionOf } from "./tools/versions";
import type { Platform } from "../infra/platform";
import { ReplacementGuard } from "../infra/resources/replacementGuard";
import type { Settings } from "../infra/settings";

export interface LocalPlatformArgs {
  settings: Settings;
}

/**
 * The local twin of the data platform: Cloud Storage and BigQuery emulators with a bucket and a dataset, the server of the published
 * files, and a key that is worth nothing.
 */
export class LocalPlatform extends pulumi.ComponentResource {
  public readonly platform: Platform;

  constructor(name: string, { settings }: LocalPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:LocalPlatform", name, {}, opts);
    const { project, dataLocation: location, bucketName, dataset: datasetId, protectData: protect } = settings;
    const ports = portsFrom(settings.local.firstPort);
    const { dataDir, irregularities, tripsPerMonth } = settings.local;
    const bigqueryUrl = local(ports.bigquery);

    const storage = new Service(
      `${name}-storage`,
      { service: "storage", ports, version: versionOf("storage") },
      { parent: this },
    );
    const bigquery = new Service(
      `${name}-bigquery`,
      { service: "bigquery", ports, version: versionOf("bigquery") },
      { parent: this, dependsOn: storage },
    );
    const switches = irregularities && { irregularities: irregularities.join(",") };
    const options: Record<string, string> = dataDir
      ? { dataDir }
      : { tripsPerMonth: String(tripsPerMonth), ...switches };
    const openData = new Service(
      `${name}-open-data`,
      { service: "openData", ports, version: versionOf("openData"), options },
      { parent: this },
    );

    const guard = new ReplacementGuard(`${name}-guard`, { settings }, { parent: this });
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
      datasetLink: pulumi.interpolate`${bigqueryUrl}/bigquery/v2/projects/${project}/datasets/${dataset.datasetId}/tables`,
      bigqueryUrl,
    };
    this.registerOutputs({ bucketName: bucket.name, dataset: dataset.datasetId });
  }
}
