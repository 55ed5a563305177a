import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "./labels";
import { publishedSources, type Platform } from "./platform";
import { ProjectReady } from "./resources/projectReady";
import { ReplacementGuard } from "./resources/replacementGuard";
import { roles } from "./roles";
import type { Settings } from "./settings";
import { accountId, stackLabel } from "./stackName";

/** APIs of Google Cloud that the stack or its flows call. They are never disabled again: others in the project may use them. */
const apis = [
  "iam",
  "iamcredentials",
  "cloudresourcemanager",
  "storage",
  "bigquery",
  // asked whether the project can be built in
  "cloudbilling",
  "orgpolicy",
];

/** What runtime `gke` needs besides. */
const clusterApis = [
  "compute",
  "container",
  "sqladmin",
  "artifactregistry",
  // wanted for the database's endpoint: https://cloud.google.com/vpc/docs/configure-private-service-connect-services
  "servicedirectory",
  "dns",
];

/** Days that an object's former version is kept: time to notice a wrong load. */
const formerVersionDays = 30;

/** Days after which an upload that was never finished is thrown away. */
const unfinishedUploadDays = 7;

/** Google's own default for what was deleted: 7 days in seconds. */
export const softDeleteSeconds = 7 * 24 * 3600;

const description = "San Francisco's bike-share trips";

export interface DataPlatformArgs {
  settings: Settings;
}

/**
 * The data platform on Google Cloud: the APIs, a bucket and a dataset in one location, and a service account that may do on these two
 * what the flows need and nothing else; with a key, unless Kestra runs as that account (runtime `gke`).
 */
export class DataPlatform extends pulumi.ComponentResource {
  public readonly platform: Platform;

  constructor(name: string, { settings }: DataPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:DataPlatform", name, {}, opts);
    const { project, dataLocation: location, protectData } = settings;
    const child = { parent: this };
    const inCluster = settings.runtime === "gke";

    const enabled = [...apis, ...(inCluster ? clusterApis : [])].map(
      (api) =>
        new gcp.projects.Service(
          `${name}-api-${api}`,
          { project, service: `${api}.googleapis.com`, disableOnDestroy: false },
          child,
        ),
    );
    const ready = new ProjectReady(`${name}-project`, { settings }, { ...child, dependsOn: enabled });
    const guard = new ReplacementGuard(`${name}-guard`, { settings }, child);
    const holdsData = {
      ...child,
      dependsOn: [ready, guard],
      protect: protectData,
      // their names are taken until they are gone
      deleteBeforeReplace: true,
    };

    const bucket = new gcp.storage.Bucket(
      `${name}-bucket`,
      {
        project,
        name: settings.bucketName,
        location,
        labels: labels(),
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        versioning: { enabled: true },
        lifecycleRules: [
          {
            action: { type: "Delete" },
            condition: { withState: "ARCHIVED", daysSinceNoncurrentTime: formerVersionDays },
          },
          { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: unfinishedUploadDays } },
        ],
        // a bucket that a destroy deletes is to be gone, not kept and paid for another week
        softDeletePolicy: { retentionDurationSeconds: protectData ? softDeleteSeconds : 0 },
        forceDestroy: !protectData,
      },
      holdsData,
    );
    const dataset = new gcp.bigquery.Dataset(
      `${name}-dataset`,
      {
        project,
        datasetId: settings.dataset,
        location,
        description,
        labels: labels(),
        deleteContentsOnDestroy: !protectData,
      },
      holdsData,
    );

    const account = new gcp.serviceaccount.Account(
      `${name}-account`,
      { project, accountId: accountId(), displayName: `Kestra's flows (stack ${stackLabel()})`, description },
      { ...child, dependsOn: ready },
    );
    const granted = [
      new gcp.projects.IAMMember(
        `${name}-project-role`,
        { project, role: roles.project, member: account.member },
        child,
      ),
      new gcp.bigquery.DatasetIamMember(
        `${name}-dataset-role`,
        { project, datasetId: dataset.datasetId, role: roles.dataset, member: account.member },
        child,
      ),
      new gcp.storage.BucketIAMMember(
        `${name}-bucket-role`,
        { bucket: bucket.name, role: roles.bucket, member: account.member },
        child,
      ),
    ];
    const { keyRotation } = settings;
    const key = inCluster
      ? undefined
      : new gcp.serviceaccount.Key(
          `${name}-key`,
          { serviceAccountId: account.name, ...(keyRotation ? { keepers: { rotation: keyRotation } } : {}) },
          child,
        );

    const web = "https://console.cloud.google.com";
    this.platform = {
      projectId: project,
      location,
      bucketName: bucket.name,
      dataset: dataset.datasetId,
      credentials:
        key && pulumi.secret(key.privateKey.apply((base64) => Buffer.from(base64, "base64").toString("utf8"))),
      sources: publishedSources,
      dbtTarget: key ? "service_account" : "oauth",
      ready: [bucket, dataset, ...granted],
      serviceAccountEmail: account.email,
      bucketLink: pulumi.interpolate`${web}/storage/browser/${bucket.name}?project=${project}`,
      datasetLink: pulumi.interpolate`${web}/bigquery?project=${project}&p=${project}&d=${dataset.datasetId}&page=dataset`,
      bigqueryUrl: "https://bigquery.googleapis.com",
    };
    this.registerOutputs({ bucketName: bucket.name, dataset: dataset.datasetId });
  }
}
