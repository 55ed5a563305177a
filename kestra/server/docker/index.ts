import type { Runtime } from "../runtime";
import { DockerKestra } from "./dockerKestra";
import { dockerKeys, readDockerSettings, type DockerSettings } from "./settings";

/** Runtime `docker`: Kestra and Postgres in containers. */
export const docker: Runtime<DockerSettings> = {
  platforms: ["gcp"],
  keys: { "bay-wheels": dockerKeys },
  startTimeout: 300,
  readSettings: readDockerSettings,
  needs: ({ credentials }) => ({
    apis: [],
    credentials: credentials === "key" ? "key" : "none",
    dataHolders: [],
    checks: [],
  }),
  start: (name, args, opts) => new DockerKestra(name, args, opts).runtime,
};
