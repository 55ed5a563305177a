import * as pulumi from "@pulumi/pulumi";
import { readSettings } from "../../../infra/settings";
import { platforms, runtimes } from "./choices";

/** Reads the settings of a stack with this configuration. */
export async function settingsOf(stack: string, config: Record<string, string>, secrets: string[] = []) {
  await pulumi.runtime.setMocks(
    {
      newResource: () => {
        throw new Error("settings make no resource");
      },
      call: () => {
        throw new Error("settings call no function");
      },
    },
    "bay-wheels",
    stack,
  );
  pulumi.runtime.setAllConfig(config, secrets);
  return readSettings(platforms, runtimes);
}
