import { look } from "../../../../infra/google/googleApi";
import { judge } from "../../../../infra/checks/projectFaults";
import type { Check } from "../../../../infra/projectReady";
import type { ToySettings } from "./toy";

/** Refuses blue in a project that may have no networks. */
export const check: Check<ToySettings> = {
  looks: [["compute", (project) => `projects/${project}`]],
  faults: ({ project }, { color }, olds) => [
    judge("the project's networks", look<{ quotas: object[] }>("compute", `projects/${project}`, project), () =>
      color === "blue" ? { fault: `blue isn't available in ${project}, was ${olds?.color}` } : undefined,
    ),
  ],
};
