import { setTimeout as sleep } from "node:timers/promises";
import type { dynamic } from "@pulumi/pulumi";
import { sameValue, type Handlers } from "../../dynamic/handlers";
import { clusterFaults } from "../gke/clusterFaults";
import { look, type Api } from "../googleApi";
import { billingFault, bucketFault, keyFaults, projectFault, type Plan } from "../projectFaults";

/** Inputs and state of `baywheels:ProjectReady`. */
export interface ProjectReadyInputs extends Plan {
  /** Another one than before: a key is to be made. */
  keyRotation: string;
  /** Told once, before anything is made. */
  warning?: string;
}

/** Milliseconds between two looks whether an API is known everywhere, and until the wait is given up. */
const interval = 5_000;
const patience = 300_000;

/** Every fault that Google tells before anything is made, one line each; what is made already is not looked at again. */
async function faults(olds: Partial<ProjectReadyInputs>, news: ProjectReadyInputs): Promise<string[]> {
  const project = await projectFault(news);
  if (project && "fault" in project) return [project.fault];
  const sameProject = olds.project === news.project;
  const { cluster } = news;
  const others = await Promise.all([
    billingFault(news),
    ...(cluster || (sameProject && olds.keyRotation === news.keyRotation) ? [] : keyFaults(news)),
    ...(cluster ? clusterFaults(news, cluster, sameProject ? olds.cluster : undefined) : []),
    ...(sameProject && olds.bucketName === news.bucketName ? [] : [bucketFault(news)]),
  ]);
  const verdicts = [project, ...others];
  const unknown = verdicts.flatMap((verdict) => (verdict && "unknown" in verdict ? [verdict.unknown] : []));
  if (unknown.length > 0) report(`Google does not tell yet of: ${unknown.join("; ")}`);
  const told = verdicts.flatMap((verdict) => (verdict && "fault" in verdict ? [verdict.fault] : []));
  return [...new Set(told)];
}

/** The engine shows what a provider writes to stderr. */
function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A look at an API that is used next: it answers when the API is known to be enabled. */
type Look = [Api, (project: string) => string];

const looks: Look[] = [
  ["projects", (project) => `projects/${project}`],
  ["billing", (project) => `projects/${project}/billingInfo`],
  ["orgPolicy", (project) => `projects/${project}/policies?pageSize=1`],
  ["storage", (project) => `b?project=${project}&maxResults=1`],
  ["bigquery", (project) => `projects/${project}/datasets?maxResults=1`],
  ["iam", (project) => `projects/${project}/serviceAccounts?pageSize=1`],
];

/** Those for a cluster besides. */
const clusterLooks: Look[] = [
  ["compute", (project) => `projects/${project}/regions?maxResults=1`],
  ["container", (project) => `projects/${project}/locations/-/clusters`],
  ["sql", (project) => `projects/${project}/instances?maxResults=1`],
  ["artifactRegistry", (project) => `projects/${project}/locations?pageSize=1`],
];

/**
 * Waits until the APIs that were just enabled answer; for some minutes, servers of Google's may not know yet:
 * https://cloud.google.com/service-usage/docs/enable-disable
 */
async function wait({ project, cluster }: ProjectReadyInputs): Promise<void> {
  const until = Date.now() + patience;
  for (const [api, path] of [...looks, ...(cluster ? clusterLooks : [])]) {
    while ((await look(api, path(project), project)).kind === "disabled") {
      if (Date.now() > until) {
        const remedy = "Run 'pulumi up' again";
        throw new Error(
          `Google's API ${api} is not enabled in project '${project}' after ${patience / 60_000} minutes. ${remedy}`,
        );
      }
      report(`Waiting for Google's API ${api}, which was just enabled`);
      await sleep(interval);
    }
  }
}

async function make(olds: Partial<ProjectReadyInputs>, news: ProjectReadyInputs): Promise<ProjectReadyInputs> {
  await wait(news);
  const found = await faults(olds, news);
  if (found.length > 0)
    throw new Error(`${found.join("\n")}\nThen run 'pulumi up' again; nothing is to be cleaned up.`);
  return news;
}

export const handlers: Handlers<ProjectReadyInputs, ProjectReadyInputs> = {
  async check(olds, news): Promise<dynamic.CheckResult<ProjectReadyInputs>> {
    if (news.warning && olds.project === undefined) report(`warning: ${news.warning}`);
    const found = await faults(olds, news);
    return { inputs: news, failures: found.map((reason) => ({ property: "project", reason })) };
  },
  diff: (_id, olds, news) => Promise.resolve({ changes: !sameValue(own(olds), own(news)) }),
  create: async (inputs) => ({ id: inputs.project, outs: await make({}, inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, olds, news) => ({ outs: await make(olds, news) }),
  delete: () => Promise.resolve(),
};

function own({ project, bucketName, stack, keyRotation, cluster }: ProjectReadyInputs) {
  return { project, bucketName, stack, keyRotation, cluster };
}
