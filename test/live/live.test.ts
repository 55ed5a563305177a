import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { look } from "../../infra/googleApi";
import { publishedSources } from "../../infra/dataPlatform";
import { roles } from "../../infra/roles";
import { KestraClient } from "../../kestra/client/client";
import { findEngine } from "../../kestra/server/docker/engine";
import { getKv } from "../../kestra/client/kv";
import { namespace } from "../../kestra/pipeline/pipeline";
import { inForeground } from "../../local/tools/foreground";
import { runFlow } from "../../cli/support/runFlow";
import { oracles, toolPath } from "../../local/tools/tools";
import { codePoints, unusualFiles } from "../../local/lab/rawLines";
import { readUnusualFiles, rolesOf, standing, type Key } from "./google";
import { accountOf, inDocker, LiveStack, pulumiFolder } from "./liveStack";

/** A month of the present schema, published long ago. */
const month = "2025-01";

const minutes = 60_000;

/** A new role takes up to about 7 minutes: https://cloud.google.com/iam/docs/access-change-propagation */
const rolesKnownWithin = 10 * minutes;

/** A refusal for want of a right, in the words of Google's APIs. */
const refusal = /permission|access denied|does not have|forbidden|\b403\b/i;

/** Everything that is missing, each in one line. */
async function missing(project: string): Promise<string[]> {
  const checks: (() => unknown)[] = [
    findEngine,
    pulumiFolder,
    async () => {
      const { kind } = await look("projects", `projects/${project}`, project);
      // an API that is not enabled yet is enabled by the stack
      if (kind === "missing" || kind === "forbidden")
        throw new Error(`There is no project '${project}', or you have no access to it: set LIVE_GCP_PROJECT to one`);
    },
  ];
  const ends = await Promise.allSettled(checks.map((check) => Promise.resolve().then(check)));
  return ends.flatMap((end) => (end.status === "rejected" ? [(end.reason as Error).message] : []));
}

/** Runs a flow that must succeed. */
async function succeed(kestra: KestraClient, flow: string, inputs?: Record<string, string>): Promise<void> {
  const { state, message } = await runFlow({ name: "live", kestra }, flow, flow, { inputs });
  if (state !== "SUCCESS") throw new Error(message);
}

/** Runs a flow to its end, and again while Google does not know the account's roles everywhere. */
async function runOnceAllowed(client: KestraClient, flow: string): Promise<void> {
  const until = Date.now() + rolesKnownWithin;
  for (;;) {
    try {
      await succeed(client, flow);
      return;
    } catch (error) {
      if (!refusal.test((error as Error).message) || Date.now() > until) throw error;
      console.log(`Refused, as may be for some minutes after a role is given; again in a minute.\n${String(error)}`);
      await sleep(minutes);
    }
  }
}

/** Waits until nothing of the stack is left. */
async function gone(stack: LiveStack): Promise<void> {
  const until = Date.now() + 3 * minutes;
  let left: string[];
  // for a while, some of Google's servers may still know an account that is gone
  while ((left = [...(await standing(stack.names)), ...inDocker()]).length > 0 && Date.now() < until)
    await sleep(10_000);
  assert.deepEqual(left, [], `Something is left. Remove it by hand:\n${stack.byHand()}\nIt is:`);
}

