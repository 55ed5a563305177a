import assert from "node:assert/strict";
import { KestraHost, password, register, run, username } from "../../../lab/kestraHost";

const namespace = "pages";
const hostile = "<script>alert('&amp;')</script>";

describe("Kestra host: the pages", () => {
  let host: KestraHost;
  before(async () => {
    host = await KestraHost.start();
    await register(
      host,
      `
id: hostile
namespace: ${namespace}
description: ${JSON.stringify(hostile)}
labels: {month: ${JSON.stringify(hostile)}}
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: ${JSON.stringify(hostile)}}
triggers:
  - {id: yearly, type: io.kestra.plugin.core.trigger.Schedule, cron: 0 9 1 1 *}
`,
    );
  });
  after(() => host.dispose());

  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const signedIn = (path: string) => host.ask(host.url + path, { headers: { authorization } });

  it("begin, without a sign-in, with how to sign in and the commands, wherever a link of Kestra's leads", async () => {
    for (const path of ["/", "/ui/", "/ui", "/ui/main/flows/edit/a/b"]) {
      const { status, headers, text } = await host.ask(host.url + path);
      assert.equal(status, 200, path);
      assert.match(headers.get("content-type") ?? "", /^text\/html/);
      for (const part of ["./bay password", "./bay status", 'href="/ui/executions"', username])
        assert.ok(text.includes(part), part);
    }
  });

  it("ask a browser for user and password before they show anything else", async () => {
    const paths = ["/ui/executions", "/ui/main/executions/n/f/any", "/ui/flows/configs/configs", "/ui/report"];
    for (const path of paths) {
      const { status, headers, text } = await host.ask(host.url + path);
      assert.deepEqual([status, headers.get("www-authenticate")], [401, 'Basic realm="Kestra"'], path);
      assert.match(text, /^Sign in with the user and password of stack local\./);
    }
  });

  it("show executions, with tasks and logs, flows with their source, and the schedule; all as plain text", async () => {
    const { id } = await run(host, namespace, "hostile");
    const home = await signedIn("/ui/executions");
    assert.match(home.headers.get("content-security-policy") ?? "", /^default-src 'none'; style-src 'unsafe-inline'/);
    for (const part of [`href="/ui/executions/${id}"`, "SUCCESS", "yearly", "./bay report"])
      assert.ok(home.text.includes(part), part);
    const execution = await signedIn(`/ui/executions/${id}`);
    const flow = await signedIn(`/ui/flows/${namespace}/hostile`);
    for (const part of ["<td>say</td>", "INFO say: &lt;script&gt;"]) assert.ok(execution.text.includes(part), part);
    assert.ok(flow.text.includes("id: hostile\nnamespace: pages"));
    for (const { status, text } of [home, execution, flow]) {
      assert.equal(status, 200);
      assert.ok(!text.includes("<script"), text);
      assert.ok(text.includes("&lt;script&gt;"));
    }
  });

  it("say what isn't there", async () => {
    for (const path of ["/ui/executions/unknown", `/ui/flows/${namespace}/unknown`]) {
      const { text } = await signedIn(path);
      assert.match(text, /<h1>No such (execution|flow)<\/h1>/);
    }
    assert.match((await signedIn("/ui/report")).text, /<h1>No report yet<\/h1>/);
  });
});
