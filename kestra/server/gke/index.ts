import { accountId, repositoryName } from "../../../infra/stackName";
import type { Runtime } from "../runtime";
import { chartPlan } from "./chartFault";
import { clusterPlan } from "./clusterFaults";
import { costWarning } from "./costs";
import { GkeKestra } from "./gkeKestra";
import { gkeKeys, readGkeSettings, type GkeSettings } from "./settings";

/** Runtime `gke`: Kestra on Google Kubernetes Engine. */
export const gke: Runtime<GkeSettings> = {
  platforms: ["gcp"],
  keys: { "bay-wheels": gkeKeys },
  // it may have to start nodes first
  startTimeout: 900,
  readSettings: readGkeSettings,
  needs: (own, settings) => ({
    apis: [
      "compute",
      "container",
      "sqladmin",
      "artifactregistry",
      // for the database's endpoint: https://cloud.google.com/vpc/docs/configure-private-service-connect-services
      "servicedirectory",
      "dns",
    ],
    credentials: "none",
    dataHolders: [
      {
        kind: "Database",
        name: "kestra-database",
        settings: {
          "bay-wheels:region": own.region,
          "gcp:project": settings.project,
          "bay-wheels:runtime": settings.runtime,
        },
      },
    ],
    adoptable: [repositoryName(own.region), accountId("kestra-nodes")],
    checks: [
      { module: "./kestra/server/gke/clusterFaults.ts", plan: clusterPlan(own) },
      { module: "./kestra/server/gke/chartFault.ts", plan: chartPlan(own) },
    ],
    warning: costWarning(own),
  }),
  start: (name, args, opts) => new GkeKestra(name, args, opts).runtime,
};
