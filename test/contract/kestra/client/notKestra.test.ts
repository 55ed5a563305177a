import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KestraClient } from "../../../../kestra/client/client";
import { rootOf } from "../../../../kestra/client/connection";
import { handlers as flow } from "../../../../kestra/resources/flow";
import { handlers as kvEntry } from "../../../../kestra/resources/kvEntry";
import { handlers as namespaceFiles } from "../../../../kestra/resources/namespaceFiles";
import { KestraHost, password, username } from "../../../../local/lab/kestraHost";

const connectionAt = (url: string) => ({ kind: "address" as const, url, username, password });

/** What each kind of resource does with a server: what it reads there, and its deletion. */
function uses(url: string): [string, () => Promise<unknown>][] {
  const at = { connection: connectionAt(url), namespace: "n" };
  const flowState = { ...at, flowId: "f", revision: 1, file: "f.yaml", __hash: "" };
  const entry = { ...at, key: "K", type: "STRING" as const, value: "v" };
  const files = { ...at, directory: ".", files: { "a.sql": "hash" } };
  return [
    ["creating a flow", () => flow.create({ ...flowState, source: "f.yaml\n---\n" })],
    ["reading a flow", () => flow.read("id", flowState)],
    ["deleting a flow", () => flow.delete("id", flowState)],
    ["creating a KV entry", () => kvEntry.create(entry)],
    ["reading a KV entry", () => kvEntry.read("id", entry)],
    ["deleting a KV entry", () => kvEntry.delete("id", entry)],
    ["reading files", () => namespaceFiles.read("id", files)],
    ["deleting files", () => namespaceFiles.delete("id", files)],
  ];
}

const page: RequestListener = (_, answer) =>
  answer.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<h1>Sign in</h1>");
const redirect: RequestListener = (_, answer) =>
  answer.writeHead(302, { location: "https://sso.example.com/login?token=canary-token" }).end();
const gateway: RequestListener = (_, answer) =>
  answer.writeHead(404, { "content-type": "application/json" }).end('{"message":"no Route matched with those values"}');
const otherApi: RequestListener = (_, answer) =>
  answer.writeHead(200, { "content-type": "application/json" }).end('{"status":"ok"}');
/** Lets the first look through to Kestra, and answers all else itself. */
const afterConfigs =
  (other: RequestListener): RequestListener =>
  (request, answer) =>
    request.url === "/api/v1/configs"
      ? answer.writeHead(200, { "content-type": "application/json" }).end('{"version":"1.3.31","uuid":"u"}')
      : other(request, answer);

const servers: [string, RequestListener, RegExp][] = [
  ["answers 200 with a page", page, /\(GET \/api\/v1\/configs: status 200, a page\)/],
  ["redirects", redirect, /status 302, redirected to https:\/\/sso\.example\.com\/login\)/],
  ["answers 404 with JSON of its own", gateway, /status 404, not a Kestra error\)/],
  ["answers 200 with JSON of its own", otherApi, /\(GET \/api\/v1\/configs reports no version\)/],
  ["passes one path on and answers the others with a page", afterConfigs(page), /status 200, a page\)/],
  ["passes one path on and redirects the others", afterConfigs(redirect), /redirected to https/],
  ["passes one path on and says 404 to the others", afterConfigs(gateway), /status 404, not a Kestra error\)/],
];

describe("what isn't Kestra", () => {
  for (const [name, listener, words] of servers) {
    it(`is never taken for an absence where it ${name}`, async () => {
      const server = createServer(listener);
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        for (const [use, work] of uses(url)) {
          const error = await work().then(
            () => assert.fail(`${use} succeeded`),
            (error: Error) => error,
          );
          assert.equal(error.name, "KestraUnreachable", `${use}: ${error.message}`);
          assert.ok(error.message.startsWith(`Kestra at ${url} cannot be reached: the server there isn't Kestra`));
          assert.match(error.message, words);
          assert.doesNotMatch(error.message, /canary-token/);
        }
      } finally {
        await closed(server);
      }
    });
  }
});

describe("the address of a server", () => {
  let host: KestraHost;
  before(async () => (host = await KestraHost.start()));
  after(() => host.dispose());

  it("is taken as people copy it", async () => {
    for (const end of ["/", "//", "/ui", "/ui/", "/ui/main/flows?size=25&q=a#top"]) {
      const client = new KestraClient(connectionAt(host.url + end));
      assert.equal(client.endpoint, host.url);
      assert.equal(await client.find("GET", "/flows/n/none?source=true"), undefined, end);
    }
  });

  it("keeps a path in front of Kestra's own", () => {
    assert.equal(rootOf("https://h.example.com/kestra/ui/main/flows"), "https://h.example.com/kestra");
    assert.equal(rootOf("http://H:8080/build/"), "http://h:8080/build");
  });

  it("is refused where it is no address, or holds a password", () => {
    assert.throws(() => rootOf("localhost:8080"), {
      message: "'localhost:8080' isn't the address of a Kestra server: use http://host:port or https://host.",
    });
    for (const address of ["https://me:canary@h/", "me:canary@h:8080", "ftp://me:canary@h"])
      assert.throws(() => rootOf(address), {
        message: "The address of the Kestra server holds a user or password ('@'): pass them separately.",
      });
  });
});

function closed(server: Server): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
}
