import assert from "node:assert/strict";
import { settingsOf } from "../support/settingsOf";

const gcp = { "gcp:project": "my-project", "bay-wheels:runtime": "gke" };

describe("settings of runtime gke", () => {
  const paths = {
    network: "projects/my-project/global/networks/shared",
    subnetwork: "projects/my-project/regions/europe-west1/subnetworks/a",
  };

  it("have defaults", async () => {
    assert.deepEqual((await settingsOf("gke", gcp)).runtime.own, {
      region: "us-central1",
      network: undefined,
      networkRange: "10.64.0.0/16",
      workers: 3,
      database: { availability: "zonal", tier: "db-custom-1-3840" },
      chartRepository: "https://helm.kestra.io/",
    });
  });

  it("read a cluster's, which gets more time to start", async () => {
    const { settings, runtime } = await settingsOf("gke", {
      ...gcp,
      "bay-wheels:region": "europe-west1",
      "bay-wheels:network": paths.network,
      "bay-wheels:subnetwork": paths.subnetwork,
      "bay-wheels:networkRange": "172.31.0.0/16",
      "bay-wheels:workers": "50",
      "bay-wheels:databaseAvailability": "regional",
      "bay-wheels:databaseTier": "db-custom-96-638976",
      "bay-wheels:chartRepository": "https://charts.example.com:8443/helm/kestra",
    });
    assert.deepEqual(runtime.own, {
      region: "europe-west1",
      network: paths,
      networkRange: "172.31.0.0/16",
      workers: 50,
      database: { availability: "regional", tier: "db-custom-96-638976" },
      chartRepository: "https://charts.example.com:8443/helm/kestra",
    });
    assert.equal(settings.kestra.startTimeout, 900);
  });

  const notPrivate = [
    "11.0.0.0/16",
    "10.64.0.0/20",
    "10.64.1.0/16",
    "10.256.0.0/16",
    "172.17.0.0/16",
    "172.32.0.0/16",
    "10.64.0.0",
  ];
  for (const range of notPrivate)
    it(`refuse ${range} as a block of addresses`, async () => {
      await assert.rejects(settingsOf("gke", { ...gcp, "bay-wheels:networkRange": range }), {
        message:
          `Config 'bay-wheels:networkRange' is '${range}': a private block with 16 bits for hosts is needed, such as 10.64.0.0/16, and not 172.17.0.0/16. ` +
          "Change it with: pulumi config set bay-wheels:networkRange <value>",
      });
    });

  const notRepositories = [
    "http://charts.example.com/",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "https://user:password@charts.example.com/",
    "oci://charts.example.com/kestra",
    "https://charts.example.com/?token=1",
    "charts.example.com",
  ];
  for (const repository of notRepositories)
    it(`refuse ${repository} as a repository of charts`, async () => {
      await assert.rejects(settingsOf("gke", { ...gcp, "bay-wheels:chartRepository": repository }), {
        message:
          `Config 'bay-wheels:chartRepository' is '${repository}': the address of a Helm repository is needed, such as https://charts.example.com/kestra/. ` +
          "Change it with: pulumi config set bay-wheels:chartRepository <value>",
      });
    });

  it("take a repository of charts on this machine without TLS", async () => {
    for (const repository of ["http://127.0.0.1:8080/", "http://localhost/charts"]) {
      const { runtime } = await settingsOf("gke", { ...gcp, "bay-wheels:chartRepository": repository });
      assert.equal((runtime.own as { chartRepository: string }).chartRepository, repository);
    }
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    [
      "a multi-region for a cluster",
      { ...gcp, "bay-wheels:region": "US" },
      /Config 'bay-wheels:region' is 'US': a region of Google Cloud is needed, such as europe-west1\./,
    ],
    [
      "a network without its subnetwork",
      { ...gcp, "bay-wheels:network": paths.network },
      /Config 'bay-wheels:subnetwork' is missing: 'bay-wheels:network' is set, and the two go together\. Set it with: pulumi config set bay-wheels:subnetwork <path>, or remove the other: pulumi config rm bay-wheels:network$/,
    ],
    [
      "a subnetwork without its network",
      { ...gcp, "bay-wheels:region": "europe-west1", "bay-wheels:subnetwork": paths.subnetwork },
      /Config 'bay-wheels:network' is missing: 'bay-wheels:subnetwork' is set, .* pulumi config rm bay-wheels:subnetwork$/,
    ],
    [
      "a subnetwork of another region",
      { ...gcp, "bay-wheels:network": paths.network, "bay-wheels:subnetwork": paths.subnetwork },
      /Config 'bay-wheels:subnetwork' is 'projects\/my-project\/.*': projects\/my-project\/regions\/us-central1\/subnetworks\/<name> is needed/,
    ],
    [
      "a database's size that there is not",
      { ...gcp, "bay-wheels:databaseTier": "db-custom-3-3840" },
      /Config 'bay-wheels:databaseTier' is 'db-custom-3-3840': db-custom-<CPUs>-<MiB> is needed, where <CPUs> is 1 or an even number/,
    ],
    [
      "more workers than a cluster is meant for",
      { ...gcp, "bay-wheels:workers": "51" },
      /Config 'bay-wheels:workers' is '51': a whole number from 1 to 50/,
    ],
    [
      "a network of another project",
      { ...gcp, "bay-wheels:network": "projects/host/global/networks/shared" },
      /Config 'bay-wheels:network' is 'projects\/host\/global\/networks\/shared': projects\/my-project\/global\/networks\/<name> is needed, one of this project\./,
    ],
  ];
  for (const [what, config, message] of refused) {
    it(`refuse ${what} in one line`, async () => {
      await assert.rejects(settingsOf("gke", config), (error: Error) => {
        assert.match(String(error), message);
        assert.equal(error.message.split("\n").length, 1);
        return true;
      });
    });
  }
});
