import { look, type Answer } from "../googleApi";
import { judge, web, type Plan, type Verdict } from "../projectFaults";
import type { ClusterPlan } from "./clusterPlan";

/** Quotas of a region, or of all of a project: https://cloud.google.com/compute/docs/reference/rest/v1/regions/get */
interface Quotas {
  quotas?: { metric: string; limit: number; usage: number }[];
}

/** What keeps a cluster from being made in the project, or made larger; `olds` is the one that stands. */
export function clusterFaults(plan: Plan, cluster: ClusterPlan, olds?: ClusterPlan): Promise<Verdict>[] {
  const isNew = olds?.region !== cluster.region;
  // those of the cluster that stands are among those that are used
  const cpus = isNew ? cluster.cpus : cluster.cpus - olds.cpus;
  return [
    ...(cpus > 0 ? [cpuFault(plan, cluster, cpus)] : []),
    ...(cluster.ownNetwork && !olds?.ownNetwork ? [networkFault(plan)] : []),
    ...(isNew ? [repositoryFault(plan, cluster), ...(olds ? [] : [accountFault(plan, cluster)])] : []),
  ];
}

/** That the region has CPUs left for the pods; nodes take some more than these. */
function cpuFault({ project }: Plan, { region, workers }: ClusterPlan, cpus: number): Promise<Verdict> {
  const ways =
    "or choose fewer workers (pulumi config set bay-wheels:workers <number>) or another region (pulumi config set bay-wheels:region <region>)";
  return judge(
    `the quota of region ${region}`,
    look<Quotas>("compute", `projects/${project}/regions/${region}`, project),
    (body) => {
      const left = leftOf(body, "CPUS");
      if (left === undefined || left >= cpus) return undefined;
      return {
        fault:
          `Project '${project}' may use ${left} more CPUs in region '${region}', and the cluster's pods take up to ${cpus} more ` +
          `(${workers} workers at the most). Ask for a higher quota: ${web}/iam-admin/quotas?project=${project}, ${ways}`,
      };
    },
  );
}

/** That the project may have another network; five is what many have. */
function networkFault({ project }: Plan): Promise<Verdict> {
  return judge("the quota of networks", look<Quotas>("compute", `projects/${project}`, project), (body) => {
    if ((leftOf(body, "NETWORKS") ?? 1) >= 1) return undefined;
    return {
      fault:
        `Project '${project}' may have no further network. Ask for a higher quota: ${web}/iam-admin/quotas?project=${project}, or name one that is ` +
        "there: pulumi config set bay-wheels:network projects/<project>/global/networks/<name>, and bay-wheels:subnetwork",
    };
  });
}

function leftOf({ quotas = [] }: Quotas, metric: string): number | undefined {
  const quota = quotas.find((each) => each.metric === metric);
  return quota && quota.limit - quota.usage;
}

/** That the repository's name is free, or this stack's own. */
function repositoryFault({ project, stack }: Plan, { region, repository }: ClusterPlan): Promise<Verdict> {
  const path = `projects/${project}/locations/${region}/repositories/${repository}`;
  return free(
    "the repository's name",
    look<{ labels?: Record<string, string> }>("artifactRegistry", path, project),
    ({ labels }) =>
      labels?.application === "bay-wheels" && labels.stack === stack
        ? undefined
        : {
            fault:
              `Repository '${repository}' cannot be made in '${region}': there is one of that name. Delete it (gcloud artifacts repositories delete ` +
              `${repository} --location ${region} --project ${project}), or take another name for the stack: pulumi stack rename <name>`,
          },
  );
}

/** That the nodes' account is not there from a stack of the same name whose state is lost. */
function accountFault({ project }: Plan, { nodes }: ClusterPlan): Promise<Verdict> {
  const email = `${nodes}@${project}.iam.gserviceaccount.com`;
  return free(
    "the nodes' account",
    look<object>("iam", `projects/${project}/serviceAccounts/${email}`, project),
    () => ({
      fault:
        `Service account '${email}' cannot be made: there is one of that name. Delete it (gcloud iam service-accounts delete ${email} --project ` +
        `${project}), or take another name for the stack: pulumi stack rename <name>`,
    }),
  );
}

/** A name that nobody has, or one whose owner is looked at. */
async function free<T>(what: string, answer: Promise<Answer<T>>, read: (body: T) => Verdict): Promise<Verdict> {
  const found = await answer;
  return found.kind === "missing" ? undefined : judge(what, answer, read);
}
