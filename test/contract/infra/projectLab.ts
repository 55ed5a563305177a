import type { ProjectReadyInputs } from "../../../infra/projectReady";
import { GoogleApi } from "../../fakes/googleApi";

/** What ProjectReady gets of a stack that has no key and no checks of its own. */
export const inputs: ProjectReadyInputs = {
  project: "my-project",
  dataLocation: "US",
  bucketName: "my-bucket",
  dataset: "my_dataset",
  account: "bay-wheels-dev",
  stack: "dev",
  adopt: [],
  keyRotation: "",
  credentials: "none",
  checks: [],
};

/** Google's APIs while the tests of a `describe` run, found by the environment. */
export function withGoogle(): { google: () => GoogleApi } {
  const { env } = process;
  let api: GoogleApi;
  before(async () => {
    api = await GoogleApi.start();
    process.env = { ...env, ...api.environment() };
  });
  after(() => {
    process.env = env;
    api.stop();
  });
  return { google: () => api };
}
