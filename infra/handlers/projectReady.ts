import { setTimeout as sleep } from "node:timers/promises";
import type { dynamic } from "@pulumi/pulumi";
import { sameValue, type Handlers } from "../../kestra/handlers/handlers";
import { look, type Answer, type Api } from "../googleApi";

/** Inputs and state of `baywheels:ProjectReady`. */
export interface ProjectReadyInputs {
  project: string;
  bucketName: string;
  /** Another one than before: a key is to be made. */
  keyRotation: string;
}

/** Milliseconds between two looks whether an API is known everywhere, and until the wait is given up. */
const interval = 5_000;
const patience = 300_000;

const web = "https://console.cloud.google.com";

/** What Google tells of a fault: a line with the remedy, nothing, or that it could not be asked. */
type Verdict = { fault: string } | { unknown: string } | undefined;

/** A look that tells a fault only when Google says so; one that is not allowed, or not possible yet, leaves it open. */
async function judge<T>(
  what: string,
  answer: Promise<Answer<T>>,
  read: (body: T) => string | undefined,
): Promise<Verdict> {
  const { kind, ...found } = await answer;
  if (kind !== "found") return { unknown: what };
  const fault = read((found as { body: T }).body);
  return fault === undefined ? undefined : { fault };
}

async function projectFault({ project }: ProjectReadyInputs): Promise<Verdict> {
  const answer = await look<{ state: string }>("projects", `projects/${project}`, project);
  const remedy = `Set the id of one that is yours: pulumi config set gcp:project <project id>`;
  if (answer.kind === "disabled") return { unknown: "the project" };
  if (answer.kind === "found" && answer.body.state === "ACTIVE") return undefined;
  if (answer.kind === "found") return { fault: `Project '${project}' is being deleted. ${remedy}` };
  return { fault: `There is no project '${project}', or you have no access to it. ${remedy}` };
}

function billingFault({ project }: ProjectReadyInputs): Promise<Verdict> {
  const info = look<{ billingEnabled?: boolean }>("billing", `projects/${project}/billingInfo`, project);
  return judge("billing", info, ({ billingEnabled }) =>
    billingEnabled
      ? undefined
      : `Project '${project}' has no active billing account. Link one: ${web}/billing/linkedaccount?project=${project}`,
  );
}

/** https://cloud.google.com/iam/docs/service-account-overview#constraints: organisations set either, newer ones the managed one. */
const keyConstraints = ["iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation"];

function keyFaults({ project }: ProjectReadyInputs): Promise<Verdict>[] {
  return keyConstraints.map((constraint) => {
    const path = `projects/${project}/policies/${constraint}:getEffectivePolicy`;
    const policy = look<{ spec?: { rules?: { enforce?: boolean }[] } }>("orgPolicy", path, project);
    return judge(`constraint ${constraint}`, policy, ({ spec }) =>
      spec?.rules?.some(({ enforce }) => enforce)
        ? `Your organisation forbids service-account keys by the constraint ${constraint} (its fellow is ` +
          `${keyConstraints.find((other) => other !== constraint)}). Ask its policy administrator to lift it for project '${project}': ` +
          `${web}/iam-admin/orgpolicies/${constraint.replaceAll(".", "-")}?project=${project}`
        : undefined,
    );
  });
}

async function bucketFault({ project, bucketName }: ProjectReadyInputs): Promise<Verdict> {
  const { kind } = await look("storage", `b/${bucketName}`, project);
  if (kind === "missing") return undefined;
  if (kind === "disabled") return { unknown: "the bucket's name" };
  const whose = kind === "found" ? "there is a bucket of that name already" : "somebody else has a bucket of that name";
  return {
    fault: `Bucket '${bucketName}' cannot be made: ${whose}, and names are shared by all of Google Cloud. Choose another: pulumi config set bay-wheels:bucketName <name>`,
  };
}

/** Every fault that Google tells before anything is made, one line each; what is made already is not looked at again. */
async function faults(olds: Partial<ProjectReadyInputs>, news: ProjectReadyInputs): Promise<string[]> {
  const sameProject = olds.project === news.project;
  const asked = [
    projectFault(news),
    billingFault(news),
    ...(sameProject && olds.keyRotation === news.keyRotation ? [] : keyFaults(news)),
    ...(sameProject && olds.bucketName === news.bucketName ? [] : [bucketFault(news)]),
  ];
  const verdicts = await Promise.all(asked);
  const unknown = verdicts.flatMap((verdict) => (verdict && "unknown" in verdict ? [verdict.unknown] : []));
  if (unknown.length > 0)
    report(`Google does not tell yet of: ${unknown.join(", ")}. It is asked again when its APIs are enabled.`);
  return verdicts.flatMap((verdict) => (verdict && "fault" in verdict ? [verdict.fault] : []));
}

/** The engine shows what a provider writes to stderr. */
function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A look at each API that is used next: it answers when the API is known to be enabled. */
const looks: [Api, (project: string) => string][] = [
  ["projects", (project) => `projects/${project}`],
  ["billing", (project) => `projects/${project}/billingInfo`],
  ["orgPolicy", (project) => `projects/${project}/policies?pageSize=1`],
  ["storage", (project) => `b?project=${project}&maxResults=1`],
  ["bigquery", (project) => `projects/${project}/datasets?maxResults=1`],
  ["iam", (project) => `projects/${project}/serviceAccounts?pageSize=1`],
];

/**
 * Waits until the APIs that were just enabled answer; for some minutes, servers of Google's may not know yet:
 * https://cloud.google.com/service-usage/docs/enable-disable
 */
async function wait({ project }: ProjectReadyInputs): Promise<void> {
  const until = Date.now() + patience;
  for (const [api, path] of looks) {
    while ((await look(api, path(project), project)).kind === "disabled") {
      if (Date.now() > until)
        throw new Error(
          `Google's API ${api} is not enabled in project '${project}' after ${patience / 60_000} minutes. Run 'pulumi up' again`,
        );
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
    const found = await faults(olds, news);
    return { inputs: news, failures: found.map((reason) => ({ property: "project", reason })) };
  },
  diff: (_id, olds, news) => Promise.resolve({ changes: !sameValue(own(olds), own(news)) }),
  create: async (inputs) => ({ id: inputs.project, outs: await make({}, inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, olds, news) => ({ outs: await make(olds, news) }),
  delete: () => Promise.resolve(),
};

function own({ project, bucketName, keyRotation }: ProjectReadyInputs) {
  return { project, bucketName, keyRotation };
}
