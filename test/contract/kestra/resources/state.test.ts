import assert from "node:assert/strict";
import { request } from "node:http";
import { KestraHost, password, username } from "../../../../local/lab/kestraHost";
import { serve, type Served } from "../../../support/serve";
import { PulumiProject } from "../../../support/pulumiProject";

/** The values of `values.json` decide what it states. */
const program = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { KvEntry } from "@bay-wheels/kestra/resources/kvEntry";
import { NamespaceFiles } from "@bay-wheels/kestra/resources/namespaceFiles";

const { connection: known, secret, text } = JSON.parse(readFileSync("values.json", "utf8"));
const connection = pulumi.secret(known);
const namespace = "state";
new KvEntry("entry", { connection, namespace, key: "K", value: { key: secret }, ttl: "PT1H" });
new KvEntry("plain", { connection, namespace, key: "P", value: text, plain: true });
new KvEntry("mixed", { connection, namespace, key: "M", value: { key: pulumi.secret(secret) }, plain: true });
const files = { "a.sql": text, "b.sql": pulumi.secret(secret) };
new NamespaceFiles("texts", { connection, namespace, prefix: "t", files });
new NamespaceFiles("folder", { connection, namespace, prefix: "f", directory: "files" });
`;

describe("the state of KV entries and namespace files in the real engine", () => {
  let host: KestraHost;
  let project: PulumiProject;
  /** Forwards requests to the host, except those it should refuse. */
  let proxy: Served;
  let refused: RegExp | undefined;
  before(async () => {
    host = await KestraHost.start();
    proxy = await serve((asked, answer) => {
      const { method, url, headers } = asked;
      if (refused?.test(`${method} ${url}`))
        return asked.resume().on("end", () => answer.writeHead(500).end('{"message":"disk full"}'));
      const passed = request(`${host.url}${url}`, { method, headers, agent: false }, (from) =>
        from.pipe(answer.writeHead(from.statusCode!, from.headers)),
      );
      return asked.pipe(passed);
    });
    project = await PulumiProject.ofProgram("state", program, {});
  });
  after(async () => {
    proxy.stop();
    await host.dispose();
    project.dispose();
  });

  function state(secret: string, text: string): void {
    const connection = { kind: "address", url: proxy.url, username, password };
    project.write("values.json", JSON.stringify({ connection, secret, text }));
    project.write("files/x.sql", text);
  }
  const content = async (path: string) =>
    (await host.send("GET", `/namespaces/state/files?path=${encodeURIComponent(path)}`)).text;
  const isSecret = (value: unknown) => typeof (value as { ciphertext?: unknown }).ciphertext === "string";

  it("has secrets encrypted in inputs and outputs, and texts only in the inputs", async () => {
    state("canary-1", "select 1\n");
    const { output: printed } = await project.succeed("up", "--yes", "--skip-preview", "--diff");
    assert.equal(await content("/t/b.sql"), "canary-1");
    assert.doesNotMatch(printed + project.state(), /canary|Only4Tests/);
    const resources = project.resources();
    for (const name of ["entry", "mixed"])
      for (const side of ["inputs", "outputs"] as const)
        assert.ok(isSecret(resources.get(name)![side].value), `${name} ${side}`);
    const { inputs, outputs } = resources.get("texts")!;
    const texts = inputs.texts as Record<string, unknown>;
    assert.deepEqual([texts["t/a.sql"], isSecret(texts["t/b.sql"])], ["select 1\n", true]);
    assert.deepEqual(Object.keys(outputs).sort(), ["__provider", "connection", "files", "namespace", "prefix"]);
    assert.equal(resources.get("plain")!.outputs.value, "select 1\n");
  });

  it("doesn't change if the program doesn't", async () => {
    assert.match((await project.succeed("preview", "--expect-no-changes")).output, /6 unchanged/);
  });

  it("gives a diff with each changed path, the lines of a text, and no secret", async () => {
    state("canary-2", "select 2\n");
    const { output: printed } = await project.succeed("preview", "--diff");
    assert.match(printed, /- select 1\s+\+ select 2/);
    for (const path of ["t/a.sql", "t/b.sql", "f/x.sql"])
      assert.match(printed, new RegExp(`~ ${path}\\s*: "[0-9a-f]{64}" => "[0-9a-f]{64}"`));
    assert.doesNotMatch(printed, /canary/);
  });

  it("records what a failed run wrote, so that the next one continues", async () => {
    refused = /^POST .*path=%2Ft%2Fc\.sql$/;
    project.write("index.ts", program.replace("const files = {", 'const files = { "c.sql": secret, '));
    const { code, output } = await project.run("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(output, /Kestra answered 500 to POST .*path=%2Ft%2Fc\.sql: disk full/);
    const { outputs } = project.resources().get("texts")!;
    assert.deepEqual(Object.keys(outputs.files as object).sort(), ["t/a.sql", "t/b.sql", "t/c.sql"]);
    assert.equal((outputs.files as Record<string, string>)["t/c.sql"], "");
    assert.doesNotMatch(output + project.state(), /canary|Only4Tests/);

    refused = undefined;
    await project.succeed("up", "--yes", "--skip-preview");
    assert.equal(await content("/t/c.sql"), "canary-2");
    assert.match((await project.succeed("preview", "--expect-no-changes")).output, /6 unchanged/);
    await project.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual((await host.send("GET", "/namespaces/state/files/directory")).json, []);
  });
});
