import type { ClusterPlan } from "./gke/clusterPlan";
import { look, type Answer } from "./googleApi";

/** A project of Google Cloud and what is to be made in it. */
export interface Plan {
  project: string;
  bucketName: string;
  /** Label of what this stack makes. */
  stack: string;
  /** The cluster that is to be made, runtime `gke`; without one, the service account gets a key. */
  cluster?: ClusterPlan;
}

/** What Google tells of a fault: a line with the remedy, nothing, or why it could not be asked. */
export type Verdict = { fault: string } | { unknown: string } | undefined;

export const web = "https://console.cloud.google.com";

/** A look that tells a fault only when Google says so; one that is not possible yet, or not allowed, leaves it open. */
export async function judge<T>(
  what: string,
  answer: Promise<Answer<T>>,
  read: (body: T) => Verdict | Promise<Verdict>,
): Promise<Verdict> {
  const found = await answer;
  if (found.kind === "found") return read(found.body);
  return { unknown: found.kind === "disabled" ? what : `${what} (not yours to see)` };
}

const noBilling = (project: string): Verdict => ({
  fault: `Project '${project}' has no active billing account. Link one: ${web}/billing/linkedaccount?project=${project}`,
});

/** That the project is there and usable; without that, no other look tells anything. */
export async function projectFault({ project }: Plan): Promise<Verdict> {
  const answer = await look<{ state: string }>("projects", `projects/${project}`, project);
  const remedy = `Set the id of one that is yours: pulumi config set gcp:project <project id>`;
  if (answer.kind === "disabled") return { unknown: "the project" };
  if (answer.kind === "found" && answer.body.state === "ACTIVE") return undefined;
  if (answer.kind === "found") return { fault: `Project '${project}' is being deleted. ${remedy}` };
  return { fault: `There is no project '${project}', or you have no access to it. ${remedy}` };
}

export function billingFault({ project }: Plan): Promise<Verdict> {
  const info = look<{ billingEnabled?: boolean }>("billing", `projects/${project}/billingInfo`, project);
  return judge("billing", info, ({ billingEnabled }) => (billingEnabled ? undefined : noBilling(project)));
}

/** https://cloud.google.com/iam/docs/service-account-overview#constraints: organisations set either, newer ones the managed one. */
const keyConstraints = ["iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation"];

interface Policy {
  spec?: { rules?: { enforce?: boolean; condition?: object }[] };
}

/** That a service account may have a key, by each of the two constraints. */
export function keyFaults({ project }: Plan): Promise<Verdict>[] {
  return keyConstraints.map((constraint) => {
    const other = keyConstraints.find((each) => each !== constraint)!;
    const remedy =
      `Ask its policy administrator to lift it for project '${project}': ` +
      `${web}/iam-admin/orgpolicies/${constraint.replaceAll(".", "-")}?project=${project}`;
    const path = `projects/${project}/policies/${constraint}:getEffectivePolicy`;
    const what = `constraint ${constraint}, which would forbid the service account's key`;
    return judge(what, look<Policy>("orgPolicy", path, project), ({ spec: { rules = [] } = {} }) => {
      if (!rules.some(({ enforce }) => enforce)) return undefined;
      // which rule counts for a tagged project only Google can tell
      if (rules.some(({ condition }) => condition !== undefined)) return { unknown: `${what} (it has conditions)` };
      return {
        fault: `Your organisation forbids service-account keys by the constraint ${constraint} (its fellow is ${other}). ${remedy}`,
      };
    });
  });
}

interface Bucket {
  labels?: Record<string, string>;
}

/** That the bucket's name is free, or this stack's own. */
export async function bucketFault({ project, bucketName, stack }: Plan): Promise<Verdict> {
  const answer = await look<Bucket>("storage", `b/${bucketName}`, project);
  const taken = (whose: string): Verdict => ({
    fault: `Bucket '${bucketName}' cannot be made: ${whose}, and names are shared by all of Google Cloud. Choose another: pulumi config set bay-wheels:bucketName <name>`,
  });
  switch (answer.kind) {
    case "missing":
      return undefined;
    case "disabled":
      return { unknown: "the bucket's name" };
    case "found": {
      const { application, stack: owner } = answer.body.labels ?? {};
      return application === "bay-wheels" && owner === stack
        ? undefined
        : taken("there is a bucket of that name already");
    }
    case "forbidden":
      if (/accountDisabled|billing/i.test(answer.reason)) return noBilling(project);
      // the refusal is of the project, not of the bucket
      if (/User project specified|USER_PROJECT_DENIED|serviceusage/i.test(answer.reason))
        return { unknown: "the bucket's name (not yours to see)" };
      return taken("somebody else has a bucket of that name");
  }
}
