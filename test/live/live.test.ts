import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Outputs } from "../../cli/support/openStack";
import { runWhenAllowed } from "../../cli/support/runFlow";
import { look } from "../../infra/google/googleApi";
import { publishedSources } from "../../infra/dataPlatform";
import { roles } from "../../infra/access/roles";
import { KestraClient } from "../../kestra/client/client";
import { getKv } from "../../kestra/client/kv";
import { namespace } from "../../kestra/pipeline/pipeline";
import { findEngine } from "../../kestra/server/docker/engine";
import { closeTunnels } from "../../kestra/tunnel/tunnels";
import { codePoints, unusualFiles } from "../../local/lab/rawLines";
import { inForeground } from "../../local/tools/foreground";
import { oracles, toolPath } from "../../local/tools/tools";
import { networks, readUnusualFiles, remaining, rolesOf, type Key } from "./google";
import { inDocker, removalByHand } from "./leftovers";
import { LiveStack, pulumiFolder } from "./liveStack";
import { newNames, stackName, type Names, type Runtime } from "./names";

/** A month of the present schema, published long ago. */
const month = "2025-01";

const minutes = 60_000;

/** What's missing to begin, one line each. */
async function missing(project: string): Promise<string[]> {
  const checks: (() => unknown)[] = [
    findEngine,
    pulumiFolder,
    async () => {
      const { kind } = await look("projects", `projects/${project}`, project);
      // the stack itself enables the APIs
      if (kind === "missing" || kind === "forbidden")
        throw new Error(`There is no project '${project}', or you have no access to it: set LIVE_GCP_PROJECT to one`);
    },
  ];
  const ends = await Promise.allSettled(checks.map((check) => Promise.resolve().then(check)));
  return ends.flatMap((end) => (end.status === "rejected" ? [(end.reason as Error).message] : []));
}

/** Runs a flow that must succeed, though the roles of its account are new. */
async function succeed(kestra: KestraClient, flow: string, inputs?: Record<string, string>): Promise<void> {
  const { state, message } = await runWhenAllowed({ name: stackName, kestra }, flow, flow, { inputs });
  if (state !== "SUCCESS") throw new Error(message);
}

/** Waits until nothing of the stack is left. */
async function gone(names: Names, networksBefore: string[]): Promise<void> {
  const until = Date.now() + 3 * minutes;
  let left: string[];
  // for a while, some of Google's servers may still show a deleted account
  do {
    const added = (await networks(names.project)).filter((each) => !networksBefore.includes(each));
    left = [...(await remaining(names)), ...added, ...inDocker()];
    if (left.length > 0) await sleep(10_000);
  } while (left.length > 0 && Date.now() < until);
  assert.deepEqual(left, [], `Something is left. Remove it by hand:\n${removalByHand(names)}\nIt is:`);
}

function runtimeFromEnvironment(): Runtime {
  const { LIVE_RUNTIME: runtime = "docker" } = process.env;
  if (runtime === "docker" || runtime === "gke") return runtime;
  throw new Error(`LIVE_RUNTIME is '${runtime}': docker or gke is needed`);
}

