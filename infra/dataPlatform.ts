import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { adoption } from "./access/adoption";
import { bucketArgs } from "./bucketArgs";
import { createBudget, readBudget, withBudget, type BudgetSettings } from "./budget";
import { configCommand, Reader } from "./config";
import type { Grant, GrantPlan } from "./checks/grantFaults";
import { labels } from "./labels";
import type { Needs } from "./needs";
import type { Platform, PlatformKind, Sources } from "./platform";
import { ProjectReady } from "./projectReady";
import { ReplacementGuard } from "./replacementGuard";
import { web } from "./checks/projectFaults";
import { grantReaders, readReaders, type Member } from "./access/readers";
import { olderNames, readerRoles, roles } from "./access/roles";
import type { Settings } from "./settings";
import { accountEmail, accountId, accountPath, stackLabel } from "./stackName";

/** APIs that every stack or its flows call. Never disabled again: others in the project may use them. */
const apis = [
  "iam",
  "iamcredentials",
  "cloudresourcemanager",
  "storage",
  "bigquery",
  // for ProjectReady's checks
  "cloudbilling",
  "orgpolicy",
];

/** Days that an object's previous version is kept: time to notice a wrong load. */
const previousVersionDays = 30;

/** Days after which an unfinished upload is deleted. */
const unfinishedUploadDays = 7;

const description = "San Francisco's bike-share trips";

const browser = `${web}/storage/browser`;
const bigQuery = `${web}/bigquery`;

/** The publishers' own addresses: Lyft's bucket of trips, San Francisco's table of the Bay Area's counties. */
export const publishedSources: Sources = {
  tripsUrl: "https://s3.amazonaws.com/baywheels-data",
  countiesUrl: "https://data.sfgov.org/resource/wamw-vt4s.csv",
};

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects; those of a domain have it as prefix. */
const projectId = /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

function readProject(): string {
  const rule = "the id of a Google Cloud project is needed, not its name or number";
  const project = new Reader("gcp").text("project", projectId, rule);
  if (project !== undefined) return project;
  throw new pulumi.RunError(
    "Config 'gcp:project' is missing: name the Google Cloud project to build in. " +
      `Set it with: ${configCommand("set", "gcp:project", "<project id>")}`,
  );
}

/** Settings of Google Cloud alone. */
export interface GcpSettings {
  /** Who may query the tables besides the flows. */
  readers: Member[];
  /** Undefined: no budget. */
  budget?: BudgetSettings;
}

function readOwn(): GcpSettings {
  const config = new Reader("bay-wheels");
  return { readers: readReaders(config), budget: readBudget(config) };
}

/** Platform `gcp`: Google Cloud. */
export const gcpPlatform: PlatformKind<GcpSettings> = {
  keys: { "bay-wheels": ["readers", "billingAccount", "monthlyBudget"] },
  readProject,
  readSettings: readOwn,
  create: (args) => new DataPlatform("data", args).platform,
};

export interface DataPlatformArgs {
  settings: Settings;
  own: GcpSettings;
  needs: Needs;
}

/** Arguments of the functions that make the platform's parts. */
interface PartArgs extends Omit<DataPlatformArgs, "own"> {
  name: string;
  opts: pulumi.CustomResourceOptions;
}

/**
 * The data platform on Google Cloud: the APIs, a bucket and a dataset in one location, and a service account that may
 * do with these two what the flows need and nothing else; with a key, if the runtime needs one. If asked for, others
 * who may read the tables, and a budget.
 */
export class DataPlatform extends pulumi.ComponentResource {
  public readonly platform: Platform;

  constructor(name: string, { settings, own, ...args }: DataPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:infra:DataPlatform", name, {}, opts);
    const needs = withGrants(withBudget(args.needs, own.budget), settings, own.readers);
    const { project, dataLocation: location, protectData: protect } = settings;
    const part = (opts: pulumi.CustomResourceOptions) => ({ name, settings, needs, opts: { parent: this, ...opts } });

    const enabled = enableApis(part({}));
    const ready = new ProjectReady(`${name}-project`, { settings, needs }, { parent: this, dependsOn: enabled });
    const guard = new ReplacementGuard(`${name}-guard`, { settings, needs }, { parent: this });
    // deleted before they are replaced: their names are taken until then
    const holdsData = part({ dependsOn: [ready, guard], protect, deleteBeforeReplace: true });
    const bucket = createBucket(holdsData);
    const dataset = createDataset(holdsData);
    const account = new gcp.serviceaccount.Account(
      `${name}-account`,
      { project, accountId: accountId(), displayName: `Kestra's flows (stack ${stackLabel()})`, description },
      { parent: this, dependsOn: ready, ...adoption(settings, accountId(), accountPath(project, accountId())) },
    );
    const granted = grantRoles({ ...part({}), account, bucket, dataset });
    grantReaders(name, { project, dataset, readers: own.readers }, { parent: this, dependsOn: ready });
    if (own.budget) createBudget(name, { ...own.budget, project, ready }, { parent: this });
    const credentials = needs.credentials === "key" ? createKey({ ...part({}), account }) : undefined;

    this.platform = {
      projectId: project,
      location,
      bucketName: bucket.name,
      dataset: dataset.datasetId,
      credentials,
      sources: publishedSources,
      dbtTarget: credentials ? "service_account" : "oauth",
      ready: [bucket, dataset, ...granted],
      serviceAccountEmail: account.email,
      bucketLink: pulumi.interpolate`${browser}/${bucket.name}?project=${project}`,
      datasetLink: pulumi.interpolate`${bigQuery}?project=${project}&p=${project}&d=${dataset.datasetId}&page=dataset`,
      bigqueryUrl: "https://bigquery.googleapis.com",
    };
    this.registerOutputs({ bucketName: bucket.name, dataset: dataset.datasetId });
  }
}

