import type { Runtime } from "../runtime";
import { DockerKestra } from "./dockerKestra";

/** Runtime `docker`: Kestra and Postgres in containers. */
export const docker: Runtime<undefined> = {
  platforms: ["gcp"],
  keys: {},
  startTimeout: 300,
  readSettings: () => undefined,
  needs: () => ({ apis: [], credentials: "key", dataHolders: [], checks: [] }),
  start: (name, args, opts) => new DockerKestra(name, args, opts).runtime,
};
