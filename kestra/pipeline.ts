import { basename } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../infra/platform";
import { flowFault, parseFlow } from "./flows/flowFile";
import { withoutKey } from "./keylessFlow";
import { namespace } from "./namespace";
import type { KvType } from "./client/kv";
import { FlowSet } from "./resources/flowSet";
import { KvEntry } from "./resources/kvEntry";
import { NamespaceFiles } from "./resources/namespaceFiles";
import type { KestraRuntime } from "./runtime";

export { namespace };

const flowFolder = "flows";

/** What dbt leaves in its folder, and what belongs to the development of its models. */
const dbtWorkFiles = ["target", "logs", ".user.yml", "requirements.txt", ".sqlfluff", ".sqlfluffignore"];

export interface PipelineArgs {
  platform: Platform;
  kestra: KestraRuntime;
  /** Incoming webhook for alerts, secret; default: no alerts. */
  alertWebhook?: pulumi.Input<string>;
}

/** The pipeline on a running Kestra: the KV entries that flows read, the dbt project, and the flows themselves. */
export class Pipeline extends pulumi.ComponentResource {
  constructor(name: string, { platform, kestra, alertWebhook }: PipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:Pipeline", name, {}, opts);
    const { connection, lifecycle } = kestra;
    const options = { parent: this, ...lifecycle, dependsOn: platform.ready };

    const entries = kvEntries(platform, alertWebhook).map(
      ({ key, type, value }) => new KvEntry(`${name}-${key}`, { connection, namespace, key, type, value }, options),
    );
    const dbt = new NamespaceFiles(
      `${name}-dbt`,
      { connection, namespace, directory: "dbt", exclude: dbtWorkFiles },
      options,
    );
    // what the flows read: their statements, and the text of their messages
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

/** A flow's text, by the rules of this pipeline; without a key for a Kestra that runs as the account itself. */
function flowText(source: string, file: string, hasKey: boolean): string {
  const flow = parseFlow(file, source);
  if (`${flow.id}.yaml` !== basename(file) || flow.namespace !== namespace) {
    const rule = `a flow's file name is its id, its namespace '${namespace}'`;
    throw flowFault(file, 1, `holds flow '${flow.namespace}.${flow.id}': ${rule}`);
  }
  return hasKey ? source : withoutKey(flow).source;
}

/** What the flows read with `kv(…)`. */
function kvEntries(
  platform: Platform,
  alertWebhook?: pulumi.Input<string>,
): { key: string; type: KvType; value: pulumi.Input<string> }[] {
  const { credentials } = platform;
  return [
    { key: "GCP_PROJECT_ID", type: "STRING", value: platform.projectId },
    { key: "GCP_LOCATION", type: "STRING", value: platform.location },
    { key: "GCP_BUCKET_NAME", type: "STRING", value: platform.bucketName },
    { key: "GCP_DATASET", type: "STRING", value: platform.dataset },
    ...(credentials ? [{ key: "GCP_CREDS", type: "JSON" as const, value: pulumi.secret(credentials) }] : []),
    { key: "TRIPS_URL", type: "STRING", value: platform.sources.tripsUrl },
    { key: "COUNTIES_URL", type: "STRING", value: platform.sources.countiesUrl },
    { key: "DBT_TARGET", type: "STRING", value: platform.dbtTarget },
    ...(alertWebhook ? [{ key: "ALERT_WEBHOOK", type: "STRING" as const, value: pulumi.secret(alertWebhook) }] : []),
  ];
}
