import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import * as tsx from "tsx/cjs/api";
import { type Handlers } from "../dynamic/handlers";
import { DynamicResource } from "../dynamic/resource";
import { shim } from "../dynamic/shim";
import { waitFor } from "../dynamic/wait";
import { requireKnownNames } from "./access/adoption";
import { look, type Api } from "./google/googleApi";
import type { Needs, ProjectCheck } from "./needs";
import {
  accountFault,
  billingFault,
  bucketFault,
  datasetFault,
  keyFaults,
  projectFault,
  strayFault,
  type Plan,
  type Verdict,
} from "./checks/projectFaults";
import type { Settings } from "./settings";
import { accountId, stackLabel } from "./stackName";

export interface ProjectReadyArgs {
  settings: Settings;
  needs: Needs;
}

/** Inputs and state of `baywheels:ProjectReady`. */
export interface ProjectReadyInputs extends Plan {
  /** A different text than before: a key will be created. */
  keyRotation: string;
  credentials: Needs["credentials"];
  checks: ProjectCheck[];
  /** Shown once, before anything is created. */
  warning?: string;
}

/** A request to an API that is used next: it's answered once the API is known to be enabled. */
export type Look<P = object> = [Api, (project: string, plan: P) => string];

/** What the module of a {@link ProjectCheck} exports as `check`. */
export interface Check<P> {
  /** The runtime's own APIs. */
  looks: Look<P>[];
  /** @param olds plan of what exists in this project already */
  faults(project: Plan, plan: P, olds?: P): Promise<Verdict>[];
}

const provider = shim("./infra/projectReady.ts");

/**
 * A Google Cloud project that's ready to build in: it exists, has billing, allows service-account keys if one is
 * needed, passes the runtime's own checks, the names of bucket, dataset and account are free, and the APIs that were
 * just enabled answer. What Google can say before that is reported at the preview.
 */
export class ProjectReady extends DynamicResource {
  constructor(name: string, { settings, needs }: ProjectReadyArgs, opts?: pulumi.CustomResourceOptions) {
    const { project, dataLocation, bucketName, dataset, adopt, keyRotation = "" } = settings;
    const { credentials, checks, warning } = needs;
    const account = accountId();
    requireKnownNames(settings, [bucketName, dataset, account, ...(needs.adoptable ?? [])]);
    const plan: Plan = { project, dataLocation, bucketName, dataset, account, stack: stackLabel(), adopt };
    const inputs: ProjectReadyInputs = { ...plan, keyRotation, credentials, checks, warning };
    super(provider, name, inputs, opts, "baywheels", "ProjectReady");
  }
}

/** Seconds that APIs that were just enabled get to answer. */
const patience = 300;

function load({ module }: ProjectCheck): Check<object> {
  return (tsx.require(module, join(process.cwd(), "index.ts")) as { check: Check<object> }).check;
}

/** States of earlier versions have only the bucket's name, and what they list can't become what this version makes. */
const isOfEarlierVersion = ({ project, dataset, account }: Partial<ProjectReadyInputs>) =>
  project !== undefined && (dataset === undefined || account === undefined);

const earlierVersion =
  "An earlier version of this project made this stack, and no update can change it to this one. Destroy it with the old " +
  'checkout and create it again: docs/upgrade.md, "A stack of an earlier version"';

