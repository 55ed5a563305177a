import { look, type Answer } from "./googleApi";

/** A Google Cloud project and what every stack creates in it. */
export interface Plan {
  project: string;
  bucketName: string;
  /** Label of what this stack creates. */
  stack: string;
}

/** The result of one check: a line with the remedy, nothing, or what could not be checked. */
export type Verdict = { fault: string } | { unknown: string } | undefined;

export const web = "https://console.cloud.google.com";

/** A check that fails only when Google says so; where Google can't be asked yet, or refuses, the result is open. */
export async function judge<T>(
  what: string,
  answer: Promise<Answer<T>>,
  read: (body: T) => Verdict | Promise<Verdict>,
): Promise<Verdict> {
  const found = await answer;
  if (found.kind === "found") return read(found.body);
  return { unknown: found.kind === "disabled" ? what : `${what} (you don't have permission to view it)` };
}

const noBilling = (project: string): Verdict => ({
  fault:
    `Project '${project}' has no active billing account. ` +
    `Link one: ${web}/billing/linkedaccount?project=${project}`,
});

/** The project exists and is usable; without that, no other check makes sense. */
export async function projectFault({ project }: Plan): Promise<Verdict> {
  const answer = await look<{ state: string }>("projects", `projects/${project}`, project);
  const remedy = `Choose a project that you can access: pulumi config set gcp:project <project id>`;
  if (answer.kind === "disabled") return { unknown: "the project" };
  if (answer.kind === "found" && answer.body.state === "ACTIVE") return undefined;
  if (answer.kind === "found") return { fault: `Project '${project}' is being deleted. ${remedy}` };
  return { fault: `There is no project '${project}', or you have no access to it. ${remedy}` };
}

export function billingFault({ project }: Plan): Promise<Verdict> {
  const info = look<{ billingEnabled?: boolean }>("billing", `projects/${project}/billingInfo`, project);
  return judge("billing", info, ({ billingEnabled }) => (billingEnabled ? undefined : noBilling(project)));
}

/**
 * Older organizations set the first, newer ones the second:
 * https://cloud.google.com/iam/docs/service-account-overview#constraints
 */
const keyConstraints = ["iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation"];

interface Policy {
  spec?: { rules?: { enforce?: boolean; condition?: object }[] };
}

/** A service account may have a key, by each of the two constraints. */
export function keyFaults({ project }: Plan): Promise<Verdict>[] {
  return keyConstraints.map((constraint) => {
    const other = keyConstraints.find((each) => each !== constraint)!;
    const remedy =
      "Do without a key (bay-wheels:credentials ambient, or bay-wheels:runtime gke: docs/without-a-key.md), or ask its " +
      `policy administrator to lift it for project '${project}': ` +
      `${web}/iam-admin/orgpolicies/${constraint.replaceAll(".", "-")}?project=${project}`;
    const path = `projects/${project}/policies/${constraint}:getEffectivePolicy`;
    const what = `constraint ${constraint}, which would forbid the service account's key`;
    return judge(what, look<Policy>("orgPolicy", path, project), ({ spec: { rules = [] } = {} }) => {
      if (!rules.some(({ enforce }) => enforce)) return undefined;
      // only Google knows which rule applies to a tagged project
      if (rules.some(({ condition }) => condition !== undefined)) return { unknown: `${what} (it has conditions)` };
      return {
        fault:
          `Your organization forbids service-account keys by the constraint ${constraint} ` +
          `(the other one is ${other}). ${remedy}`,
      };
    });
  });
}

interface Bucket {
  labels?: Record<string, string>;
}

/** The bucket's name is free, or this stack's own. */
export async function bucketFault({ project, bucketName, stack }: Plan): Promise<Verdict> {
  const answer = await look<Bucket>("storage", `b/${bucketName}`, project);
  const taken = (whose: string): Verdict => ({
    fault:
      `Bucket '${bucketName}' can't be created: ${whose}, and names are unique in all of Google Cloud. ` +
      "Choose another: pulumi config set bay-wheels:bucketName <name>",
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
        : taken("a bucket of that name exists already");
    }
    case "forbidden":
      if (/accountDisabled|billing/i.test(answer.reason)) return noBilling(project);
      // Google refuses the project, not the bucket
      if (/User project specified|USER_PROJECT_DENIED|serviceusage/i.test(answer.reason))
        return { unknown: "the bucket's name (you don't have permission to view it)" };
      return taken("another project owns a bucket with that name");
  }
}
