import { enableFirstApis } from "../google/credentials";
import { look, type Answer } from "../google/googleApi";
import { locations } from "../locations";
import { accountPath } from "../stackName";

/** A Google Cloud project and what every stack creates in it. */
export interface Plan {
  project: string;
  dataLocation: string;
  bucketName: string;
  dataset: string;
  /** Id of the flows' service account. */
  account: string;
  /** Label of what this stack creates. */
  stack: string;
  /** Names of what exists and is taken over. */
  adopt: string[];
}

/** Something that carries this stack's name or labels, though its state is lost. */
export interface Stray {
  kind: string;
  name: string;
}

/** The result of one check: a line with the remedy, nothing, what could not be checked, or what the stack lost. */
export type Verdict = { fault: string } | { unknown: string } | { stray: Stray } | undefined;

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
  const path = `projects/${project}`;
  const first = await look<{ state: string }>("projects", path, project);
  // a person's credentials belong to a project of Google's, a service account's to one where the API may be disabled
  const answer = first.kind === "disabled" ? await look<{ state: string }>("projects", path) : first;
  const remedy = `Choose a project that you can access: pulumi config set gcp:project <project id>`;
  if (answer.kind === "disabled") return resourceManagerFault(answer.project ?? project);
  if (answer.kind === "found" && answer.body.state === "ACTIVE") return undefined;
  if (answer.kind === "found") return { fault: `Project '${project}' is being deleted. ${remedy}` };
  return { fault: `There is no project '${project}', or you have no access to it. ${remedy}` };
}

/** The provider looks the project up before it can enable an API. */
function resourceManagerFault(project: string): Verdict {
  return {
    fault:
      `Your service account's project '${project}' hasn't enabled the API that Pulumi needs to enable all others. ` +
      `As its owner, run: ${enableFirstApis(project)}`,
  };
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
      "Do without a key (pulumi config set bay-wheels:credentials ambient, or bay-wheels:runtime gke; " +
      "docs/without-a-key.md has the other steps), " +
      `or ask your organization's policy administrator to lift the constraint for project '${project}': ` +
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

/** Something with a name that Pulumi doesn't make unique. */
export interface Wanted extends Stray {
  /** Google's answer to a request for it. */
  answer: Promise<Answer<Existing>>;
  /** Message when it isn't this stack's; undefined: the name alone makes it this stack's. */
  taken?: string;
}

/** What Google says of it. */
interface Existing {
  labels?: Record<string, string>;
  /** Of buckets and datasets. */
  location?: string;
}

/** A name is free, or what has it is to be taken over. */
export async function nameFault(plan: Plan, { answer, taken, ...stray }: Wanted): Promise<Verdict> {
  const { kind, name } = stray;
  const isAdopted = plan.adopt.includes(name);
  const found = await answer;
  if (found.kind === "found") {
    if (isAdopted) return locationFault(plan, stray, found.body);
    const { application, stack } = found.body.labels ?? {};
    const isOwn = taken === undefined || (application === "bay-wheels" && stack === plan.stack);
    return isOwn ? { stray } : { fault: taken };
  }
  if (found.kind !== "missing") return judge(`the ${kind}'s name`, answer, () => undefined);
  if (!isAdopted) return undefined;
  return {
    fault:
      `Config 'bay-wheels:adopt' has '${name}', but there's no ${kind} of that name to take over. ` +
      "Set the names of what exists: pulumi config set bay-wheels:adopt <names>",
  };
}

/** What holds data can't be moved. */
function locationFault({ dataLocation }: Plan, { kind, name }: Stray, { location }: Existing): Verdict {
  if (location === undefined || location.toLowerCase() === dataLocation.toLowerCase()) return undefined;
  const known = locations.find((each) => each.toLowerCase() === location.toLowerCase()) ?? location;
  return {
    fault:
      `The ${kind} '${name}' can't be taken over: it's in ${known}, and 'bay-wheels:dataLocation' is ${dataLocation}. ` +
      `To have all data there, run: pulumi config set bay-wheels:dataLocation ${known}`,
  };
}

/** One line for all that the stack lost, or that another stack of this name has: the harmless way on comes first. */
export function strayFault(strays: Stray[], { adopt, stack }: Plan): string {
  const all = strays.map(({ kind, name }) => `${kind} '${name}'`).join(", ");
  const names = [...adopt, ...strays.map(({ name }) => name)].join(",");
  return (
    `What this stack would create exists already, but its state doesn't have it: ${all}. ` +
    `If another person's stack '${stack}' uses it, give yours another name: pulumi stack init <name>. ` +
    `If it's yours, take it over as docs/operation.md, "State lost", says: pulumi config set bay-wheels:adopt ${names}`
  );
}

export async function bucketFault(plan: Plan): Promise<Verdict> {
  const { project, bucketName: name } = plan;
  const answer = look<Existing>("storage", `b/${name}`, project);
  const taken = (whose: string) =>
    `Bucket '${name}' can't be created: ${whose}, and names are unique in all of Google Cloud. ` +
    "Choose another: pulumi config set bay-wheels:bucketName <name>";
  const found = await answer;
  if (found.kind === "forbidden") {
    if (/accountDisabled|billing/i.test(found.reason)) return noBilling(project);
    // otherwise Google refuses the project, not the bucket
    if (!/User project specified|USER_PROJECT_DENIED|serviceusage/i.test(found.reason))
      return { fault: taken("another project owns a bucket with that name") };
  }
  return nameFault(plan, { kind: "bucket", name, answer, taken: taken("a bucket of that name exists already") });
}

export function datasetFault(plan: Plan): Promise<Verdict> {
  const { project, dataset: name } = plan;
  return nameFault(plan, {
    kind: "dataset",
    name,
    answer: look("bigquery", `projects/${project}/datasets/${name}`, project),
    taken:
      `Dataset '${name}' can't be created: project '${project}' has one of that name. ` +
      "Choose another: pulumi config set bay-wheels:dataset <name>",
  });
}

/** @param name account id, which has the stack's name in it */
export function accountFault(plan: Plan, name: string): Promise<Verdict> {
  const { project } = plan;
  const answer = look<Existing>("iam", accountPath(project, name), project);
  return nameFault(plan, { kind: "service account", name, answer });
}
