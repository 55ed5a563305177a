import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { access } from "../../fakes/google/access";
import { billing } from "../../fakes/google/billing";
import { accessType as entry, data } from "../../fakes/google/data";
import { Store, type Properties } from "../../fakes/store";

const all = { ...access, ...billing, ...data };
const budget = "gcp:billing/budget:Budget";
const binding = "gcp:projects/iAMMember:IAMMember";

describe("the fake of Google Cloud refuses what Google and its provider refuse:", () => {
  const folder = mkdtempSync(join(tmpdir(), "bay-wheels-fakes-"));
  const store = new Store(folder);
  before(() => {
    for (const api of ["bigquery", "billingbudgets", "cloudresourcemanager"])
      store.keep("gcp:projects/service:Service", `p/${api}.googleapis.com`, {});
    store.keep("gcp:bigquery/dataset:Dataset", "projects/p/datasets/d", {});
    store.keep(entry, 'projects/p/datasets/d/READER/domain/"b.c"', { role: "READER", domain: "b.c" });
  });
  after(() => rmSync(folder, { recursive: true }));

  const subject = (inputs: Properties, config: Properties) => ({ name: "", id: "", store, inputs, config });
  const named = (type: string, of: ReturnType<typeof subject>) => ({ ...of, id: all[type]!.id?.(of) ?? "" });
  const create = async (type: string, inputs: Properties, config: Properties = { project: "p" }) => {
    const { checked, created } = all[type]!;
    const faults = Object.values(checked?.(subject(inputs, config)) ?? {});
    if (faults.length > 0) throw new Error(faults.join());
    await created?.(named(type, subject(inputs, config)));
  };
  const quota = { project: "p", billingProject: "p", userProjectOverride: "true" };
  const amount = { specifiedAmount: { units: "5" } };
  const ofProject = (name: string) => ({ billingAccount: "a", amount, budgetFilter: { projects: [name] } });

  const refused: [string, string, Properties, RegExp, Properties?][] = [
    ["an access entry for nobody", entry, { datasetId: "d", role: "READER" }, /only one of/],
    ["one for two", entry, { datasetId: "d", userByEmail: "a@b.c", domain: "b.c" }, /only one of/],
    [
      "one that's there already",
      entry,
      { datasetId: "d", role: "READER", domain: "b.c" },
      /Unable to create DatasetAccess, existing object already found: /,
    ],
    ["one of no dataset", entry, { datasetId: "e", domain: "b.c" }, /404: Not found: Dataset projects\/p\/datasets\/e/],
    [
      "one for an account of the project that isn't there",
      entry,
      { datasetId: "d", userByEmail: "x@p.iam.gserviceaccount.com" },
      /Service account x@p\.iam\.gserviceaccount\.com does not exist/,
    ],
    [
      "a service account as a user",
      binding,
      { project: "p", member: "user:x@q.iam.gserviceaccount.com" },
      /is of type "serviceAccount"/,
    ],
    ["a bare address", binding, { project: "p", member: "a@b.c" }, /unknown type/],
    [
      "a budget without a project for the quota",
      budget,
      ofProject("projects/123456789012"),
      /requires a quota project/,
    ],
    ["one of two amounts", budget, { amount: { ...amount, lastPeriodAmount: true } }, /only one of/, quota],
    ["one of another project", budget, ofProject("projects/1"), /invalid argument/, quota],
  ];
  for (const [what, type, inputs, message, config] of refused)
    it(what, () => assert.rejects(create(type, inputs, config), message));

  it("and takes the others", async () => {
    await create(entry, { datasetId: "d", role: "READER", userByEmail: "x@q.iam.gserviceaccount.com" });
    await create(binding, { project: "p", member: "group:a@b.c" });
    await create(budget, ofProject("projects/123456789012"), quota);
  });

  it("reads a dataset's role by its older name, whichever was given", () => {
    const outputs = all[entry]!.outputs!(subject({ role: "roles/bigquery.dataEditor" }, {}), {});
    assert.equal(outputs.role, "WRITER");
  });
});
