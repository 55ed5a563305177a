import { look, type Answer } from "../../../infra/google/googleApi";
import { accountFault, judge, nameFault, web, type Plan, type Verdict } from "../../../infra/checks/projectFaults";
import type { Check } from "../../../infra/projectReady";
import { accountId, repositoryId, repositoryName } from "../../../infra/stackName";
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
    const disks = disksOf(cluster) - (isNew ? 0 : disksOf(olds));
    const needsNetwork = cluster.ownNetwork && !olds?.ownNetwork;
    const quotas = quotasOf(plan.project, cluster.region);
    return [
      ...capacityFaults(plan, cluster, quotas, cpus, disks),
      ...(needsNetwork ? [networkFault(plan, quotas)] : []),
      ...(isNew ? [repositoryFault(plan, cluster), ...(olds ? [] : [accountFault(plan, cluster.nodes)])] : []),
    ];
  },
};

/** Quotas of a region or a project: https://cloud.google.com/compute/docs/reference/rest/v1/regions/get */
interface Quotas {
  quotas?: { metric: string; limit: number; usage: number }[];
}

const quotaPage = (project: string) => `${web}/iam-admin/quotas?project=${project}`;

/** Quotas of a project and of a region, each requested once at most. */
function quotasOf(project: string, region: string) {
  const once = (path: string) => {
    let answer: Promise<Answer<Quotas>> | undefined;
    return () => (answer ??= look<Quotas>("compute", path, project));
  };
  return { ofProject: once(`projects/${project}`), ofRegion: once(`projects/${project}/regions/${region}`) };
}

/**
 * GB of the nodes' boot disks, at least. Each has the default, 100 GB of pd-balanced, which counts as SSD
 * (https://cloud.google.com/kubernetes-engine/docs/how-to/custom-boot-disks). Autopilot chooses the nodes' size; with
 * nodes of 8 CPUs this is a low estimate. A regional cluster is refused with less than one node in each of three zones,
 * also in a free trial with its 250 GB: https://github.com/kubeflow/pipelines/issues/10907
 */
function disksOf({ cpus }: ClusterPlan): number {
  return Math.max(3, Math.ceil(cpus / 8)) * 100;
}

/** Region and project have enough left for the pods' CPUs, and the region for the nodes' disks. */
function capacityFaults(
  { project }: Plan,
  { region, workers }: ClusterPlan,
  { ofProject, ofRegion }: ReturnType<typeof quotasOf>,
  cpus: number,
  disks: number,
): Promise<Verdict>[] {
  const fewer = "or choose fewer workers (pulumi config set bay-wheels:workers <number>)";
  const elsewhere = `${fewer} or another region (pulumi config set bay-wheels:region <region>)`;
  const pods = `the cluster's pods take up to ${cpus} more`;
  const nodes = `the disks of the cluster's nodes take at least ${disks} more`;
  const needs = [
    {
      metric: "CPUS",
      label: `CPUs in region '${region}'`,
      quotas: ofRegion,
      needed: cpus,
      reason: pods,
      remedy: elsewhere,
    },
    {
      metric: "SSD_TOTAL_GB",
      label: `GB of SSD in region '${region}'`,
      quotas: ofRegion,
      needed: disks,
      reason: nodes,
      remedy: elsewhere,
    },
    {
      metric: "CPUS_ALL_REGIONS",
      label: "CPUs in all regions",
      quotas: ofProject,
      needed: cpus,
      reason: pods,
      remedy: fewer,
    },
  ];
  return needs
    .filter(({ needed }) => needed > 0)
    .map(({ metric, label, quotas, needed, reason, remedy }) =>
      judge(`the quota of ${label}`, quotas(), (body) => {
        const left = leftOf(body, metric);
        if (left >= needed) return undefined;
        return {
          fault:
            `Project '${project}' has quota for ${left} more ${label}, and ${reason} (at most ${workers} workers). ` +
            `Ask for a higher quota: ${quotaPage(project)}, ${remedy}`,
        };
      }),
    );
}

/** The project may have another network; a common limit is five. */
function networkFault({ project }: Plan, { ofProject }: ReturnType<typeof quotasOf>): Promise<Verdict> {
  return judge("the quota of networks", ofProject(), (body) => {
    if (leftOf(body, "NETWORKS") >= 1) return undefined;
    return {
      fault:
        `Project '${project}' has no quota left for a network. Ask for more: ${quotaPage(project)}, ` +
        "or use an existing one: pulumi config set bay-wheels:network projects/<project>/global/networks/<name>, and set bay-wheels:subnetwork too",
    };
  });
}

/** What is left of a quota; one that Google doesn't list has no limit. */
function leftOf({ quotas = [] }: Quotas, metric: string): number {
  const quota = quotas.find((each) => each.metric === metric);
  return quota ? quota.limit - quota.usage : Infinity;
}

function repositoryFault(plan: Plan, { region, repository: id }: ClusterPlan): Promise<Verdict> {
  const { project } = plan;
  const deletion = `gcloud artifacts repositories delete ${id} --location ${region} --project ${project}`;
  return nameFault(plan, {
    kind: "repository",
    name: repositoryName(region, id),
    answer: look("artifactRegistry", `projects/${project}/locations/${region}/repositories/${id}`, project),
    taken:
      `Repository '${id}' can't be created in '${region}': one of that name exists. ` +
      `Delete it (${deletion}), or rename the stack: pulumi stack rename <name>`,
  });
}
