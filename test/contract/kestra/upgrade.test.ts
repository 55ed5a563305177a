import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { KestraClient } from "../../../kestra/client/client";
import type { Connection } from "../../../kestra/client/connection";
import { createFlow, updateFlow } from "../../../kestra/client/flows";
import { putKv } from "../../../kestra/client/kv";
import { kvLiteral } from "../../../kestra/client/kvValue";
import { putFile } from "../../../kestra/client/namespaceFiles";
import { namespace } from "../../../kestra/pipeline/namespace";
import { KestraHost } from "../../../local/lab/kestraHost";
import type { Flow } from "../../../local/lab/kestraTypes";
import { PulumiProject } from "../../support/pulumiProject";
import { connectionTo } from "./support/kestraRequests";
import { Relay } from "./support/relay";
import { stateBeforeFlowSet, type Contents } from "./support/stateBeforeFlowSet";

const flow = (id: string, task: string) => `id: ${id}\nnamespace: ${namespace}\n# a remark\ntasks:\n  - id: t\n${task}`;
const log = "    type: io.kestra.plugin.core.log.Log\n    message: hello\n";
const call = `    type: io.kestra.plugin.core.flow.Subflow\n    namespace: ${namespace}\n    flowId: 02_called\n`;
const text = (key: string, value: string) => ({ key, type: "STRING" as const, value });

/** What the earlier version managed. A user then disabled the third flow on the server. */
const contents: Contents = {
  namespace,
  flows: {
    "01_calls": flow("01_calls", call),
    "02_called": flow("02_called", log),
    "03_disabled": flow("03_disabled", log),
  },
  entries: [
    text("GCP_PROJECT_ID", "a-project"),
    text("GCP_LOCATION", "US"),
    text("GCP_BUCKET_NAME", "a-bucket"),
    text("GCP_DATASET", "a_dataset"),
    { key: "GCP_CREDS", type: "JSON", value: '{"private_key":"canary"}', isSecret: true },
    text("TRIPS_URL", "http://127.0.0.1:1/trips"),
    text("COUNTIES_URL", "http://127.0.0.1:1/counties"),
    text("DBT_TARGET", "prod"),
  ],
  folders: {
    dbt: { directory: "dbt", files: { "dbt_project.yml": "name: a\n", "models/a.sql": "select 1\n" } },
    texts: { directory: "flows", files: { "statement.sql": "select 2\n" } },
  },
};

/** Names of everything on the server, flows with their revisions. */
const everything = {
  flows: ["01_calls 1", "02_called 1", "03_disabled 2 disabled"],
  entries: contents.entries.map(({ key }) => key).sort(),
  files: ["dbt_project.yml", "models", "statement.sql"],
};

/** An entry that the earlier version didn't have. */
const newEntry = "BIGQUERY_MAX_BYTES_BILLED";

/** The current pipeline with the same contents. */
const program = `import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Pipeline } from "./kestra/pipeline/pipeline";

const { connection, values } = JSON.parse(readFileSync("values.json", "utf8"));
const platform = {
  ready: [],
  projectId: values.GCP_PROJECT_ID,
  location: values.GCP_LOCATION,
  bucketName: values.GCP_BUCKET_NAME,
  dataset: values.GCP_DATASET,
  dbtTarget: values.DBT_TARGET,
  credentials: pulumi.secret(values.GCP_CREDS),
  sources: { tripsUrl: values.TRIPS_URL, countiesUrl: values.COUNTIES_URL },
};
const kestra = { connection: pulumi.secret(connection), lifecycle: {} };
new Pipeline("pipeline", { platform, kestra, maxBytesBilled: 50_000_000_000 } as any);
`;

const name = "upgrade";

/** A checkout with this program instead of the real one. */
function checkOut(connection: Connection): string {
  mkdirSync(".local", { recursive: true });
  const folder = mkdtempSync(resolve(".local", `${name}-`));
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  // the code in the earlier state loads its files relative to this folder
  for (const part of ["dynamic", "kestra"]) symlinkSync(resolve(part), join(folder, part));
  const options = "{typescript: false, nodeargs: --import tsx}";
  write("Pulumi.yaml", `name: ${name}\nruntime: {name: nodejs, options: ${options}}\n`);
  write("package.json", JSON.stringify({ name, main: "index.ts" }));
  write("index.ts", program);
  const values = Object.fromEntries(contents.entries.map(({ key, value }) => [key, value]));
  write("values.json", JSON.stringify({ connection, values }));
  for (const [id, source] of Object.entries(contents.flows)) write(`flows/${id}.yaml`, source);
  for (const { directory, files } of Object.values(contents.folders))
    for (const [path, content] of Object.entries(files)) write(`${directory}/${path}`, content);
  return folder;
}

