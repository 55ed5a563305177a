import assert from "node:assert/strict";
import { handlers, type ProjectReadyInputs } from "../../../infra/projectReady";
import { GoogleApi, type Cloud } from "../../fakes/googleApi";
import { inputs as common } from "./projectLab";

const inputs: ProjectReadyInputs = { ...common, credentials: "key" };

describe("a Google Cloud project before it is built in, over HTTP", () => {
  const { env } = process;
  let google: GoogleApi;

  before(async () => {
    google = await GoogleApi.start();
  });
  beforeEach(() => {
    process.env = { ...env, ...google.environment() };
    google.cloud = { project: "ACTIVE", billing: true, enforced: [], disabled: {} };
  });
  afterEach(() => {
    process.env = env;
  });
  after(() => google.stop());

  const reasons = async (olds: Partial<ProjectReadyInputs> = {}) =>
    ((await handlers.check(olds, inputs)).failures ?? []).map(({ reason }) => reason);

  it("has no fault, and is asked with the token of whoever runs Pulumi", async () => {
    assert.deepEqual(await reasons(), []);
    assert.deepEqual(google.strangers, []);
  });

  it("reports all faults at once", async () => {
    google.cloud = {
      ...google.cloud,
      billing: false,
      ownBucket: { name: "my-bucket", labels: {} },
      enforced: ["iam.disableServiceAccountKeyCreation"],
    };
    const found = await reasons();
    assert.equal(found.length, 3);
    for (const reason of found) assert.doesNotMatch(reason, /\n/);
  });

  const managed = "iam.managed.disableServiceAccountKeyCreation";
  const withoutKey =
    "Do without a key (pulumi config set bay-wheels:credentials ambient, or bay-wheels:runtime gke; " +
    "docs/without-a-key.md has the other steps), " +
    "or ask your organization's policy administrator to lift the constraint for project 'my-project': ";
  const refused: [string, Partial<Cloud>, string][] = [
    [
      "that doesn't exist",
      { project: "missing" },
      "There is no project 'my-project', or you have no access to it. " +
        "Choose a project that you can access: pulumi config set gcp:project <project id>",
    ],
    [
      "that is being deleted",
      { project: "DELETE_REQUESTED" },
      "Project 'my-project' is being deleted. " +
        "Choose a project that you can access: pulumi config set gcp:project <project id>",
    ],
    [
      "without billing",
      { billing: false },
      "Project 'my-project' has no active billing account. " +
        "Link one: https://console.cloud.google.com/billing/linkedaccount?project=my-project",
    ],
    [
      "whose organization forbids keys",
      { enforced: ["iam.disableServiceAccountKeyCreation"] },
      "Your organization forbids service-account keys by the constraint iam.disableServiceAccountKeyCreation " +
        `(the other one is ${managed}). ${withoutKey}` +
        "https://console.cloud.google.com/iam-admin/orgpolicies/iam-disableServiceAccountKeyCreation?project=my-project",
    ],
    [
      "whose organization forbids them by the managed constraint",
      { enforced: [managed] },
      `Your organization forbids service-account keys by the constraint ${managed} ` +
        "(the other one is iam.disableServiceAccountKeyCreation). " +
        `${withoutKey}https://console.cloud.google.com` +
        "/iam-admin/orgpolicies/iam-managed-disableServiceAccountKeyCreation?project=my-project",
    ],
    [
      "with a bucket name that somebody else has",
      { takenBucket: "my-bucket" },
      "Bucket 'my-bucket' can't be created: another project owns a bucket with that name, and names are " +
        "unique in all of Google Cloud. Choose another: pulumi config set bay-wheels:bucketName <name>",
    ],
  ];
  for (const [what, cloud, reason] of refused) {
    it(`${what} is reported in one line`, async () => {
      google.cloud = { ...google.cloud, ...cloud };
      assert.deepEqual(await reasons(), [reason]);
    });
  }

  it("without billing is reported, also when only Cloud Storage says so", async () => {
    google.cloud = { ...google.cloud, billing: false, takenBucket: "my-bucket", disabled: { billing: 1 } };
    const found = await reasons();
    assert.equal(found.length, 1);
    assert.match(found[0]!, /^Project 'my-project' has no active billing account\./);
  });

  it("is not judged by a policy with conditions", async () => {
    google.cloud = { ...google.cloud, enforced: ["iam.disableServiceAccountKeyCreation"], conditional: true };
    assert.deepEqual(await reasons(), []);
  });

  it("is asked again where Google is busy", async () => {
    google.cloud.busy = 2;
    assert.deepEqual(await reasons(), []);
  });

  it("is not asked for what is made already", async () => {
    google.cloud = { ...google.cloud, takenBucket: "my-bucket", enforced: ["iam.disableServiceAccountKeyCreation"] };
    assert.deepEqual(await reasons(inputs), []);
    // a key is to be made, and another bucket
    assert.equal((await reasons({ ...inputs, keyRotation: "before" })).length, 1);
    assert.equal((await reasons({ ...inputs, bucketName: "before" })).length, 1);
    assert.equal((await reasons({ ...inputs, project: "before" })).length, 2);
  });

  it("is judged later where its APIs are not enabled yet", async () => {
    google.cloud = { ...google.cloud, billing: false };
    google.cloud.disabled = { projects: 1, billing: 1, orgPolicy: 2, storage: 1, bigquery: 1, iam: 1 };
    assert.deepEqual(await reasons(), []);
    await assert.rejects(handlers.create(inputs), /no active billing account\..*\nThen run 'pulumi up' again/);
  });

  it("must have its first APIs enabled by hand where a service account is to enable the others", async () => {
    google.cloud = { ...google.cloud, disabled: { projects: 2 }, serviceAccount: true };
    assert.deepEqual(await reasons(), [
      "Your service account's project '123456789' hasn't enabled the API that Pulumi needs to enable all others. " +
        "As its owner, run: gcloud services enable iamcredentials.googleapis.com cloudresourcemanager.googleapis.com " +
        "serviceusage.googleapis.com --project 123456789",
    ]);
  });

  it("is waited for until its APIs answer", async function () {
    this.timeout("1m");
    google.cloud.disabled = { bigquery: 1 };
    assert.deepEqual(await handlers.create(inputs), { id: "my-project", outs: inputs });
    assert.equal(google.cloud.disabled.bigquery, 0);
  });

  it("reports a server that can't be reached or answers something else", async () => {
    process.env.GOOGLE_CLOUD_BILLING_CUSTOM_ENDPOINT = "http://127.0.0.1:1/";
    await assert.rejects(
      reasons(),
      /^Error: Google Cloud at 127\.0\.0\.1:1 cannot be reached: .* Check your network connection, then run the same command again$/,
    );
  });

  it("is reported as such when the credentials have expired", async () => {
    google.cloud.expired = true;
    await assert.rejects(
      reasons(),
      /^Error: Google Cloud doesn't accept your credentials \(.*\)\. Set GOOGLE_OAUTH_ACCESS_TOKEN to a token that hasn't/,
    );
  });

  it("names the command to run when credentials are missing", async () => {
    delete process.env.GOOGLE_OAUTH_ACCESS_TOKEN;
    Object.assign(process.env, {
      GOOGLE_APPLICATION_CREDENTIALS: "/no/such/file.json",
      METADATA_SERVER_DETECTION: "none",
    });
    await assert.rejects(
      reasons(),
      /^Error: Google Cloud doesn't accept your credentials \(.*\)\. Run: gcloud auth application-default login, then/,
    );
  });
});
