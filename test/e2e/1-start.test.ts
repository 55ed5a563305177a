import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { getKv } from "../../kestra/client/kv";
import { namespace, stack, type Stack } from "../support/stack";
import { portsOfStack } from "../support/workspace";

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** True when a server accepts connections at an address. */
function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (accepted: boolean) => {
      socket.destroy();
      answer(accepted);
    };
    socket
      .once("connect", () => end(true))
      .once("error", () => end(false))
      .once("timeout", () => end(false));
  });
}

describe("npm start", () => {
  let local: Stack;
  before(async function () {
    this.timeout("10m");
    local = await stack();
  });

  it("loads three months, builds the models and prints what came out", async () => {
    const { firstStart } = local;
    for (const step of [
      "pulumi up",
      "Counties",
      "Trips of 2026-07",
      "Trips of 2026-08",
      "Trips of 2026-09",
      "dbt build",
    ]) {
      assert.match(firstStart, new RegExp(`│ ${step} +│ +\\d+\\.\\d │`));
    }
    const rows = await local.rows(
      "select source_month, count(*) as trips from {facts_baywheels_trips} group by source_month order by 1",
    );
    assert.deepEqual(
      rows.map((row) => row.source_month),
      ["2026-07-01", "2026-08-01", "2026-09-01"],
    );
    for (const { source_month: month, trips } of rows) {
      const counted = Number(trips).toLocaleString("en-US");
      assert.match(firstStart, new RegExp(`│ ${month!.slice(0, 7)} │ +${counted} │ +\\d\\.\\d\\d │ +\\d+\\.\\d │`));
    }
    for (const county of ["San Francisco", "Alameda", "Santa Clara"]) {
      assert.match(firstStart, new RegExp(`│ ${county} +│ +\\d+ │ +[\\d,]+ │`));
    }
    assert.match(firstStart, /│ no station +│ +– │ +[\d,]+ │/);
    const perCounty = [...firstStart.matchAll(/^│ \S.*│ +[\d–]+ │ +([\d,]+) │$/gm)].map(([, trips]) =>
      Number(trips!.replaceAll(",", "")),
    );
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    assert.equal(sum(perCounty), sum(rows.map(({ trips }) => Number(trips))));
    assert.match(firstStart, /What to look at next:\n {2}Kestra +http:\/\/127\.0\.0\.1:\d+ /);
  });

  it("leaves tables that hold what the published files say, by npm run truth", async function () {
    this.timeout("3m");
    assert.match(await local.workspace.succeed("truth"), /^All is equal\.$/m);
  });

  it("changes nothing the second time: no resource, no set-up, no month", async function () {
    this.timeout("3m");
    const before = [await local.content("baywheels_tripdata"), await local.content("baywheels_loads")];
    const output = await local.workspace.succeed("start");
    assert.match(output, /Resources:\n {4}31 unchanged/);
    assert.doesNotMatch(output, /Setting up|Installing|Trips of|Counties|dbt build/);
    assert.deepEqual([await local.content("baywheels_tripdata"), await local.content("baywheels_loads")], before);
  });

  it("leaves git status empty, and the passphrase to its owner alone", () => {
    assert.equal(local.workspace.git("status", "--porcelain"), "");
    assert.equal(statSync(local.workspace.path(".local/passphrase")).mode & 0o777, 0o600);
  });

  it("starts four services that listen on 127.0.0.1 and no other address", async () => {
    const { workspace } = local;
    const services = workspace.processes().filter((line) => !line.includes("esbuild"));
    assert.equal(services.length, 4, services.join("\n"));
    for (let port = workspace.firstPort; port < workspace.firstPort + portsOfStack; port++) {
      assert.deepEqual([port, await accepts("127.0.0.1", port)], [port, true]);
      // also this machine: it answers where a server listens on all addresses
      assert.deepEqual([port, await accepts("127.0.0.2", port)], [port, false]);
    }
  });

  it("keeps every secret out of state, previews, exports, logs, command lines and its own output", async function () {
    this.timeout("2m");
    const { workspace, client, connection } = local;
    const { value } = (await getKv(client, namespace, "GCP_CREDS"))!;
    const key = value as { private_key: string; private_key_id: string };
    const configuration = readFileSync(workspace.path(".local/services/kestra/configuration.yml"), "utf8");
    const encryptionKey = /secret-key: (\S+)/.exec(configuration)![1]!;
    const passphrase = readFileSync(workspace.path(".local/passphrase"), "utf8");
    const secrets = [
      connection.password,
      encryptionKey,
      passphrase,
      key.private_key_id,
      key.private_key.split("\n")[1]!,
    ];

    const exported = await workspace.pulumi("stack", "export");
    const preview = await workspace.pulumi("preview", "--diff", "--show-sames");
    const executions = await (await client.send("GET", `/executions/search?size=100&namespace=${namespace}`)).json();
    const { results } = executions as { results: { id: string }[] };
    const logs = await Promise.all(results.map(async ({ id }) => (await client.send("GET", `/logs/${id}`)).text()));
    assert.ok(results.length >= 5);
    assert.ok(logs.every((log) => log.length > 2));
    const places: Record<string, string> = {
      "the commands' output": workspace.transcript,
      "pulumi stack export": exported,
      "pulumi preview": preview,
      "the executions": JSON.stringify(executions),
      "the executions' logs": logs.join(),
      "command lines": workspace.processes().join(),
      "Pulumi.local.yaml": readFileSync(workspace.path("Pulumi.local.yaml"), "utf8"),
    };
    const files = [
      workspace.path(".local/state"),
      workspace.path(".local/pulumi-home"),
      workspace.path(".local/services"),
    ].flatMap(filesBelow);
    const kept = files.filter((file) => !/\/services\/kestra\/(configuration\.yml|data\/)/.test(file));
    for (const file of kept) places[file] = readFileSync(file, "latin1");
    assert.ok(kept.some((file) => file.endsWith("/kestra/log")) && kept.some((file) => file.endsWith("local.json")));
    for (const [place, text] of Object.entries(places)) {
      for (const secret of secrets) assert.ok(!text.includes(secret), `a secret stands in ${place}`);
    }
    assert.equal(statSync(workspace.path(".local/services/kestra/configuration.yml")).mode & 0o777, 0o600);
    const left = filesBelow(workspace.path(".local/services/kestra/data")).filter((file) =>
      file.endsWith("gcp_creds.json"),
    );
    assert.deepEqual(left, []);
  });

  it("keeps no other stack in its state", async () => {
    const { code, output } = await local.workspace.npm("pulumi", "preview", "-s", "dev");
    assert.notEqual(code, 0);
    assert.match(output, /error: no stack named 'dev' found/);
  });

  it("names an unknown key of the configuration, and changes nothing", async () => {
    const { workspace } = local;
    await workspace.pulumi("config", "set", "local:firstport", "9000");
    const { code, output } = await workspace.npm("start");
    await workspace.pulumi("config", "rm", "local:firstport");
    assert.equal(code, 1, output);
    const known = "bay-wheels:platform, .*, local:tripsPerMonth";
    const message = `Config 'local:firstport' is unknown: known are ${known}\\. Remove it with: npm run pulumi -- `;
    assert.match(output, new RegExp(message));
    assert.doesNotMatch(output, /Updating|unhandled|^ +at /m);
  });
});
