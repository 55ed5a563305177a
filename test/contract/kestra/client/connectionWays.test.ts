import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { forgetServers, KestraClient } from "../../../../kestra/client/client";
import type { AddressConnection } from "../../../../kestra/client/connection";
import { KestraError, KestraUnreachable, KestraUnusable } from "../../../../kestra/client/errors";
import { getKv, putKv } from "../../../../kestra/client/kv";
import { createFlow, getFlow } from "../../../../kestra/client/flows";
import { handlers as kvEntry } from "../../../../kestra/resources/kvEntry";
import { freePort, KestraHost } from "../../../../local/lab/kestraHost";
import { Gateway, tenant, token } from "../support/gateway";
import { connectionTo } from "../support/kestraRequests";
import { Proxy, withProxies } from "../support/proxy";

const secrets = [token, "canary-header", "canary-proxy"];

/** The error that `work` throws: one line, without secrets. */
async function failure(work: () => Promise<unknown>): Promise<Error> {
  const error = await work().then(
    () => assert.fail("it did not fail"),
    (thrown: unknown) => thrown as Error,
  );
  assert.doesNotMatch(error.message, /\n/);
  for (const secret of secrets)
    assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(secret), `${secret}: ${error.message}`);
  return error;
}

describe("a connection", () => {
  let host: KestraHost;
  let gateway: Gateway;
  let secure: Gateway;
  before(async () => {
    host = await KestraHost.start();
    [gateway, secure] = await Promise.all([Gateway.start(host), Gateway.start(host, { tls: true })]);
  });
  after(async () => {
    await Promise.all([gateway.stop(), secure.stop()]);
    await host.dispose();
  });
  beforeEach(() => {
    forgetServers();
    gateway.lines();
    secure.lines();
  });

  const to = (url: string, others: Partial<AddressConnection> = {}) =>
    ({ kind: "address", url, token, tenant, ...others }) as AddressConnection;
  const look = (connection: AddressConnection) => getFlow(new KestraClient(connection), "n", "none");
  const asked = ["GET /api/v1/configs", `GET /api/v1/${tenant}/flows/search?size=1`];
  const flow = `GET /api/v1/${tenant}/flows/n/none?source=true`;

  it("logs in with a token, and says so when it's refused", async () => {
    assert.equal(await look(to(gateway.url)), undefined);
    assert.deepEqual(
      new Set(gateway.arrived.map(({ headers }) => headers.authorization)),
      new Set([`Bearer ${token}`]),
    );
    assert.deepEqual(gateway.lines(), [...asked, flow]);
    forgetServers();
    const error = await failure(() => look(to(gateway.url, { token: "canary-token-12" })));
    assert.ok(error instanceof KestraError);
    assert.equal(
      error.message,
      `Kestra answered 401 to GET /api/v1/configs: ${gateway.url} refuses the token: it expired or was deleted, or ` +
        "this is the open-source edition, which has no tokens, or another server is listening there. Pass another token, or " +
        "username and password, or stop the other server.",
    );
  });

  it("whose token changed in the same update can't delete a removed resource, and says what to do", async () => {
    const entry = { namespace: "ways", key: "K", type: "STRING" as const, value: "v" };
    const error = await failure(() =>
      kvEntry.delete("id", { ...entry, connection: to(gateway.url, { token: "former" }) }),
    );
    assert.match(
      error.message,
      /^KV entry 'ways\/K' can't be deleted: the server's token changed in the same update\. Restore the entry, run /,
    );
  });

  it("with a token mentions that the open-source edition has none", async () => {
    const error = await failure(() => look(to(host.url, { tenant: undefined })));
    assert.match(error.message, /^Kestra answered 401 to GET \/flows\/n\/none\?source=true: .* refuses the token: /);
  });

  it("uses its tenant, and never takes an unknown tenant for a missing object", async () => {
    await putKv(new KestraClient(to(gateway.url)), "ways", "K", '"v"');
    assert.equal((await getKv(new KestraClient(connectionTo(host)), "ways", "K"))?.value, "v");
    const entry = { namespace: "ways", key: "K", type: "STRING" as const, value: "v" };
    const unknown = { ...entry, connection: to(gateway.url, { tenant: "team-b" }) };
    for (const work of [() => kvEntry.read("id", unknown), () => kvEntry.delete("id", unknown)]) {
      const error = await failure(work);
      assert.ok(error instanceof KestraUnusable);
      assert.equal(
        error.message,
        `Kestra at ${gateway.url} has no tenant 'team-b' (Unknown tenant team-b). Correct the connection's tenant; ` +
          "the open-source edition has only 'main'.",
      );
    }
    assert.equal((await getKv(new KestraClient(connectionTo(host)), "ways", "K"))?.value, "v");
  });

  it("sends its headers with every request, overridden by the request's own", async () => {
    const headers = { "X-Team": "canary-header", "Content-Type": "text/wrong" };
    const client = new KestraClient(to(gateway.url, { headers }));
    await createFlow(
      client,
      "id: headers\nnamespace: ways\ntasks:\n  - {id: t, type: io.kestra.plugin.core.log.Log, message: x}\n",
    );
    const seen = gateway.arrived.map(({ headers }) => [headers["x-team"], headers["content-type"]]);
    assert.deepEqual(seen.at(-1), ["canary-header", "application/x-yaml"]);
    assert.deepEqual([...new Set(seen.map(([team]) => team))], ["canary-header"]);
    await failure(() => createFlow(client, "id: headers"));
    const broken = await failure(() => look(to(gateway.url, { headers: { "x-team": "canary-header\n" } })));
    assert.match(broken.message, /Invalid character in header content \["x-team"\]/);
  });

  it("logs in with a header if it has neither user nor token", async () => {
    const byHeader = (value: string) => to(gateway.url, { token: undefined, headers: { Authorization: value } });
    assert.equal(await look(byHeader(`Bearer ${token}`)), undefined);
    const error = await failure(() => look(byHeader("Bearer canary-header")));
    assert.match(
      error.message,
      /refuses the connection's headers, or another server is listening there\. Pass another auth/,
    );
  });

  it("trusts its own certificate authority, and no other", async () => {
    assert.equal(await look(to(secure.url, { ca: secure.certificate })), undefined);
    assert.deepEqual(secure.lines(), [...asked, flow]);
    const other = await Gateway.start(host, { tls: true });
    for (const ca of [undefined, other.certificate]) {
      const error = await failure(() => look(to(secure.url, { ca })));
      assert.ok(error instanceof KestraUnreachable);
      assert.match(
        error.message,
        /^Kestra at https:\S+ cannot be reached: its certificate isn't signed by a trusted authority \([^)]+\)\. Pass its certificate authority as the connection's ca \(KESTRA_CA\), then run the same command again\.$/,
      );
    }
    await other.stop();
    assert.deepEqual(secure.lines(), []);
  });

  it("uses its own proxy: a tunnel with TLS, plain requests without", async () => {
    const proxy = await Proxy.start({ "127.0.0.1": undefined, "kestra.test": secure.port });
    const named = proxy.url.replace("//", "//user:canary-proxy@");
    try {
      assert.equal(await look(to(gateway.url, { proxy: named })), undefined);
      assert.deepEqual(
        proxy.lines(),
        [...asked, flow].map((line) => line.replace(" ", ` ${gateway.url}`)),
      );
      assert.equal(await look(to("https://kestra.test", { proxy: named, ca: secure.certificate })), undefined);
      assert.deepEqual(new Set(proxy.lines()), new Set(["CONNECT kestra.test:443"]));
      assert.deepEqual(secure.lines(), [...asked, flow]);
      const basic = `Basic ${Buffer.from("user:canary-proxy").toString("base64")}`;
      assert.deepEqual(proxy.authorizations, new Set([basic]));
      const refused = await failure(() => look(to("https://elsewhere.test", { proxy: named })));
      const { host: at } = new URL(proxy.url);
      assert.match(
        refused.message,
        new RegExp(`Proxy response \\(403\\).*, through proxy ${at}\\. Start the server, or correct the proxy or NO_P`),
      );
    } finally {
      await proxy.stop();
    }
    const closed = `http://user:canary-proxy@127.0.0.1:${await freePort()}`;
    assert.match(
      (await failure(() => look(to(gateway.url, { proxy: closed })))).message,
      /ECONNREFUSED.*, through proxy 127/,
    );
  });

  it("blames a proxy that asks for a login, not Kestra", async () => {
    const proxy = createServer((_request, response) => response.writeHead(407).end("who are you?"));
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
    const at = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    proxy.on("connect", (_request, socket) => socket.end("HTTP/1.1 407 Who are you?\r\n\r\n"));
    const named = `http://user:canary-proxy@${at}`;
    for (const url of [gateway.url, secure.url]) {
      const error = await failure(() => look(to(url, { proxy: named })));
      assert.ok(error instanceof KestraUnreachable);
      assert.equal(
        error.message,
        `Kestra at ${url} cannot be reached: the proxy ${at} asks for a login (407). ` +
          "Give the proxy's address as http://user:password@host:port, then run the same command again.",
      );
    }
    proxy.close();
  });

  it("uses the environment's proxy, unless NO_PROXY lists the host, and never for this machine", async () => {
    const proxy = await Proxy.start({ "kestra.test": secure.port, "plain.test": gateway.port });
    const both = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
    const ca = secure.certificate;
    try {
      await withProxies(both, async () => {
        await look(to("https://kestra.test", { ca }));
        assert.deepEqual(new Set(proxy.lines()), new Set(["CONNECT kestra.test:443"]));
        await look(to("http://plain.test:81"));
        assert.deepEqual(
          proxy.lines(),
          [...asked, flow].map((line) => line.replace(" ", " http://plain.test:81")),
        );
        forgetServers();
        await look(to(gateway.url));
        await look(to(secure.url, { ca }));
        assert.deepEqual(proxy.lines(), []);
      });
      for (const NO_PROXY of ["kestra.test", ".test", "other,kestra.test:443", "*"]) {
        const error = await withProxies({ ...both, NO_PROXY }, () =>
          failure(() => look(to("https://kestra.test", { ca }))),
        );
        assert.match(error.message, /getaddrinfo \w+ kestra\.test\. Start the server, then run/, NO_PROXY);
      }
      assert.deepEqual(proxy.lines(), []);
    } finally {
      await proxy.stop();
    }
  });

  it("gives up a request after its timeout, and says how long that was", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const started = Date.now();
    const error = await failure(() => look(to(url, { timeout: 0.5 })));
    silent.closeAllConnections();
    silent.close();
    const took = Date.now() - started;
    assert.ok(took >= 450 && took < 5_000, `${took} ms`);
    assert.equal(
      error.message,
      `Kestra at ${url} cannot be reached: no answer within 0.5 s. Raise the connection's timeout, or find out what ` +
        "keeps the server busy, then run the same command again.",
    );
  });
});