describe("stack live on Google Cloud", function () {
  // each step continues where the one before ended
  this.bail(true);
  let stack: LiveStack | undefined;
  let networksBefore: string[];
  let outputs: Outputs;
  let client: KestraClient;
  /** The service account's key; with runtime `gke` there's none. */
  let key: Key | undefined;

  // mocha would end at once and leave the stack
  const interruption = new Promise<never>((_, failed) => {
    const end = (signal: string) => {
      console.log(`\n${signal}: stopping, then destroying the stack. A second one stops the destroy as well.`);
      stack?.interrupt();
      failed(new Error(`The live test was ended by ${signal}`));
    };
    before(() => ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.on(signal, end)));
    after(() => ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.off(signal, end)));
  });
  interruption.catch(() => {});
  const unlessInterrupted = <T>(work: Promise<T>) => Promise.race([interruption, work]);
  beforeEach(() => unlessInterrupted(Promise.resolve()));

  it("begins: Docker, Pulumi and the project are there, and nothing is left of an earlier stack live", async () => {
    const project = process.env.LIVE_GCP_PROJECT;
    assert.ok(project, "LIVE_GCP_PROJECT isn't set: npm run test:live says what it needs");
    const names = newNames(project, runtimeFromEnvironment());
    const faults = await missing(project);
    if (faults.length > 0) throw new Error(`The live test can't begin:\n${faults.join("\n")}`);
    const left = [...inDocker(), ...(await remaining(names))];
    assert.deepEqual(left, [], `An earlier stack live left this. Remove it first:\n${removalByHand(names)}\nIt is:`);
    networksBefore = await networks(project);
    stack = await LiveStack.create(names);
    console.log(`If this test is killed, it can't clean up. ${stack.removal()}\n`);
  }).timeout(3 * minutes);

  it("comes up: Google and Kestra accept all resources, and Kestra can be reached", async () => {
    await stack!.up();
    outputs = await stack!.outputs();
    const { project, bucket, dataset } = stack!.names;
    assert.deepEqual([outputs.project, outputs.bucket, outputs.dataset], [project, bucket, dataset]);
    assert.deepEqual({ tripsUrl: outputs.tripsUrl, countiesUrl: outputs.countiesUrl }, publishedSources);
    const { kestraEndpoint: endpoint, kestraUser: username, kestraPassword: password } = outputs;
    client = new KestraClient({ ...endpoint!, username: username!, password: password! });
  }).timeout(80 * minutes);

  it("has least rights: the service account has the roles of infra/access/roles.ts and no other", async () => {
    const sorted = (all: Record<string, readonly string[]>) =>
      Object.fromEntries(Object.entries(all).map(([on, each]) => [on, [...each].sort()]));
    assert.deepEqual(sorted(await rolesOf(stack!.names)), sorted(roles));
  }).timeout(3 * minutes);

  it("has a key only with runtime docker, and it's the service account's", async () => {
    const { runtime, account } = stack!.names;
    key = (await getKv(client, namespace, "GCP_CREDS"))?.value as Key | undefined;
    assert.equal(key?.client_email, runtime === "docker" ? account : undefined);
  }).timeout(3 * minutes);

  it("loads the counties: the flows' identity works in Cloud Storage and BigQuery", () =>
    unlessInterrupted(succeed(client, "02_gcp_load_bay_area_county"))).timeout(30 * minutes);

  it(`loads ${month}: the source, the external table and the merge`, () =>
    unlessInterrupted(succeed(client, "05_gcp_load_data_scheduled", { month }))).timeout(30 * minutes);

  it("builds and tests the models: dbt in Kestra's image, with that identity", () =>
    unlessInterrupted(succeed(client, "06_gcp_dbt"))).timeout(30 * minutes);

  it("has loaded what is published: every row, compared by code that shares nothing with the pipeline", async () => {
    const { project, dataset } = stack!.names;
    const { tripsUrl, countiesUrl } = outputs;
    const compare = (variables: Record<string, string | undefined>) =>
      inForeground(
        toolPath(oracles.name, "bin", "python"),
        [
          ...["-B", join("local", "oracles", "truth", "truth.py")],
          ...["--project", project, "--dataset", dataset, "--bigquery", "none"],
          ...["--trips", tripsUrl!, "--counties", countiesUrl!],
        ],
        { env: { ...process.env, ...variables }, timeout: 30 * minutes },
      );
    // a quota project that whoever runs this has set isn't the account's to use
    const asAccount = (file: string) =>
      compare({ GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_CLOUD_QUOTA_PROJECT: undefined });
    const code = await (key ? stack!.withSecretFile(JSON.stringify(key), asAccount) : compare({}));
    assert.equal(code, 0, "the truth check printed above what differs, or why it couldn't compare");
  }).timeout(32 * minutes);

  it("is stable: a second preview changes nothing, not even after Pulumi has read every resource", async () => {
    await stack!.changesNothing();
    await stack!.changesNothing("--refresh");
  }).timeout(45 * minutes);

  it("reads unusual bytes in external tables as the emulator does", async () => {
    const found = await unlessInterrupted(readUnusualFiles(stack!.names, key));
    const expected = new Map(unusualFiles.map(({ what, lines }) => [what, lines.map(codePoints).sort()]));
    assert.deepEqual(
      found,
      expected,
      "BigQuery reads some files differently: correct local/lab/rawLines.ts, the emulator and docs/local-cloud.md",
    );
  }).timeout(20 * minutes);

  it("is gone after destroy: nothing is left in the project or in Docker", async () => {
    await closeTunnels();
    await stack!.destroy();
    await gone(stack!.names, networksBefore);
  }).timeout(65 * minutes);

  it("has printed no secret", () => {
    const keyLines = key?.private_key.split("\n").slice(1, -2) ?? [];
    const secrets = [...keyLines, outputs.kestraPassword!, outputs.kestraEncryptionKey!];
    // which one it is must not be printed
    assert.equal(secrets.filter((secret) => stack!.transcript.includes(secret)).length, 0);
  });

  after(async function () {
    this.timeout(90 * minutes);
    await closeTunnels();
    if (stack === undefined) return;
    const rescued = stack.exists;
    try {
      if (rescued) await stack.rescue();
    } catch (error) {
      throw new Error(`Stack live couldn't be destroyed: ${(error as Error).message}. ${stack.removal()}`, {
        cause: error,
      });
    }
    stack.dispose();
    // Pulumi may not know what was being created when its command was stopped
    if (rescued) await gone(stack.names, networksBefore);
  });
});