describe("stack live, on Google Cloud and in Docker", function () {
  // each test goes on where the one before ended
  this.bail(true);
  let stack: LiveStack | undefined;
  let outputs: Record<string, string>;
  let client: KestraClient;
  let key: Key;

  // mocha would end at once, and leave the stack
  const interruption = new Promise<never>((_, failed) => {
    const end = (signal: string) => {
      console.log(`\n${signal}: what runs is stopped, and the stack destroyed. Once more stops the destroy as well.`);
      stack?.interrupt();
      failed(new Error(`The live test was ended by ${signal}`));
    };
    before(() => ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.on(signal, end)));
    after(() => ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.off(signal, end)));
  });
  interruption.catch(() => {});
  const unlessInterrupted = <T>(work: Promise<T>) => Promise.race([interruption, work]);
  beforeEach(() => unlessInterrupted(Promise.resolve()));

  it("finds Docker, Pulumi and the project, and nothing of a stack live", async () => {
    const project = process.env.LIVE_GCP_PROJECT;
    assert.ok(project, "LIVE_GCP_PROJECT names no project: run it by npm run test:live, which says how");
    const faults = await missing(project);
    if (faults.length > 0) throw new Error(`The live test cannot begin:\n${faults.join("\n")}`);
    assert.deepEqual(inDocker(), [], "Docker has something of a stack live, which is not touched: remove it first");
    const account = accountOf(project);
    const { kind } = await look("iam", `projects/${project}/serviceAccounts/${account}`, project);
    assert.notEqual(kind, "found", `Service account ${account}, of a stack live, is there: remove it first`);
    stack = await LiveStack.create(project);
    console.log(`Should this test be killed, then it cannot tidy up. ${stack.removal()}\n`);
  }).timeout(3 * minutes);

  it("comes up", async () => {
    await stack!.up();
    outputs = await stack!.outputs();
    const { project, bucket, dataset, account } = stack!.names;
    const { kestraUrl: url, kestraUser: username, kestraPassword: password, ...rest } = outputs;
    assert.deepEqual(
      { project: rest.project, bucket: rest.bucket, dataset: rest.dataset, account: rest.serviceAccountEmail },
      { project, bucket, dataset, account },
    );
    assert.deepEqual({ tripsUrl: rest.tripsUrl, countiesUrl: rest.countiesUrl }, publishedSources);
    client = new KestraClient({ kind: "address", url: url!, username: username!, password: password! });
  }).timeout(60 * minutes);

  it("gives its service account the roles of infra/roles.ts and no other", async () => {
    const sorted = (all: Record<string, readonly string[]>) =>
      Object.fromEntries(Object.entries(all).map(([on, each]) => [on, [...each].sort()]));
    assert.deepEqual(sorted(await rolesOf(stack!.names)), sorted(roles));
  }).timeout(3 * minutes);

  it("loads the counties", () => unlessInterrupted(runOnceAllowed(client, "02_gcp_load_bay_area_county"))).timeout(
    30 * minutes,
  );

  it(`loads ${month}`, () => {
    const flow = "05_gcp_load_data_scheduled";
    return unlessInterrupted(succeed(client, flow, { month }));
  }).timeout(30 * minutes);

  it("builds and tests the models", () => unlessInterrupted(succeed(client, "06_gcp_dbt"))).timeout(30 * minutes);

  it("has in BigQuery what is published, read with the service account's own key", async () => {
    const { project, dataset, account } = stack!.names;
    const { value } = (await getKv(client, namespace, "GCP_CREDS"))!;
    key = value as Key;
    assert.equal(key.client_email, account);
    const code = await stack!.withSecretFile(JSON.stringify(value), (file) =>
      inForeground(
        toolPath(oracles.name, "bin", "python"),
        [
          ...["-B", join("local", "oracles", "truth", "truth.py")],
          ...["--project", project, "--dataset", dataset, "--bigquery", "none"],
          ...["--trips", outputs.tripsUrl!, "--counties", outputs.countiesUrl!],
        ],
        {
          // the account is not to use another project's quota, which whoever runs this may have set
          env: { ...process.env, GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_CLOUD_QUOTA_PROJECT: undefined },
          timeout: 30 * minutes,
        },
      ),
    );
    assert.equal(code, 0, "the truth check printed above what differs, or why it could not compare");
  }).timeout(32 * minutes);

  it("changes nothing when it is brought up again", () => stack!.changesNothing()).timeout(21 * minutes);

  it("reads unusual bytes in external tables as the emulator does", async () => {
    const found = await unlessInterrupted(readUnusualFiles(stack!.names, key));
    const expected = new Map(unusualFiles.map(({ what, lines }) => [what, lines.map(codePoints).sort()]));
    assert.deepEqual(
      found,
      expected,
      "BigQuery reads some files otherwise: correct local/lab/rawLines.ts, the emulator and docs/local-cloud.md",
    );
  }).timeout(20 * minutes);

  it("is gone after destroy: bucket, dataset, service account, roles, containers, volumes, network, image", async () => {
    await stack!.destroy();
    await gone(stack!);
  }).timeout(42 * minutes);

  it("has shown neither the key nor a password", () => {
    const secrets = [
      ...key.private_key.split("\n").slice(1, -2),
      outputs.kestraPassword!,
      outputs.kestraEncryptionKey!,
    ];
    // which one it is must not be printed
    assert.equal(secrets.filter((secret) => stack!.transcript.includes(secret)).length, 0);
  });

  after(async function () {
    this.timeout(45 * minutes);
    if (stack === undefined) return;
    const rescued = stack.stands;
    try {
      if (rescued) await stack.rescue();
    } catch (error) {
      throw new Error(`Stack live could not be destroyed: ${(error as Error).message}. ${stack.removal()}`, {
        cause: error,
      });
    }
    stack.dispose();
    // what was being made when its command was stopped, Pulumi may not know
    if (rescued) await gone(stack);
  });
});
