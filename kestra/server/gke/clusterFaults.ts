import { look, type Answer } from "../../../infra/googleApi";
import { judge, web, type Plan, type Verdict } from "../../../infra/projectFaults";
import type { Check } from "../../../infra/projectReady";
import { accountId, repositoryId } from "../../../infra/stackName";
import { cpusOf, parts } from "./parts";
import type { GkeSettings } from "./settings";

/** What a cluster takes from the project: capacity, and names that Pulumi doesn't make unique. */
export interface ClusterPlan {
  region: string;
  /** CPUs of all pods with the maximum number of workers. */
  cpus: number;
  /** Maximum number of workers. */
  workers: number;
  /** True: the stack creates its own network. */
  ownNetwork: boolean;
  repository: string;
  /** Account id of the nodes. */
  nodes: string;
}

export function clusterPlan({ region, workers, network }: GkeSettings): ClusterPlan {
  const { worker, ...others } = parts;
  const always = Object.values(others).reduce((sum, part) => sum + part.replicas * cpusOf(part), 0);
  const names = { repository: repositoryId(), nodes: accountId("kestra-nodes") };
  return { region, cpus: always + workers * cpusOf(worker), workers, ownNetwork: !network, ...names };
}

/** What prevents a cluster from being created in the project, or from growing; `ProjectReady` loads it. */
export const check: Check<ClusterPlan> = {
  looks: [
    ["compute", (project) => `projects/${project}/regions?maxResults=1`],
    ["container", (project) => `projects/${project}/locations/-/clusters`],
    ["sql", (project) => `projects/${project}/instances?maxResults=1`],
    ["artifactRegistry", (project) => `projects/${project}/locations?pageSize=1`],
  ],
  faults(plan, cluster, olds) {
    const isNew = olds?.region !== cluster.region;
    // the existing cluster's CPUs count as used
    const cpus = isNew ? cluster.cpus : cluster.cpus - olds.cpus;
    return [
      ...(cpus > 0 ? [cpuFault(plan, cluster, cpus)] : []),
      ...(cluster.ownNetwork && !olds?.ownNetwork ? [networkFault(plan)] : []),
      ...(isNew ? [repositoryFault(plan, cluster), ...(olds ? [] : [accountFault(plan, cluster)])] : []),
    ];
  },
};

/** Quotas of a region or a project: https://cloud.google.com/compute/docs/reference/rest/v1/regions/get */
interface Quotas {
  quotas?: { metric: string; limit: number; usage: number }[];
}

const quotas = (project: string) => `${web}/iam-admin/quotas?project=${project}`;

/** The region has enough CPUs left for the pods; nodes take some more than these. */
function cpuFault({ project }: Plan, { region, workers }: ClusterPlan, cpus: number): Promise<Verdict> {
  const ways =
    "or choose fewer workers (pulumi config set bay-wheels:workers <number>) " +
    "or another region (pulumi config set bay-wheels:region <region>)";
  return judge(
    `the quota of region ${region}`,
    look<Quotas>("compute", `projects/${project}/regions/${region}`, project),
    (body) => {
      const left = leftOf(body, "CPUS");
      if (left === undefined || left >= cpus) return undefined;
      return {
        fault:
          `Project '${project}' has quota for ${left} more CPUs in region '${region}', ` +
          `and the cluster's pods take up to ${cpus} more (at most ${workers} workers). ` +
          `Ask for a higher quota: ${quotas(project)}, ${ways}`,
      };
    },
  );
}

/** The project may have another network; a common limit is five. */
function networkFault({ project }: Plan): Promise<Verdict> {
  return judge("the quota of networks", look<Quotas>("compute", `projects/${project}`, project), (body) => {
    if ((leftOf(body, "NETWORKS") ?? 1) >= 1) return undefined;
    return {
      fault:
        `Project '${project}' has no quota left for a network. Ask for more: ${quotas(project)}, ` +
        "or use an existing one: pulumi config set bay-wheels:network projects/<project>/global/networks/<name>, and set bay-wheels:subnetwork too",
    };
  });
}

function leftOf({ quotas = [] }: Quotas, metric: string): number | undefined {
  const quota = quotas.find((each) => each.metric === metric);
  return quota && quota.limit - quota.usage;
}

/** The repository's name is free, or this stack's own. */
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
              `Repository '${repository}' can't be created in '${region}': one of that name exists. Delete it ` +
              `(gcloud artifacts repositories delete ${repository} --location ${region} --project ${project}), ` +
              "or rename the stack: pulumi stack rename <name>",
          },
  );
}

/** The nodes' account doesn't exist from a stack of the same name whose state is lost. */
function accountFault({ project }: Plan, { nodes }: ClusterPlan): Promise<Verdict> {
  const email = `${nodes}@${project}.iam.gserviceaccount.com`;
  return free(
    "the nodes' account",
    look<object>("iam", `projects/${project}/serviceAccounts/${email}`, project),
    () => ({
      fault:
        `Service account '${email}' can't be created: one of that name exists. Delete it ` +
        `(gcloud iam service-accounts delete ${email} --project ${project}), ` +
        "or rename the stack: pulumi stack rename <name>",
    }),
  );
}

/** A name that's free, or whose owner is checked. */
async function free<T>(what: string, answer: Promise<Answer<T>>, read: (body: T) => Verdict): Promise<Verdict> {
  const found = await answer;
  return found.kind === "missing" ? undefined : judge(what, answer, read);
}
