import assert from "node:assert/strict";
import { made, withDocker } from "../support/cloudStacks";
import { settingsOf } from "../support/settingsOf";

const project = "my-project";
const gcp = { "gcp:project": project };

describe("readers", () => {
  withDocker();

  it("get the viewer's role on the dataset and may run queries, and nothing else", async () => {
    const readers =
      " user:Ann@Example.com, group:team@example.com\ndomain:example.org serviceAccount:bi@p.iam.gserviceaccount.com user:ann@example.com";
    const { resources, inputsOf } = await made({ "bay-wheels:readers": readers });
    const own = resources.filter(({ name }) => name.startsWith("data-reader-")).map(({ name }) => name);
    const entries = {
      "user:ann@example.com": { userByEmail: "ann@example.com" },
      "group:team@example.com": { groupByEmail: "team@example.com" },
      "domain:example.org": { domain: "example.org" },
      "serviceAccount:bi@p.iam.gserviceaccount.com": { userByEmail: "bi@p.iam.gserviceaccount.com" },
    };
    assert.equal(own.length, 2 * Object.keys(entries).length);
    for (const [member, entry] of Object.entries(entries)) {
      assert.deepEqual(inputsOf(`data-reader-${member}`), {
        project,
        datasetId: "bay_wheels_dev",
        role: "READER",
        ...entry,
      });
      assert.deepEqual(inputsOf(`data-reader-jobs-${member}`), { project, role: "roles/bigquery.jobUser", member });
    }
  });

  for (const wrong of [
    "ann@example.com",
    "user:ann",
    "user:bi@p.iam.gserviceaccount.com",
    "allUsers",
    "user:a@b.c;user:d@e.f",
  ])
    it(`are refused as ${wrong}, with the forms that are allowed`, async () => {
      await assert.rejects(settingsOf("dev", { ...gcp, "bay-wheels:readers": wrong }), (error: Error) => {
        assert.ok(
          error.message.startsWith(`Config 'bay-wheels:readers' is '${wrong}': user:<address> and group:<address> are`),
        );
        assert.match(error.message, /pulumi config set bay-wheels:readers <value>$/);
        return true;
      });
    });
});

describe("a budget", () => {
  withDocker();
  const settings = { "bay-wheels:billingAccount": "012345-6789AB-CDEF01", "bay-wheels:monthlyBudget": "50" };

  it("isn't created unless a billing account is named", async () => {
    const names = (await made()).resources.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => /budget/.test(name)),
      [],
    );
  });

  it("is the project's own, by its number, with four alerts, in the account's currency", async () => {
    const { resources, inputsOf } = await made(settings);
    assert.deepEqual(inputsOf("data-budget"), {
      billingAccount: "012345-6789AB-CDEF01",
      displayName: "bay-wheels, stack dev",
      budgetFilter: { projects: ["projects/123456789012"] },
      amount: { specifiedAmount: { units: "50" } },
      thresholdRules: [
        { thresholdPercent: 0.5 },
        { thresholdPercent: 0.9 },
        { thresholdPercent: 1 },
        { thresholdPercent: 1, spendBasis: "FORECASTED_SPEND" },
      ],
    });
    assert.equal(inputsOf("data-api-billingbudgets").service, "billingbudgets.googleapis.com");
    const [budgetCheck] = inputsOf("data-project").checks as object[];
    assert.deepEqual(budgetCheck, {
      module: "./infra/checks/budgetFaults.ts",
      plan: { billingAccount: "012345-6789AB-CDEF01" },
    });
    const budget = resources.find(({ name }) => name === "data-budget")!;
    assert.match(budget.provider!, /data-budget-provider/);
    assert.deepEqual(inputsOf("data-budget-provider"), {
      project,
      billingProject: project,
      userProjectOverride: "true",
    });
  });

  for (const [what, change, message] of [
    [
      "without an amount",
      { "bay-wheels:monthlyBudget": "" },
      /'bay-wheels:monthlyBudget' is missing: 'bay-wheels:billingAccount' is set, and a budget needs both\. Set it with: pulumi config set bay-wheels:monthlyBudget <value>$/,
    ],
    [
      "without an account",
      { "bay-wheels:billingAccount": "" },
      /'bay-wheels:billingAccount' is missing: 'bay-wheels:monthlyBudget' is set/,
    ],
    [
      "with an account's name",
      { "bay-wheels:billingAccount": "billingAccounts/1" },
      /is 'billingAccounts\/1': an id such as 012345-6789AB-CDEF01 is needed/,
    ],
    [
      "of nothing",
      { "bay-wheels:monthlyBudget": "0" },
      /is '0': a whole number of at least 1, in the billing account's currency/,
    ],
  ] as [string, Record<string, string>, RegExp][])
    it(`is refused ${what}`, () => assert.rejects(settingsOf("dev", { ...gcp, ...settings, ...change }), message));
});
