import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { getFlow } from "../../../kestra/client/flows";
import { getKv } from "../../../kestra/client/kv";
import { DevStack } from "../support/devStack";
import { assertOrder } from "../support/order";
import { namespace } from "../../support/stack";

const email = "bay-wheels-dev@test-project-1.iam.gserviceaccount.com";
const scopes = ["https://www.googleapis.com/auth/cloud-platform"];

describe("stack dev without a key, on a Docker engine of a Google machine", function () {
  this.timeout("4m");
  let dev: DevStack;

  before(async () => {
    dev = await DevStack.create();
    await dev.set("credentials", "ambient");
  });
  after(() => dev.dispose());

  /** Makes Docker's machine one of Google's, as this account; undefined: none of Google's. */
  const runOn = (account: object | undefined) =>
    dev.store.setNote("machine-account", account && JSON.stringify({ aliases: ["default"], ...account }));
  const value = async (key: string) => (await getKv(await dev.client(), namespace, key))?.value;
  const flow = async () => (await getFlow(await dev.client(), namespace, "04_gcp_load_month"))!.source;
  const keys = () => dev.store.all("gcp:serviceaccount/key:Key").length;

  const remedy =
    `Attach ${email} with the scope cloud-platform to the machine that Docker runs on (docs/without-a-key.md), ` +
    "or use a key: pulumi config set bay-wheels:credentials key";
  const refusals: [string, object | undefined, string][] = [
    [
      "is none of Google's",
      undefined,
      "Container 'bay-wheels-dev-kestra' gets no credentials from a Google machine: " +
        "curl: (6) Could not resolve host: metadata.google.internal",
    ],
    [
      "runs as another account",
      { email: "1-compute@developer.gserviceaccount.com", scopes },
      "Container 'bay-wheels-dev-kestra' runs as 1-compute@developer.gserviceaccount.com",
    ],
    [
      "has other scopes",
      { email, scopes: ["https://www.googleapis.com/auth/devstorage.read_only"] },
      `Container 'bay-wheels-dev-kestra' runs as ${email} without the scope cloud-platform`,
    ],
  ];
  for (const [what, account, reason] of refusals) {
    it(`is refused on a machine that ${what}, before an entry or a flow is made`, async () => {
      runOn(account);
      const printed = await dev.fail("up", "--yes", "--skip-preview");
      assert.ok(printed.includes(`${reason}. ${remedy}`), printed);
      assert.doesNotMatch(printed, /pipeline-\S+ created/);
    });
  }

  it("runs as the machine's account: no key, no entry of one, and flows that name none", async () => {
    runOn({ email, scopes });
    await dev.up("--skip-preview");
    assert.equal(keys(), 0);
    assert.deepEqual([await value("GCP_CREDS"), await value("DBT_TARGET")], [undefined, "oauth"]);
    assert.doesNotMatch(await flow(), /serviceAccount|GCP_CREDS/);
    assert.match(await flow(), /projectId: .*GCP_PROJECT_ID/);
    await dev.succeed("preview", "--expect-no-changes");
    await dev.up("--expect-no-changes", "--refresh");
    dev.steps();
  });

  it("takes a key later, which is made before what reads it", async () => {
    await dev.set("credentials", "key");
    const printed = await dev.up("--skip-preview");
    assert.deepEqual(dev.steps(), ["create Key data-key"]);
    assertOrder(printed, "data-key created", "pipeline-GCP_CREDS created", "pipeline-04_gcp_load_month updated");
    assert.equal(await value("DBT_TARGET"), "service_account");
    assert.equal(await flow(), readFileSync("flows/04_gcp_load_month.yaml", "utf8"));
    await dev.succeed("preview", "--expect-no-changes");
  });

  it("gives the key up again, after the flows and entries that use it", async () => {
    await dev.set("credentials", "ambient");
    const printed = await dev.up("--skip-preview");
    assert.deepEqual(dev.steps(), ["delete Key data-key"]);
    assertOrder(
      printed,
      "kestra-identity created",
      "pipeline-04_gcp_load_month updated",
      "pipeline-GCP_CREDS deleted",
      "data-key deleted",
    );
    assert.deepEqual([keys(), await value("GCP_CREDS"), await value("DBT_TARGET")], [0, undefined, "oauth"]);
    assert.doesNotMatch(await flow(), /serviceAccount/);
  });

  it("is refused where it would become another account: what ran before stays as it is", async () => {
    await dev.set("credentials", "key");
    await dev.up("--skip-preview");
    runOn(undefined);
    await dev.set("credentials", "ambient");
    assert.match(await dev.fail("up", "--yes", "--skip-preview"), /gets no credentials from a Google machine/);
    assert.equal(keys(), 1);
    assert.equal(await flow(), readFileSync("flows/04_gcp_load_month.yaml", "utf8"));
    assert.notEqual(await value("GCP_CREDS"), undefined);
  });
});
