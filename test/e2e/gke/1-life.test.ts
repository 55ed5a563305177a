import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { KestraClient } from "../../../kestra/client/client";
import { execute, follow } from "../../../kestra/client/executions";
import { getFlow } from "../../../kestra/client/flows";
import { getKv } from "../../../kestra/client/kv";
import { getFile } from "../../../kestra/client/namespaceFiles";
import { pidOf } from "../../fakes/server";
import { GkeStack } from "../support/gkeStack";
import { assertOrder } from "../support/order";
import { namespace } from "../../support/stack";
import { endOfLife } from "./endOfLife";
import { assertKeyless, secretsOf } from "./expectations";
import { clusterApis, orders } from "./orders";

const flowIds = readdirSync("flows")
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.replace(".yaml", ""));

describe("the life of stack gke, under the real engine with fake vendor plugins", function () {
  this.timeout("4m");
  let gke: GkeStack;

  before(async () => {
    gke = await GkeStack.create();
  });
  after(() => gke.dispose());

  const runs = async () => {
    const answer = await (await gke.client()).send("GET", `/executions/search?namespace=${namespace}&size=10`);
    return ((await answer.json()) as { results: { id: string }[] }).results.map(({ id }) => id);
  };
  const revisions = async (client: KestraClient) =>
    Promise.all(flowIds.map(async (id) => (await getFlow(client, namespace, id))?.revision));
  const server = () => pidOf(gke.serverFile(""));
  /** The process that stands for all pods, and their names: both stay when nothing restarts. */
  const running = () => ({ pid: server(), pods: gke.pods().map(({ name }) => name) });
  const once = flowIds.map(() => 1);

  it("a preview creates nothing, and shows what a cluster costs", async () => {
    const printed = await gke.succeed("preview");
    assert.match(printed, /\+ 77 to create/);
    assert.match(
      printed,
      /warning: A cluster costs money by the hour.*about \$\d+ a month with one worker.*To stop the costs, run `pulumi destroy`/,
    );
    assert.deepEqual(gke.steps(), []);
  });

  it("an up makes these things, each when what it needs is there", async () => {
    const printed = await gke.up();
    const steps = gke.steps();
    // test/unit/infra/gkePlatform.test.ts names them
    assert.equal(steps.length, 42);
    assert.ok(steps.every((step) => step.startsWith("create ")));
    // Google refused the pods' account at first
    assert.equal(gke.identity.refusals, 0);
    for (const order of orders) assertOrder(steps, ...order.map((each) => `create ${each}`));
    for (const api of clusterApis)
      for (const later of ["Network kestra-network-vpc", "Repository kestra-image-repository", "Bucket kestra-storage"])
        assertOrder(steps, `create Service data-api-${api}`, `create ${later}`);
    assertOrder(
      printed,
      "kestra-cluster-autopilot created",
      "kestra-cluster-ready created",
      "kestra-kubernetes created",
      "kestra-release created",
      "kestra-rollout created",
      "kestra-ready created",
      "pipeline-DBT_TARGET created",
      "pipeline-06_gcp_dbt created",
    );
  });

  it("it went through the cluster's API, with a token each time, and left no stream open", () => {
    const forwards = gke.api.requests.filter((request) => request.includes("/portforward"));
    assert.ok(forwards.length > 0);
    assert.deepEqual(
      forwards.filter((request) => !request.includes("/pods/kestra-webserver-")),
      [],
    );
    assert.deepEqual([gke.api.strangers, gke.google.strangers, gke.api.streams], [[], [], 0]);
  });

  it("nothing is a key, and the server holds flows without one", async () => {
    assert.deepEqual(
      [...gke.standing()].filter(([what, text]) => /:Key /.test(what) || text.includes("private_key")),
      [],
    );
    const client = await gke.client();
    assert.deepEqual(await revisions(client), once);
    for (const id of flowIds) {
      const { source } = (await getFlow(client, namespace, id))!;
      assertKeyless(source, readFileSync(`flows/${id}.yaml`, "utf8"));
    }
    const value = async (key: string) => (await getKv(client, namespace, key))?.value;
    assert.deepEqual([await value("GCP_CREDS"), await value("DBT_TARGET")], [undefined, "oauth"]);
    assert.equal(await value("GCP_PROJECT_ID"), "test-project-1");
    const project = await getFile(client, namespace, "dbt_project.yml");
    assert.equal(project?.toString(), readFileSync("dbt/dbt_project.yml", "utf8"));
    for (const path of ["sql/merge_month.sql", "templates/load_failure.peb"]) {
      const text = await getFile(client, namespace, path);
      assert.equal(text?.toString(), readFileSync(`flows/${path}`, "utf8"));
    }
  });

  it("outputs say where everything is; the password is a secret", async () => {
    assert.match(await gke.succeed("stack", "output"), /kestraPassword +\[secret\]/);
    const { kestraUser, bucket, serviceAccountEmail } = await gke.outputs();
    assert.deepEqual([kestraUser, bucket], ["admin@bay-wheels.local", "test-project-1-bay-wheels-gke"]);
    assert.equal(serviceAccountEmail, "bay-wheels-gke@test-project-1.iam.gserviceaccount.com");
  });

  it("a second up changes nothing, though the registry's password is another one", async () => {
    await gke.succeed("preview", "--expect-no-changes");
    await gke.up("--skip-preview", "--expect-no-changes", "--refresh");
    assert.deepEqual(gke.steps(), []);
  });

  it("a newer chart changes the release, and restarts nothing", async () => {
    const file = gke.workspace.path("kestra/server/version.ts");
    const text = readFileSync(file, "utf8");
    const before = running();
    writeFileSync(file, text.replace(/"1\.3\.\d+"/, '"1.3.99"'));
    await gke.up("--skip-preview");
    assert.deepEqual(gke.steps(), ["update Release kestra-release"]);
    assert.equal(gke.properties("helm.sh/v3:Release").version, "1.3.99");
    assert.deepEqual(running(), before);
  });

  it("a higher maximum of workers changes the release, restarts nothing, and keeps the workers that run", async () => {
    gke.scaleWorkers(3);
    const before = running();
    assert.equal(before.pods.length, 7);
    await gke.set("workers", "7");
    await gke.up("--skip-preview");
    assert.deepEqual(gke.steps(), ["update Release kestra-release"]);
    const { deployments } = gke.chartValues() as { deployments: Record<string, { autoscaler?: object }> };
    const scaled = Object.entries(deployments).filter(([, { autoscaler }]) => autoscaler !== undefined);
    assert.deepEqual(
      scaled.map(([name, { autoscaler }]) => [name, (autoscaler as { maxReplicas: number }).maxReplicas]),
      [["worker", 7]],
    );
    assert.deepEqual(running(), before);
    // what the autoscaler changes later is no difference
    gke.scaleWorkers(2);
    await gke.succeed("preview", "--expect-no-changes");
  });

  it("a new password makes the Secret anew, before the old one goes, and restarts; flows and history stay", async () => {
    const former = await gke.client();
    const before = running();
    const { id } = await execute(former, namespace, "01_gcp_kv", {});
    assert.equal((await follow(former, id)).state.current, "SUCCESS");
    await gke.set("kestraPasswordRotation", "1");
    // also a preview, while the server still has the old password
    await gke.succeed("preview");
    await gke.up("--skip-preview");
    assert.deepEqual(gke.steps(), [
      "create Secret kestra-configuration",
      "update Release kestra-release",
      "delete Secret kestra-configuration",
    ]);
    assert.notEqual(server(), before.pid);
    assert.equal(gke.workers(), 2);
    assert.deepEqual([await runs(), await revisions(await gke.client())], [[id], once]);
    await gke.succeed("preview", "--expect-no-changes");
  });

  it("an image that the registry lost is pushed again by the command that the failure prints", async () => {
    const before = server();
    gke.losePushedImages();
    await gke.set("kestraPasswordRotation", "2");
    const printed = await gke.fail("up", "--yes", "--skip-preview");
    const [, command = "", target = ""] =
      /, and the former pods keep running: pod \S+ can't pull its image .*: not found\)\. Push it again: pulumi (up --replace '(\S+)')$/m.exec(
        printed,
      ) ?? [];
    assert.notEqual(command, "", printed);
    gke.steps();
    await gke.succeed(...command.replace(/'.*'/, target).split(" "), "--yes", "--skip-preview");
    // the former Secret goes only when what uses the new one is there
    assert.deepEqual(gke.steps(), [
      "create Image kestra-image-push",
      "delete Secret kestra-configuration",
      "delete Image kestra-image-push",
    ]);
    assert.notEqual(server(), before);
    await gke.succeed("preview", "--expect-no-changes");
  });

  it("a newer image is pushed, then restarts; an up that is killed meanwhile is finished by the next", async () => {
    const before = { ...running(), runs: await runs() };
    const asked = gke.api.requests.length;
    const isWaiting = () => gke.api.requests.slice(asked).some((request) => request.includes("/replicasets"));
    appendFileSync(gke.workspace.path("kestra/server/image/Dockerfile"), "\n# newer\n");
    const killed = await gke.interrupt(isWaiting, "up", "--yes", "--skip-preview");
    assert.doesNotMatch(killed, /kestra-rollout updated/);
    await gke.succeed("cancel", "--yes");
    assert.match(await gke.up("--skip-preview"), /kestra-rollout updated/);
    assert.deepEqual(gke.steps(), [
      "update Image kestra-image-build",
      "update Image kestra-image-push",
      "update Release kestra-release",
    ]);
    assert.notEqual(server(), before.pid);
    assert.deepEqual(await runs(), before.runs);
  });

  it("a standby of the database is an update", async () => {
    const before = running();
    await gke.set("databaseAvailability", "regional");
    await gke.up("--skip-preview");
    assert.deepEqual(gke.steps(), ["update DatabaseInstance kestra-database-instance"]);
    assert.deepEqual(running(), before);
  });

  it("a refresh sees what was changed by hand, and an up corrects it", async () => {
    gke.remove("serviceaccount/iAMMember:IAMMember");
    await gke.up("--skip-preview", "--refresh");
    assert.deepEqual(gke.steps(), ["create IAMMember kestra-identity"]);
    await gke.succeed("preview", "--expect-no-changes");
  });

  it("no secret is in state, exports, previews, logs, the chart's values, or in a fake that must not get it", async () => {
    const places = {
      state: gke.state(),
      export: await gke.succeed("stack", "export"),
      printed: gke.transcript,
      "preview in detail": await gke.succeed("preview", "--diff", "--refresh"),
      "chart values": JSON.stringify(gke.chartValues()),
      "pods' descriptions": JSON.stringify(gke.pods()),
      "requests to the cluster": gke.api.requests.join("\n"),
      "the server's log": readFileSync(gke.serverFile("log"), "utf8"),
      "command lines": gke.workspace.processes().join("\n"),
    };
    assert.match(places["command lines"], /kestra-host\.jar/);
    const secrets = await secretsOf(gke);
    const token = gke.google.environment().GOOGLE_OAUTH_ACCESS_TOKEN!;
    for (const [place, text] of Object.entries(places)) {
      for (const [name, secret] of Object.entries({ ...secrets, token }))
        assert.ok(!text.includes(secret), `${name} in ${place}`);
    }
    const holding = [...gke.standing()].filter(([, text]) =>
      Object.values(secrets).some((each) => text.includes(each)),
    );
    assert.deepEqual(holding.map(([what]) => what.split(" ")[0]!.split(":").at(-1)).sort(), ["Secret", "User"]);
  });

  endOfLife(() => gke);
});
