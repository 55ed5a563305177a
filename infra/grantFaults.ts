import { look } from "./googleApi";
import type { Verdict } from "./projectFaults";
import type { Check } from "./projectReady";
import { entryOf, type Member } from "./readers";
import { olderNames } from "./roles";

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
  faults({ project, dataLocation }, { dataset, grants }, olds) {
    const former = olds?.dataset === dataset ? olds.grants : [];
    const added = grants.filter((each) => !former.some((old) => old.role === each.role && old.member === each.member));
    return added.length === 0 ? [] : [grantFault({ project, dataLocation, dataset }, added)];
  },
};

interface Place {
  project: string;
  dataLocation: string;
  dataset: string;
}

/** The provider creates no entry of the access list that's there already, and imports none. */
async function grantFault({ project, dataLocation, dataset }: Place, added: Grant[]): Promise<Verdict> {
  type Entry = Record<string, unknown>;
  const answer = await look<{ access?: Entry[] }>("bigquery", `projects/${project}/datasets/${dataset}`, project);
  if (answer.kind !== "found") return undefined;
  const isThere = ({ role, member }: Grant) =>
    answer.body.access?.some(
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
