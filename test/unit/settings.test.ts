import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { readSettings } from "../../infra/settings";

/** Reads the settings of a stack with this configuration. */
async function settingsOf(stack: string, config: Record<string, string>) {
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
  pulumi.runtime.setAllConfig(config);
  return readSettings();
}

const local = { "bay-wheels:platform": "local", "bay-wheels:runtime": "embedded" };

describe("settings", () => {
  it("need nothing but the platform on stack local", async () => {
    assert.deepEqual(await settingsOf("local", local), {
      platform: "local",
      runtime: "embedded",
      project: "bay-wheels-local",
      dataLocation: "US",
      bucketName: "bay-wheels-local-bay-wheels",
      dataset: "bay_wheels",
      local: { firstPort: 8080, dataDir: undefined, tripsPerMonth: 50_000 },
    });
  });

  it("need the project alone on Google Cloud", async () => {
    const { platform, runtime, bucketName } = await settingsOf("dev", { "gcp:project": "my-project" });
    assert.deepEqual(
      { platform, runtime, bucketName },
      { platform: "gcp", runtime: "docker", bucketName: "my-project-bay-wheels" },
    );
    await assert.rejects(settingsOf("dev", {}), /Missing required configuration variable 'gcp:project'/);
  });

  const refused: [string, string, Record<string, string>, RegExp][] = [
    [
      "an unknown key",
      "local",
      { ...local, "local:firstport": "9000" },
      /Config 'local:firstport' is unknown: known are bay-wheels:platform, .*local:tripsPerMonth\. Remove it with: npm run pulumi -- config rm local:firstport -s local$/,
    ],
    [
      "an unknown namespace",
      "dev",
      { "baywheels:dataset": "d" },
      /Config 'baywheels:dataset' is unknown: .* Remove it with: pulumi config rm baywheels:dataset$/,
    ],
    [
      "a file in place of a folder",
      "local",
      { ...local, "local:dataDir": "package.json" },
      /Config 'local:dataDir' is 'package\.json': there is no such folder\. Change it with: npm run pulumi -- config set local:dataDir <value> -s local$/,
    ],
    [
      "an unknown platform",
      "dev",
      { "bay-wheels:platform": "aws" },
      /Config 'bay-wheels:platform' is 'aws': allowed are gcp, local\./,
    ],
    [
      "an unknown runtime",
      "dev",
      { "bay-wheels:runtime": "podman" },
      /Config 'bay-wheels:runtime' is 'podman': allowed are docker, gke, embedded\./,
    ],
    [
      "a port that is no number",
      "local",
      { ...local, "local:firstPort": "http" },
      /Config 'local:firstPort' is 'http': a whole number from 1024 to 65530/,
    ],
    [
      "a folder that is not there",
      "local",
      { ...local, "local:dataDir": "no-such" },
      /Config 'local:dataDir' is 'no-such': there is no such folder/,
    ],
    ["platform local on another stack", "dev", local, /on stack 'dev': platform 'local' and stack 'local' go together/],
    [
      "Google Cloud on stack local",
      "local",
      { "gcp:project": "p" },
      /on stack 'local': platform 'local' and stack 'local' go together/,
    ],
    [
      "a runtime of the other platform",
      "local",
      { ...local, "bay-wheels:runtime": "gke" },
      /is 'gke' with 'bay-wheels:platform' 'local'/,
    ],
  ];
  for (const [what, stack, config, message] of refused) {
    it(`refuse ${what} in one line`, async () => {
      await assert.rejects(settingsOf(stack, config), (error: Error) => {
        assert.match(String(error), message);
        assert.equal(error.message.split("\n").length, 1);
        return true;
      });
    });
  }
});
