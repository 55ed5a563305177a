import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KestraClient } from "../../../kestra/client/client";
import { closeTunnels } from "../../../kestra/tunnel/tunnels";
import { Proxy, withProxies } from "../kestra/support/proxy";
import { ClusterLab, token } from "./clusterLab";

describe("a cluster behind a proxy", () => {
  let lab: ClusterLab;
  let server: Server;
  let proxy: Proxy;
  /** Ports of the cluster's API and of Google's. */
  let cluster: string;
  let google: string;

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.end(request.url === "/api/v1/configs" ? '{"version":"1.3.31"}' : "{}");
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    lab = await ClusterLab.start((server.address() as AddressInfo).port);
    proxy = await Proxy.start({ "cluster.test": undefined, "google.test": undefined });
    cluster = lab.api.endpoint.replace("localhost", "cluster.test");
    lab.answer = [200, { controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: cluster } } }];
    const { GOOGLE_CONTAINER_CUSTOM_ENDPOINT: address } = lab.environment();
    google = process.env.GOOGLE_CONTAINER_CUSTOM_ENDPOINT = address!.replace("127.0.0.1", "google.test");
  });
  afterEach(async () => {
    await closeTunnels();
    await Promise.all([lab.stop(), proxy.stop()]);
    await new Promise((closed) => server.close(closed));
  });

  const look = () => new KestraClient(lab.connection).send("GET", "/flows/search");

  it("is found, called and tunnelled through it, unlike the server at the end of the tunnel", async () => {
    await withProxies({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }, look);
    const [first, ...others] = proxy.lines();
    assert.equal(first, `GET ${google}projects/p/locations/us-central1/clusters/bay`);
    // the service, its pods, and a stream for each connection
    assert.ok(others.length >= 2, String(others));
    assert.deepEqual([...new Set(others)], [`CONNECT ${cluster}`]);
    assert.match(lab.api.requests.at(-1)!, /\/pods\/kestra-1\/portforward/);
    assert.deepEqual(lab.api.strangers, []);
  });

  it("is called directly if NO_PROXY lists its name", async () => {
    const proxies = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: "cluster.test" };
    await assert.rejects(withProxies(proxies, look), /cluster bay does not answer \(.*getaddrinfo \w+ cluster\.test/);
    assert.deepEqual(proxy.lines(), [`GET ${google}projects/p/locations/us-central1/clusters/bay`]);
  });

  it("is named, without the token, if the proxy refuses", async () => {
    lab.answer = [200, { controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: "elsewhere.test" } } }];
    const error = await withProxies({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }, () =>
      look().then(
        () => assert.fail("it did not fail"),
        (thrown: unknown) => thrown as Error,
      ),
    );
    assert.match(error.message, /cluster bay does not answer \(.*403.*\)\. Check your network connection, then/);
    assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(token));
    assert.equal(proxy.lines().at(-1), "CONNECT elsewhere.test:443");
  });

  it("is called with a token that Google's library gets through the proxy", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tunnel-proxy-"));
    const credentials = { type: "authorized_user", client_id: "i", client_secret: "s", refresh_token: "canary" };
    writeFileSync(join(folder, "adc.json"), JSON.stringify(credentials));
    const program =
      'require("tsx/cjs/api").require("./infra/google/credentials.ts", `${process.cwd()}/index.ts`).accessToken()' +
      ".catch(({ message }) => console.log(message));";
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      GOOGLE_APPLICATION_CREDENTIALS: join(folder, "adc.json"),
      HTTPS_PROXY: proxy.url,
      NO_PROXY: "",
    };
    delete env.GOOGLE_OAUTH_ACCESS_TOKEN;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], { env, timeout: 60_000 });
    rmSync(folder, { recursive: true });
    assert.ok(stdout.startsWith("Google Cloud doesn't accept your credentials ("), stdout);
    assert.ok(!stdout.includes("canary"));
    // the library also looks for a machine of Google's own, at a link-local address
    const asked = [...new Set(proxy.lines())].filter((line) => !line.includes("169.254."));
    assert.deepEqual(asked, ["CONNECT oauth2.googleapis.com:443"]);
  });
});
