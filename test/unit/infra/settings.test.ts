import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { LocalSettings } from "../../../local/settings";
import { settingsOf } from "../support/settingsOf";

const gcp = { "gcp:project": "my-project" };
const local = { "bay-wheels:platform": "local", "bay-wheels:runtime": "embedded" };

describe("settings", () => {
  it("need nothing but the platform on stack local", async () => {
    const { settings, platform, runtime } = await settingsOf("local", local);
    assert.deepEqual(settings, {
      platform: "local",
      runtime: "embedded",
      project: "bay-wheels-local",
      dataLocation: "US",
      bucketName: "bay-wheels-local-bay-wheels",
      dataset: "bay_wheels",
      protectData: false,
      allowReplacementOf: [],
      adopt: [],
      keyRotation: undefined,
      alertWebhook: undefined,
      maxBytesBilled: 50_000_000_000,
      kestra: {
        port: 8080,
        startTimeout: 300,
        password: undefined,
        passwordRotation: undefined,
        encryptionKey: undefined,
      },
    });
    const own = { firstPort: 8080, dataDir: undefined, irregularities: undefined, tripsPerMonth: 50_000 };
    assert.deepEqual([platform.own, runtime.own], [own, own]);
  });

  it("take a list of irregularities in any order, and an empty one", async () => {
    const read = async (list: string) =>
      ((await settingsOf("local", { ...local, "local:irregularities": list })).platform.own as LocalSettings)
        .irregularities;
    assert.deepEqual(await read("quoted, oldSchema"), ["oldSchema", "quoted"]);
    assert.deepEqual(await read(""), []);
  });

  it("need the project alone on Google Cloud", async () => {
    const { platform, runtime, bucketName, dataset, dataLocation } = (await settingsOf("dev", gcp)).settings;
    assert.deepEqual([platform, runtime, dataLocation], ["gcp", "docker", "US"]);
    assert.deepEqual([bucketName, dataset], ["my-project-bay-wheels-dev", "bay_wheels_dev"]);
    await assert.rejects(
      settingsOf("dev", {}),
      /Config 'gcp:project' is missing: .* Set it with: pulumi config set gcp:project <project id>$/,
    );
  });

  it("read what is set, an empty text as nothing", async () => {
    const { settings } = await settingsOf(
      "dev",
      {
        ...gcp,
        "bay-wheels:dataLocation": "europe-west1",
        "bay-wheels:bucketName": "",
        "bay-wheels:protectData": "true",
        "bay-wheels:allowReplacementOf": "old-bucket, old_dataset",
        "bay-wheels:adopt": "a-bucket,bay-wheels-dev@my-project.iam.gserviceaccount.com",
        "bay-wheels:keyRotation": "2026-11",
        "bay-wheels:alertWebhook": "https://hooks.example.com/T1/B2",
        "bay-wheels:kestraPort": "9090",
        "bay-wheels:kestraStartTimeout": "60",
        "bay-wheels:kestraPassword": "Canary-Password-1",
        "bay-wheels:kestraPasswordRotation": "",
        "bay-wheels:kestraEncryptionKey": Buffer.alloc(32, "k").toString("base64"),
      },
      ["bay-wheels:kestraPassword", "bay-wheels:kestraEncryptionKey", "bay-wheels:alertWebhook"],
    );
    const { password, encryptionKey, ...kestra } = settings.kestra;
    assert.deepEqual(
      [settings.dataLocation, settings.bucketName, settings.protectData, settings.allowReplacementOf],
      ["europe-west1", "my-project-bay-wheels-dev", true, ["old-bucket", "old_dataset"]],
    );
    assert.deepEqual(settings.adopt, ["a-bucket", "bay-wheels-dev"]);
    assert.equal(settings.keyRotation, "2026-11");
    assert.deepEqual(kestra, { port: 9090, startTimeout: 60, passwordRotation: undefined });
    assert.deepEqual(
      await Promise.all([password, encryptionKey, settings.alertWebhook].map((each) => pulumi.isSecret(each!))),
      [true, true, true],
    );
  });

  const refused: [string, string, Record<string, string>, RegExp][] = [
    [
      "an unknown key",
      "local",
      { ...local, "local:firstport": "9000" },
      /Config 'local:firstport' is unknown: known are bay-wheels:platform, .*local:irregularities, local:tripsPerMonth\. Remove it with: npm run pulumi -- config rm -s local local:firstport$/,
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
      /Config 'local:dataDir' is 'package\.json': there is no such folder\. Change it with: npm run pulumi -- config set -s local local:dataDir <value>$/,
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
      "a project's name in place of its id",
      "dev",
      { "gcp:project": "My Project" },
      /Config 'gcp:project' is 'My Project': the id of a Google Cloud project is needed, not its name or number\./,
    ],
    [
      "a location that is none",
      "dev",
      { ...gcp, "bay-wheels:dataLocation": "us" },
      /Config 'bay-wheels:dataLocation' is 'us': US, EU or a region such as europe-west1 is needed; https:/,
    ],
    [
      "a bucket's name with a capital",
      "dev",
      { ...gcp, "bay-wheels:bucketName": "Trips" },
      /Config 'bay-wheels:bucketName' is 'Trips': 3 to 63 lower-case letters, .* pulumi config set bay-wheels:bucketName <value>$/,
    ],
    [
      "a bucket's name that a project of a domain would give",
      "dev",
      { "gcp:project": "example.com:my-project" },
      /Config 'bay-wheels:bucketName' is 'example\.com:my-project-bay-wheels-dev': 3 to 63 /,
    ],
    [
      "a dataset's name with a hyphen",
      "local",
      { ...local, "bay-wheels:dataset": "my-trips" },
      /Config 'bay-wheels:dataset' is 'my-trips': letters, digits and '_' are needed\. Change it with: npm run pulumi -- config set -s local /,
    ],
    [
      "a setting of Docker's provider, which would be ignored",
      "dev",
      { ...gcp, "docker:host": "ssh://me@there" },
      /Config 'docker:host' is unknown: /,
    ],
    [
      "credentials that the program itself would not use",
      "dev",
      { ...gcp, "gcp:credentials": "canary" },
      /^Error: Config 'gcp:credentials' isn't supported: (?!.*canary).* remove the key with: pulumi config rm gcp:credentials$/,
    ],
    [
      "a password in plain text, without telling it",
      "dev",
      { ...gcp, "bay-wheels:kestraPassword": "Canary-Password-1" },
      /^Error: Config 'bay-wheels:kestraPassword' is in plain text (?!.*Canary).* Set it with: pulumi config set --secret bay-wheels:kestraPassword$/,
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
    [
      "an irregularity that there is not",
      "local",
      { ...local, "local:irregularities": "quoted,rain" },
      /Config 'local:irregularities' is 'quoted,rain': unknown irregularity 'rain'; use wholeYear, .*, corruptArchive\. Change it with: npm run pulumi -- config set -s local local:irregularities <value>$/,
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
      /is 'gke' with 'bay-wheels:platform' 'local': 'docker' runs on 'gcp', 'gke' runs on 'gcp', 'embedded' runs on 'local'\.$/,
    ],
  ];
  it("refuse a secret that cannot be used, without telling it", async () => {
    for (const key of ["bay-wheels:kestraPassword", "bay-wheels:kestraEncryptionKey", "bay-wheels:alertWebhook"]) {
      await assert.rejects(settingsOf("dev", { ...gcp, [key]: "canary" }, [key]), (error: Error) => {
        assert.match(error.message, new RegExp(`^Config '${key}' is invalid: .* pulumi config set --secret ${key}$`));
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    }
  });

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
