import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Reader } from "../config";
import { olderNames, readerRoles } from "./roles";

/** Someone who may query the tables, as IAM writes them: `user:ann@example.com`. */
export type Member = `${keyof typeof entries}:${string}`;

/** What a dataset's access entry calls each kind of member. */
const entries = {
  user: "userByEmail",
  group: "groupByEmail",
  serviceAccount: "userByEmail",
  domain: "domain",
} as const;

const word = String.raw`[^\s,:@]+`;
const reader = String.raw`((user|group):${word}@(?!${word}gserviceaccount\.com)${word}|serviceAccount:${word}@${word}|domain:${word})`;
const list = new RegExp(String.raw`^[\s,]*${reader}([\s,]+${reader})*[\s,]*$`);

/** The setting `readers`, each reader once. Google keeps addresses in lower case. */
export function readReaders(config: Reader): Member[] {
  const inWords =
    "user:<address> and group:<address> are needed, separated by commas or spaces " +
    "(serviceAccount:<address> and domain:<domain> are possible, too)";
  const words = (config.text("readers", list, inWords) ?? "").split(/[\s,]+/).filter((each) => each !== "");
  const members = words.map((each) => {
    const [kind, who] = each.split(":") as [keyof typeof entries, string];
    return `${kind}:${who.toLowerCase()}` as const;
  });
  return [...new Set(members)];
}

/** Who an entry of a dataset's access list is for, under the name that BigQuery and the provider give it. */
export function entryOf(member: Member): Record<string, string> {
  const [kind, who] = member.split(":") as [keyof typeof entries, string];
  return { [entries[kind]]: who };
}

export interface ReadersArgs {
  project: string;
  dataset: gcp.bigquery.Dataset;
  readers: Member[];
}

/** Lets each reader query the dataset's tables, and nothing else; queries are billed to the project. */
export function grantReaders(
  name: string,
  { project, dataset, readers }: ReadersArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const role = olderNames[readerRoles.dataset];
  for (const member of readers) {
    new gcp.bigquery.DatasetAccess(
      `${name}-reader-${member}`,
      { project, datasetId: dataset.datasetId, role, ...entryOf(member) },
      opts,
    );
    new gcp.projects.IAMMember(`${name}-reader-jobs-${member}`, { project, role: readerRoles.project, member }, opts);
  }
}
