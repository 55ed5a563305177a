import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../infra/platform";
import { flowFault, parseFlow, type FlowFile } from "./flowFile";
import { sha256 } from "../dynamic/handlers";
import { withoutKey } from "./keylessFlow";
import { namespace } from "./namespace";
import type { KvType } from "./client/kv";
import { Flow } from "./resources/flow";
import { FlowCheck } from "./resources/flowCheck";
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
    const flows = readFlows();
    const files = Object.fromEntries(flows.map(({ file, source }) => [file, sha256(source)]));
    const accepted = new FlowCheck(`${name}-flow-check`, { connection, files }, { parent: this, ...lifecycle });
    const options = { parent: this, ...lifecycle, dependsOn: [accepted, ...platform.ready] };

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
      { connection, namespace, directory: flowFolder, exclude: flows.map(({ file }) => basename(file)) },
      options,
    );
    const registered = platform.credentials ? flows : orStop(() => flows.map(withoutKey));
    for (const { file, source, id } of registered) {
      new Flow(
        `${name}-${id}`,
        { connection, file, source },
        { ...options, dependsOn: [accepted, dbt, texts, ...entries] },
      );
    }
    this.registerOutputs({});
  }
}

/** Every file of flows/, in order. */
function readFlows(): FlowFile[] {
  const names = readdirSync(flowFolder).filter((name) => name.endsWith(".yaml"));
  return orStop(() => names.sort().map(readFlow));
}

/** A fault of a flow file stops the program, in one line, before anything is changed. */
function orStop<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new pulumi.RunError((error as Error).message);
  }
}

function readFlow(name: string): FlowFile {
  const file = join(flowFolder, name);
  const flow = parseFlow(file, readFileSync(file, "utf8"));
  if (`${flow.id}.yaml` !== name || flow.namespace !== namespace) {
    const rule = `a flow's file name is its id, its namespace '${namespace}'`;
    throw flowFault(file, 1, `holds flow '${flow.namespace}.${flow.id}': ${rule}`);
  }
  return flow;
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