/** The check of the roles on the dataset. */
function withGrants(needs: Needs, { project, dataset }: Settings, readers: Member[]): Needs {
  const flows: Grant = { role: roles.dataset[0], member: `serviceAccount:${accountEmail(project, accountId())}` };
  const grants = [flows, ...readers.map((member): Grant => ({ role: readerRoles.dataset, member }))];
  const plan: GrantPlan = { dataset, grants };
  return { ...needs, checks: [...needs.checks, { module: "./infra/checks/grantFaults.ts", plan }] };
}

function enableApis({ name, settings: { project }, needs, opts }: PartArgs): pulumi.Resource[] {
  return [...apis, ...needs.apis].map(
    (api) =>
      new gcp.projects.Service(
        `${name}-api-${api}`,
        { project, service: `${api}.googleapis.com`, disableOnDestroy: false },
        opts,
      ),
  );
}

function createBucket({ name, settings, opts }: PartArgs): gcp.storage.Bucket {
  return new gcp.storage.Bucket(
    `${name}-bucket`,
    {
      ...bucketArgs(settings.protectData),
      project: settings.project,
      name: settings.bucketName,
      location: settings.dataLocation,
      versioning: { enabled: true },
      lifecycleRules: [
        {
          action: { type: "Delete" },
          condition: { withState: "ARCHIVED", daysSinceNoncurrentTime: previousVersionDays },
        },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: unfinishedUploadDays } },
      ],
    },
    { ...opts, ...adoption(settings, settings.bucketName, settings.bucketName) },
  );
}

function createDataset({ name, settings, opts }: PartArgs): gcp.bigquery.Dataset {
  const id = `projects/${settings.project}/datasets/${settings.dataset}`;
  return new gcp.bigquery.Dataset(
    `${name}-dataset`,
    {
      project: settings.project,
      datasetId: settings.dataset,
      location: settings.dataLocation,
      description,
      labels: labels(),
      deleteContentsOnDestroy: !settings.protectData,
    },
    { ...opts, ...adoption(settings, settings.dataset, id) },
  );
}

interface GrantArgs extends PartArgs {
  account: gcp.serviceaccount.Account;
  bucket: gcp.storage.Bucket;
  dataset: gcp.bigquery.Dataset;
}

/**
 * The roles of infra/access/roles.ts, each on the one resource that it's for. A dataset's IAM binding would rewrite its
 * access list without the authorized views; an access entry leaves the others alone.
 */
function grantRoles({ name, settings: { project }, opts, account, bucket, dataset }: GrantArgs): pulumi.Resource[] {
  const { member, email } = account;
  const onBucket = (suffix: string, role: string) =>
    new gcp.storage.BucketIAMMember(`${name}-${suffix}`, { bucket: bucket.name, role, member }, opts);
  return [
    new gcp.projects.IAMMember(`${name}-project-role`, { project, role: roles.project[0], member }, opts),
    new gcp.bigquery.DatasetAccess(
      `${name}-dataset-role`,
      { project, datasetId: dataset.datasetId, role: olderNames[roles.dataset[0]], userByEmail: email },
      opts,
    ),
    onBucket("bucket-role", roles.bucket[0]),
    onBucket("bucket-metadata-role", roles.bucket[1]),
  ];
}

/** The account's key as the JSON text of a key file; secret. */
function createKey({ name, settings: { keyRotation }, opts, account }: PartArgs & Pick<GrantArgs, "account">) {
  const keepers = keyRotation ? { keepers: { rotation: keyRotation } } : {};
  const key = new gcp.serviceaccount.Key(`${name}-key`, { serviceAccountId: account.name, ...keepers }, opts);
  return pulumi.secret(key.privateKey.apply((base64) => Buffer.from(base64, "base64").toString("utf8")));
}
