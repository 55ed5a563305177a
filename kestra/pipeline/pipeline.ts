import { basename } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../../infra/platform";
import { flowFault, parseFlow } from "../flows/flowFile";
import { withoutKey } from "./keylessFlow";
import { namespace } from "./namespace";
import type { KvType } from "../client/kv";
import { FlowSet } from "../resources/flowSet";
import { KvEntry } from "../resources/kvEntry";
import { NamespaceFiles } from "../resources/namespaceFiles";
import type { KestraRuntime } from "../server/runtime";

export { namespace };

const flowFolder = "flows";

/** Files that dbt creates in its folder, and files used only to develop its models. */
const dbtWorkFiles = ["target", "logs", ".user.yml", "requirements.txt", ".sqlfluff", ".sqlfluffignore"];

export interface PipelineArgs {
  platform: Platform;
  kestra: KestraRuntime;
  /** BigQuery refuses a job of the flows or of dbt that would bill more. */
  maxBytesBilled: number;
  /** Incoming webhook for alerts, secret; default: no alerts. */
  alertWebhook?: pulumi.Input<string>;
}

/** The pipeline on a running Kestra: the KV entries that flows read, the dbt project, and the flows themselves. */
export class Pipeline extends pulumi.ComponentResource {
  constructor(name: string, args: PipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:Pipeline", name, {}, opts);
    const { platform } = args;
    const { connection, lifecycle } = args.kestra;
    const options = { parent: this, ...lifecycle, dependsOn: platform.ready };

    const entries = kvEntries(args).map(
      (entry) => new KvEntry(`${name}-${entry.key}`, { connection, namespace, ...entry }, options),
    );
    const dbt = new NamespaceFiles(
      `${name}-dbt`,
      { connection, namespace, directory: "dbt", exclude: dbtWorkFiles },
      options,
    );
    // the statements and message texts that the flows read
    const texts = new NamespaceFiles(
      `${name}-texts`,
      { connection, namespace, directory: flowFolder, exclude: ["*.yaml"] },
      options,
    );
    const transform = (source: string, file: string) => flowText(source, file, platform.credentials !== undefined);
    const dependsOn = [...platform.ready, ...entries, dbt, texts];
    new FlowSet(name, { connection, directory: flowFolder, transform }, { ...options, dependsOn });
    this.registerOutputs({});
  }
}

/** A flow's source, by this pipeline's rules; without a key if Kestra runs as the account itself. */
function flowText(source: string, file: string, hasKey: boolean): string {
  const flow = parseFlow(file, source);
  if (`${flow.id}.yaml` !== basename(file) || flow.namespace !== namespace) {
    const rule = `a flow's file name is its id, its namespace '${namespace}'`;
    throw flowFault(file, 1, `holds flow '${flow.namespace}.${flow.id}': ${rule}`);
  }
  return hasKey ? source : withoutKey(flow).source;
}

/** What the flows read with `kv(…)`. */
function kvEntries({
  platform,
  maxBytesBilled,
  alertWebhook,
}: PipelineArgs): { key: string; type: KvType; value: pulumi.Input<string>; plain?: boolean }[] {
  const { credentials, sources } = platform;
  const text = { type: "STRING", plain: true } as const;
  return [
    { key: "GCP_PROJECT_ID", value: platform.projectId, ...text },
    { key: "GCP_LOCATION", value: platform.location, ...text },
    { key: "GCP_BUCKET_NAME", value: platform.bucketName, ...text },
    { key: "GCP_DATASET", value: platform.dataset, ...text },
    ...(credentials ? [{ key: "GCP_CREDS", type: "JSON" as const, value: credentials }] : []),
    { key: "TRIPS_URL", value: sources.tripsUrl, ...text },
    { key: "COUNTIES_URL", value: sources.countiesUrl, ...text },
    { key: "DBT_TARGET", value: platform.dbtTarget, ...text },
    { key: "BIGQUERY_MAX_BYTES_BILLED", value: String(maxBytesBilled), ...text },
    ...(alertWebhook ? [{ key: "ALERT_WEBHOOK", type: "STRING" as const, value: alertWebhook }] : []),
  ];
}
