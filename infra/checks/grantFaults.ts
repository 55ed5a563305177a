import { look } from "../google/googleApi";
import type { Plan, Verdict } from "./projectFaults";
import type { Check } from "../projectReady";
import { entryOf, type Member } from "../access/readers";
import { olderNames } from "../access/roles";

/** A role on the dataset, for a member as IAM writes it. */
export interface Grant {
  role: keyof typeof olderNames;
  member: Member;
}

/** The roles that the stack grants on its dataset. */
export interface GrantPlan {
  dataset: string;
  grants: Grant[];
}

/** What prevents a role from being granted; `ProjectReady` loads it. */
export const check: Check<GrantPlan> = {
  looks: [],
  faults(project, { dataset, grants }, olds) {
    const former = olds?.dataset === dataset ? olds.grants : undefined;
    // what nobody takes over yet may be another stack's: the check of the names reports it
    if (former === undefined && !project.adopt.includes(dataset)) return [];
    const isFormer = ({ role, member }: Grant) => former?.some((old) => old.role === role && old.member === member);
    const added = grants.filter((each) => !isFormer(each));
    return added.length === 0 ? [] : [grantFault(project, dataset, added)];
  },
};

type Entry = Record<string, unknown>;

/** The provider creates no entry of the access list that's there already, and imports none. */
async function grantFault({ project, dataLocation }: Plan, dataset: string, added: Grant[]): Promise<Verdict> {
  const what = `the access list of dataset '${dataset}'`;
  const answer = await look<{ access?: Entry[] }>("bigquery", `projects/${project}/datasets/${dataset}`, project);
  if (answer.kind === "missing") return undefined;
  // without bigquery.datasets.getIamPolicy, Google leaves the list out
  const access = answer.kind === "found" ? answer.body.access : undefined;
  if (access === undefined)
    return { unknown: answer.kind === "disabled" ? what : `${what} (you don't have permission to view it)` };
  const isThere = ({ role, member }: Grant) =>
    access.some(
      (entry) =>
        (entry.role === role || entry.role === olderNames[role]) &&
        Object.entries(entryOf(member)).every(([key, who]) => String(entry[key]).toLowerCase() === who),
    );
  const existing = added.filter(isThere);
  if (existing.length === 0) return undefined;
  const statements = existing.map(
    ({ role, member }) => `revoke \`${role}\` on schema \`${project}.${dataset}\` from "${member}"`,
  );
  return {
    fault:
      `Dataset '${dataset}' already grants access to ${existing.map(({ member }) => member).join(", ")}, and Pulumi ` +
      "can't take over an entry of its access list. Remove it, and 'pulumi up' adds it again: " +
      `bq query --project_id ${project} --location ${dataLocation} --use_legacy_sql=false '${statements.join("; ")}'`,
  };
}