/** Puts on the server what the earlier version managed. */
async function fill(client: KestraClient): Promise<void> {
  for (const source of Object.values(contents.flows).reverse()) await createFlow(client, source);
  await updateFlow(client, namespace, "03_disabled", `${contents.flows["03_disabled"]}\ndisabled: true`);
  for (const { key, type, value } of contents.entries) await putKv(client, namespace, key, kvLiteral(type, value), {});
  for (const { files } of Object.values(contents.folders))
    for (const [path, content] of Object.entries(files)) await putFile(client, namespace, path, Buffer.from(content));
}

/** The resources that a command changed, as `- Flow pipeline-01_calls`, sorted. */
function changesIn(output: string): string[] {
  const lines = output.matchAll(/^ ([-+~]) {2}pulumi-nodejs:dynamic\/kestra:(\S+ \S+) (?:created|updated|deleted)/gm);
  return [...lines].map(([, sign, resource]) => `${sign} ${resource}`).sort();
}

for (const isRefreshed of [true, false]) {
  describe(`a stack from before FlowSet, ${isRefreshed ? "refreshed first" : "updated at once"}`, function () {
    this.timeout("3m");
    let host: KestraHost;
    /** Records the requests of the stack's commands to the server. */
    let relay: Relay;
    let folder: string;
    let project: PulumiProject;
    before(async () => {
      host = await KestraHost.start();
      await fill(new KestraClient(connectionTo(host)));
      relay = await Relay.start(host.url);
      const connection = { ...connectionTo(host), url: `http://127.0.0.1:${relay.port}` };
      folder = checkOut(connection);
      project = await PulumiProject.create(folder, "test", {});
      const [, salt] = /^encryptionsalt: (\S+)$/m.exec(readFileSync(join(folder, "Pulumi.test.yaml"), "utf8"))!;
      writeFileSync(join(folder, "state.json"), stateBeforeFlowSet(name, salt!, connection, contents));
      await project.succeed("stack", "import", "--file", join(folder, "state.json"));
    });
    after(async () => {
      project?.dispose();
      if (folder) rmSync(folder, { recursive: true });
      relay?.stop();
      await host?.dispose();
    });

    /** The write requests since the last call. */
    const writes = () =>
      relay.arrived.splice(0).filter((line) => !line.startsWith("GET ") && line !== "POST /flows/validate");
    const list = async <T>(path: string, nameOf: (each: T) => string) =>
      (await host.send<T[]>("GET", path)).json.map(nameOf).sort();
    const there = async () => ({
      flows: await list<Flow & { disabled?: boolean }>(`/flows/${namespace}`, ({ id, revision, disabled }) =>
        [id, revision, ...(disabled ? ["disabled"] : [])].join(" "),
      ),
      entries: await list<{ key: string }>(`/namespaces/${namespace}/kv`, ({ key }) => key),
      files: await list<{ fileName: string }>(`/namespaces/${namespace}/files/directory`, (file) => file.fileName),
    });
    const updated = Object.keys(contents.flows).map((id) => `~ Flow pipeline-${id}`);

    if (isRefreshed)
      it("is refreshed", async () => {
        const { output } = await project.succeed("refresh", "--yes", "--skip-preview");
        assert.deepEqual(changesIn(output), updated);
        assert.match(output, /~ 3 updated\n\s+13 unchanged/);
        assert.deepEqual(writes(), []);
      });

    it("is updated without a write to the server but of its new entry, its flows as the same resources", async () => {
      const { output } = await project.succeed("up", "--yes", "--skip-preview");
      const changes = [`+ KvEntry pipeline-${newEntry}`, "- FlowCheck pipeline-flow-check"];
      assert.deepEqual(changesIn(output), [...changes, ...(isRefreshed ? [] : updated)]);
      assert.match(output, /\+ {2}kestra:index:FlowSet pipeline creating/);
      assert.match(output, /\+ 2 created\n/);
      const written = writes();
      assert.deepEqual([written.length, /^PUT \S+\/kv\/(\w+)/.exec(written[0]!)?.[1]], [1, newEntry]);
      assert.deepEqual(await there(), { ...everything, entries: [...everything.entries, newEntry].sort() });
    });

    it("then has nothing left to change", async () => {
      await project.succeed("preview", "--expect-no-changes");
      await project.succeed("preview", "--refresh", "--expect-no-changes");
      assert.doesNotMatch(project.state(), /FlowCheck|sourceHash|canary|Only4Tests/);
    });

    it("is destroyed with everything it managed", async () => {
      await project.succeed("destroy", "--yes", "--skip-preview");
      assert.deepEqual(await there(), { flows: [], entries: [], files: [] });
    });
  });
}
