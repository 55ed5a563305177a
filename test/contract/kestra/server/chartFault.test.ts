import assert from "node:assert/strict";
import { stringify } from "yaml";
import { handlers, type ProjectReadyInputs } from "../../../../infra/projectReady";
import { nearestTo, type ChartPlan } from "../../../../kestra/server/gke/chartFault";
import { GoogleApi } from "../../../fakes/googleApi";
import { serve, type Served } from "../../../support/serve";

describe("Kestra's chart before a cluster is made for it, over HTTP", () => {
  const { env } = process;
  let google: GoogleApi;
  let repository: Served;
  /** What the repository answers, by path. */
  let answers: Record<string, string>;

  before(async () => {
    google = await GoogleApi.start();
    process.env = { ...env, ...google.environment() };
    repository = await serve(({ url }, response) => {
      const text = answers[url!];
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
  });
  after(() => {
    process.env = env;
    google.stop();
    repository.stop();
  });

  const index = (...versions: string[]) =>
    stringify({
      apiVersion: "v1",
      entries: {
        other: [{ name: "other", version: "1.3.31" }],
        kestra: versions.map((version) => ({ name: "kestra", version, appVersion: version })),
      },
    });

  const withChart = (plan: Partial<ChartPlan>): ProjectReadyInputs => ({
    project: "my-project",
    dataLocation: "US",
    bucketName: "my-bucket",
    dataset: "my_dataset",
    account: "bay-wheels-gke",
    stack: "gke",
    adopt: [],
    keyRotation: "",
    credentials: "none",
    checks: [
      {
        module: "./kestra/server/gke/chartFault.ts",
        plan: { chart: "kestra", version: "1.3.31", repository: repository.url, ...plan },
      },
    ],
  });

  /** Faults at a preview, and what is written to stderr. */
  async function preview(plan: Partial<ChartPlan>, olds: Partial<ProjectReadyInputs> = {}) {
    const write = process.stderr.write.bind(process.stderr);
    let printed = "";
    process.stderr.write = (text: string) => (printed += text) !== "";
    try {
      const { failures = [] } = await handlers.check(olds, withChart(plan));
      return { faults: failures.map(({ reason }) => reason), printed };
    } finally {
      process.stderr.write = write;
    }
  }

  it("is found, by an address with or without a slash at its end", async () => {
    answers = { "/found/index.yaml": index("1.3.30", "1.3.31") };
    for (const path of ["/found", "/found/"])
      assert.deepEqual(await preview({ repository: repository.url + path }), { faults: [], printed: "" });
  });

  it("that isn't there is a fault that names the nearest one and what to change", async () => {
    answers = { "/old/index.yaml": index("1.3.29", "1.3.30", "1.4.0") };
    const { faults } = await preview({ repository: `${repository.url}/old/` });
    assert.deepEqual(faults, [
      `Repository ${repository.url}/old/ has no chart kestra 1.3.31. The nearest version is 1.3.30: change to it ` +
        "(docs/upgrade.md has the steps), or choose " +
        "another repository (pulumi config set bay-wheels:chartRepository <address>)",
    ]);
  });

  it("of which there is no version at all is a fault, too", async () => {
    answers = { "/none/index.yaml": "apiVersion: v1\nentries: {}\n" };
    const { faults } = await preview({ repository: `${repository.url}/none` });
    assert.deepEqual(faults, [
      `Repository ${repository.url}/none has no chart kestra 1.3.31. Choose another repository: ` +
        "pulumi config set bay-wheels:chartRepository <address>",
    ]);
  });

  const unread: [string, string, Record<string, string>, string][] = [
    ["isn't there", "/absent", {}, "answers with status 404"],
    ["serves something else", "/page", { "/page/index.yaml": "<html>Sign in</html>" }, "has no index of charts"],
    ["serves no YAML", "/text", { "/text/index.yaml": "a: b: c" }, "has no index of charts"],
  ];
  for (const [name, path, served, reason] of unread)
    it(`isn't checked yet if the repository ${name}`, async () => {
      answers = served;
      const { host } = new URL(repository.url);
      assert.deepEqual(await preview({ repository: repository.url + path }), {
        faults: [],
        printed: `Not checked yet: chart kestra 1.3.31 (${host} ${reason})\n`,
      });
    });

  it("isn't checked yet if the repository can't be reached", async () => {
    const { faults, printed } = await preview({ repository: "http://127.0.0.1:2" });
    assert.deepEqual(faults, []);
    assert.match(printed, /^Not checked yet: chart kestra 1\.3\.31 \(127\.0\.0\.1:2 can't be reached: .*ECONNREFUSED/);
  });

  it("is looked up again only when version or repository change", async () => {
    answers = { "/later/index.yaml": index("1.3.30") };
    const later = `${repository.url}/later`;
    const count = async (news: Partial<ChartPlan>, olds: Partial<ChartPlan>) =>
      (await preview({ repository: later, ...news }, withChart({ repository: later, ...olds }))).faults.length;
    assert.deepEqual(
      [
        await count({}, {}),
        await count({}, { version: "1.3.30" }),
        await count({}, { repository: "http://127.0.0.1:2" }),
      ],
      [0, 1, 1],
    );
  });

  it("has as nearest version the newest below it of its minor one, or else the newest of all", () => {
    const versions = ["1.3.9", "1.3.30", "1.3.10", "1.3.32", "1.3.31-rc1", "1.10.0", "1.9.7"];
    assert.equal(nearestTo("1.3.31", versions), "1.3.30");
    assert.equal(nearestTo("1.4.1", versions), "1.10.0");
    assert.equal(nearestTo("1.3.1", versions), "1.10.0");
    assert.equal(nearestTo("1.3.31", ["2.0.0-rc1"]), undefined);
  });
});
