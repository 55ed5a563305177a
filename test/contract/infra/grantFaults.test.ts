import assert from "node:assert/strict";
import { mock } from "node:test";
import type { GrantPlan } from "../../../infra/checks/grantFaults";
import { handlers, type ProjectReadyInputs } from "../../../infra/projectReady";
import type { Cloud } from "../../fakes/googleApi";
import { inputs, withGoogle } from "./projectLab";

const flows = "serviceAccount:bay-wheels-dev@my-project.iam.gserviceaccount.com" as const;

const inputsFor = (readers: string[], dataset = "my_dataset"): ProjectReadyInputs => {
  const plan = {
    dataset,
    grants: [
      { role: "roles/bigquery.dataEditor", member: flows },
      ...readers.map((member) => ({ role: "roles/bigquery.dataViewer", member })),
    ],
  } as GrantPlan;
  return {
    ...inputs,
    dataLocation: "EU",
    dataset,
    adopt: [dataset],
    checks: [{ module: "./infra/checks/grantFaults.ts", plan }],
  };
};

describe("a dataset whose access list has entries that the stack would add, over HTTP", () => {
  const { google } = withGoogle();

  async function faultsOf(access: object[], news: ProjectReadyInputs, olds: Partial<ProjectReadyInputs> = {}) {
    google().cloud.standing = { "projects/my-project/datasets/my_dataset": { location: "EU", access } };
    return ((await handlers.check(olds, news)).failures ?? []).map(({ reason }) => reason);
  }

  const ann = { role: "READER", userByEmail: "Ann@example.com" };
  const own = { role: "WRITER", userByEmail: flows.split(":")[1] };

  it("is refused with the statement that removes them, by whatever name Google gives the role", async () => {
    const news = inputsFor(["user:ann@example.com", "group:all@example.com"]);
    const revoke = (role: string, member: string) =>
      `revoke \`roles/bigquery.${role}\` on schema \`my-project.my_dataset\` from "${member}"`;
    assert.deepEqual(await faultsOf([own, ann], news), [
      `Dataset 'my_dataset' already grants access to ${flows}, user:ann@example.com, and Pulumi can't take over an ` +
        "entry of its access list. Remove it, and 'pulumi up' adds it again: bq query --project_id my-project " +
        `--location EU --use_legacy_sql=false '${revoke("dataEditor", flows)}; ${revoke("dataViewer", "user:ann@example.com")}'`,
    ]);
    const newer = [{ ...own, role: "roles/bigquery.dataEditor" }];
    assert.match((await faultsOf(newer, news))[0]!, /already grants access to serviceAccount:bay-wheels-dev/);
  });

  it("isn't when they're others', of another role, or the stack's own already", async () => {
    const others = [{ ...ann, role: "OWNER" }, { role: "READER", groupByEmail: "ann@example.com" }, { view: {} }];
    assert.deepEqual(await faultsOf(others, inputsFor(["user:ann@example.com"])), []);
    assert.deepEqual(await faultsOf([own, ann], inputsFor([]), inputsFor([])), []);
  });

  it("isn't while nobody has taken over the dataset: it may be another stack's", async () => {
    const reasons = await faultsOf([own], { ...inputsFor([]), adopt: [] });
    assert.equal(reasons.length, 1);
    assert.match(reasons[0]!, /^Dataset 'my_dataset' can't be created: /);
  });

  it("is when the stack gets a reader, or another dataset", async () => {
    const reader = inputsFor(["user:ann@example.com"]);
    assert.match((await faultsOf([own, ann], reader, inputsFor([])))[0]!, /already grants access to user:ann@/);
    assert.match((await faultsOf([own], inputsFor([]), inputsFor([], "old")))[0]!, /grants access to serviceAccount/);
  });

  it("that Google doesn't show is reported as not checked, with the reason", async () => {
    const said = async (cloud: Partial<Cloud>, dataset: object) => {
      google().cloud = { ...google().cloud, disabled: {}, ...cloud };
      google().cloud.standing = { "projects/my-project/datasets/my_dataset": { location: "EU", ...dataset } };
      const write = mock.method(process.stderr, "write", () => true);
      try {
        assert.deepEqual((await handlers.check(inputsFor([]), inputsFor(["user:ann@example.com"]))).failures, []);
        return write.mock.calls.map(({ arguments: [line] }) => line);
      } finally {
        write.mock.restore();
      }
    };
    const what = "Not checked yet: the access list of dataset 'my_dataset'";
    assert.deepEqual(await said({}, {}), [`${what} (you don't have permission to view it)\n`]);
    assert.deepEqual(await said({ disabled: { bigquery: 1 } }, { access: [] }), [`${what}\n`]);
    assert.deepEqual(await said({}, { access: [] }), []);
  });
});