/** Every fault that Google reports before anything is created, one line each; what exists isn't checked again. */
async function faults(olds: Partial<ProjectReadyInputs>, news: ProjectReadyInputs): Promise<string[]> {
  if (isOfEarlierVersion(olds)) return [earlierVersion];
  const project = await projectFault(news);
  if (project && "fault" in project) return [project.fault];
  const before = olds.project === news.project ? olds : {};
  const isNew = (key: "bucketName" | "dataset" | "account") => before[key] !== news[key];
  const hasKey = before.credentials === "key" && before.keyRotation === news.keyRotation;
  const verdicts = await Promise.all([
    Promise.resolve(project),
    billingFault(news),
    ...(news.credentials === "none" || hasKey ? [] : keyFaults(news)),
    ...news.checks.flatMap((each) => {
      const former = before.checks?.find(({ module }) => module === each.module);
      return load(each).faults(news, each.plan, former?.plan);
    }),
    ...(isNew("bucketName") ? [bucketFault(news)] : []),
    ...(isNew("dataset") ? [datasetFault(news)] : []),
    ...(isNew("account") ? [accountFault(news, news.account)] : []),
  ]);
  const unknown = verdicts.flatMap((verdict) => (verdict && "unknown" in verdict ? [verdict.unknown] : []));
  if (unknown.length > 0) report(`Not checked yet: ${unknown.join("; ")}`);
  const strays = verdicts.flatMap((verdict) => (verdict && "stray" in verdict ? [verdict.stray] : []));
  const lost = strays.length > 0 ? [strayFault(strays, news)] : [];
  const found = verdicts.flatMap((verdict) => (verdict && "fault" in verdict ? [verdict.fault] : []));
  return [...new Set([...found, ...lost])];
}

/** The engine shows what a provider writes to stderr. */
function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

const looks: Look[] = [
  ["projects", (project) => `projects/${project}`],
  ["billing", (project) => `projects/${project}/billingInfo`],
  ["orgPolicy", (project) => `projects/${project}/policies?pageSize=1`],
  ["storage", (project) => `b?project=${project}&maxResults=1`],
  ["bigquery", (project) => `projects/${project}/datasets?maxResults=1`],
  ["iam", (project) => `projects/${project}/serviceAccounts?pageSize=1`],
];

/**
 * Waits until the APIs that were just enabled answer; for some minutes, some of Google's servers may not know yet:
 * https://cloud.google.com/service-usage/docs/enable-disable
 */
async function wait({ project, checks }: ProjectReadyInputs): Promise<void> {
  const all = [{ looks, plan: {} }, ...checks.map((each) => ({ looks: load(each).looks, plan: each.plan }))];
  const paths = all.flatMap(({ looks, plan }) => looks.map(([api, path]) => [api, path(project, plan)] as const));
  const disabled = await waitFor({
    what: "Google's APIs that were just enabled",
    timeout: patience,
    words: (api) => `${api} doesn't answer yet`,
    async look() {
      for (; paths.length > 0; paths.shift()) {
        const [api, path] = paths[0]!;
        if ((await look(api, path, project)).kind === "disabled") return api;
      }
      return undefined;
    },
  });
  if (disabled === undefined) return;
  throw new Error(
    `Google's API ${disabled} isn't enabled in project '${project}' after ${patience / 60} minutes. ` +
      "Run 'pulumi up' again",
  );
}

async function make(olds: Partial<ProjectReadyInputs>, news: ProjectReadyInputs): Promise<ProjectReadyInputs> {
  await wait(news);
  const found = await faults(olds, news);
  if (found.length > 0)
    throw new Error(`${found.join("\n")}\nThen run 'pulumi up' again; there's nothing to clean up.`);
  return news;
}

export const handlers: Handlers<ProjectReadyInputs, ProjectReadyInputs> = {
  async check(olds, news) {
    if (news.warning && olds.project === undefined) report(`warning: ${news.warning}`);
    const found = await faults(olds, news);
    return { inputs: news, failures: found.map((reason) => ({ property: "project", reason })) };
  },
  diff: (_id, olds, news) => Promise.resolve({ changes: !isDeepStrictEqual(own(olds), own(news)) }),
  create: async (inputs) => ({ id: inputs.project, outs: await make({}, inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, olds, news) => ({ outs: await make(olds, news) }),
  delete: () => Promise.resolve(),
};

/** What counts as a change; what was taken over is of no interest any more. */
function own({ project, bucketName, dataset, account, stack, keyRotation, credentials, checks }: ProjectReadyInputs) {
  return { project, bucketName, dataset, account, stack, keyRotation, credentials, checks };
}
