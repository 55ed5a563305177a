import type { Verdict } from "../../../infra/checks/projectFaults";
import type { Check } from "../../../infra/projectReady";
import { kestraVersion } from "../version";
import { versionsOf } from "./chartRepository";
import type { GkeSettings } from "./settings";

/** A chart of a Helm repository. */
export interface ChartPlan {
  chart: string;
  version: string;
  /** Address of the repository. */
  repository: string;
}

/** Kestra's own chart, in the server's version: since 1.3.16 they are released together. */
export const chartPlan = ({ chartRepository: repository }: GkeSettings): ChartPlan => ({
  chart: "kestra",
  version: kestraVersion,
  repository,
});

/** Whether the chart can be installed, looked up before there is a cluster for it; `ProjectReady` loads it. */
export const check: Check<ChartPlan> = {
  looks: [],
  faults(_project, plan, olds) {
    const isInstalled = olds?.version === plan.version && olds.repository === plan.repository;
    return isInstalled ? [] : [chartFault(plan)];
  },
};

async function chartFault(plan: ChartPlan): Promise<Verdict> {
  const { chart, version, repository } = plan;
  let versions: string[];
  try {
    versions = await versionsOf(repository, chart);
  } catch (error) {
    return { unknown: `chart ${chart} ${version} (${(error as Error).message})` };
  }
  if (versions.includes(version)) return undefined;
  const nearest = nearestTo(version, versions);
  const instead =
    nearest === undefined
      ? "Choose another repository: pulumi config set bay-wheels:chartRepository <address>"
      : `The nearest version is ${nearest}: change to it (docs/upgrade.md has the steps), or choose another repository ` +
        "(pulumi config set bay-wheels:chartRepository <address>)";
  return { fault: `Repository ${repository} has no chart ${chart} ${version}. ${instead}` };
}

const numbersOf = (version: string) => version.split(".").map(Number);

/** For sorting, the newest first. */
function byAge(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  const differs = a.findIndex((number, i) => number !== b[i]);
  return differs < 0 ? 0 : b[differs]! - a[differs]!;
}

/** The newest release below a version with the same minor number, or else the newest of all; no pre-release. */
export function nearestTo(version: string, versions: string[]): string | undefined {
  const releases = versions.filter((each) => /^\d+\.\d+\.\d+$/.test(each)).sort(byAge);
  const minor = version.replace(/\d+$/, "");
  return releases.find((each) => each.startsWith(minor) && byAge(version, each) < 0) ?? releases[0];
}
