import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KestraClient } from "../../../kestra/client/client";
import { ConnectionDropped, KestraError, KestraUnreachable } from "../../../kestra/client/errors";
import { handlers as kvEntry } from "../../../kestra/resources/kvEntry";
import { withRetries } from "../../../dynamic/load";
import { closeTunnels } from "../../../kestra/tunnel/tunnels";
import { ClusterLab, pod, token } from "./clusterLab";
import { freePort, password } from "../../../local/lab/kestraHost";
import { nowhere, requestsOf } from "../kestra/support/kestraRequests";

const start = "Kestra at service kestra of cluster bay cannot be reached: ";
const role = "Ask for the role roles/container.developer in that project, then run the same command again";

describe("a cluster that does not let Kestra be reached", () => {
  let lab: ClusterLab;
  let server: Server;
  let port: number;
  /** What the server in the pod answers. */
  let answer: [status: number, type: string, body: string];

  beforeEach(async () => {
    answer = [200, "application/json", "{}"];
    server = createServer((request, response) => {
      request.resume();
      if (request.url === "/api/v1/configs") response.end('{"version":"1.3.31"}');
      else response.writeHead(answer[0], { "content-type": answer[1] }).end(answer[2]);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    port = (server.address() as AddressInfo).port;
    lab = await ClusterLab.start(port);
  });
  afterEach(async () => {
    await closeTunnels();
    await lab.stop();
    await new Promise((closed) => server.close(closed));
  });

  /** The error of a call: one line that gives nothing away. */
  async function failure(work: () => Promise<unknown>): Promise<Error> {
    const error = await work().then(
      () => assert.fail("it did not fail"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Error);
    assert.doesNotMatch(error.message, /\n/);
    for (const secret of [token, "other-token", password, Buffer.from(password).toString("base64")])
      assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(secret), error.message);
    return error;
  }
  const failed = () => failure(() => new KestraClient(lab.connection).send("GET", "/flows/search"));

  const found = (cluster: object): [number, object] => [200, cluster];
  const dns = (endpoint: string) => ({ controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint } } });
  const lasting: [name: string, made: () => void, expected: string][] = [
    [
      "has no such cluster",
      () => (lab.answer = [404, { error: { message: "not found" } }]),
      "there is no cluster bay in us-central1 of project p: it was deleted. Run: pulumi refresh --target '**::kestra-cluster-autopilot', then pulumi up",
    ],
    [
      "is not to be seen",
      () => (lab.answer = [403, { error: { message: "Required permission" } }]),
      `you don't have permission to view cluster bay in us-central1 of project p. ${role}`,
    ],
    [
      "has its API disabled",
      () => (lab.answer = [403, { error: { message: "it has not been used in project p before" } }]),
      "Google's API container is not enabled in project p. Run: gcloud services enable container.googleapis.com --project p",
    ],
    [
      "is going away",
      () => (lab.answer = found({ status: "STOPPING", ...dns(lab.api.endpoint) })),
      "cluster bay in us-central1 of project p is in state STOPPING. Wait until it is RUNNING, or check it in Google's console",
    ],
    [
      "has no DNS endpoint",
      () => (lab.answer = found({ status: "RUNNING" })),
      "cluster bay in us-central1 of project p has no DNS endpoint. Run: gcloud container clusters update bay --location us-central1 --project p --enable-dns-access",
    ],
    [
      "refuses the token",
      () => (lab.api.tokens = ["other-token"]),
      "cluster bay rejects your Google credentials (Unauthorized). Set GOOGLE_OAUTH_ACCESS_TOKEN to a token that hasn't " +
        "expired, or unset it and run: gcloud auth application-default login, then run the same command again",
    ],
    [
      "does not permit port-forward",
      () => (lab.api.mayForward = false),
      `you don't have permission to forward ports in cluster bay of project p (pods "kestra-1" is forbidden: cannot create resource "pods/portforward"). ${role}`,
    ],
    [
      "has no such service",
      () => (lab.api.services = {}),
      `namespace kestra of cluster bay has no service kestra (services "kestra" not found). Run: pulumi refresh --target '**::kestra-release', then pulumi up`,
    ],
    [
      "has a certificate that nobody vouches for",
      () => lab.distrust(),
      "no trusted authority signed the certificate of cluster bay (self-signed certificate). A proxy answers instead " +
        "of Google Cloud: bypass it, or name its certificate in NODE_EXTRA_CA_CERTS, then run the same command again",
    ],
  ];
  for (const [name, made, expected] of lasting) {
    it(`${name}: one line with the remedy, at once`, async () => {
      made();
      const error = await failed();
      assert.equal(error.message, start + expected);
      assert.ok(error instanceof KestraUnreachable && !(error instanceof ConnectionDropped));
      assert.equal(lab.api.streams, 0);
    });
  }

  const passing: [name: string, made: (closed: number) => void, expected: RegExp][] = [
    [
      "has a pod whose port is refused",
      (closed) => (lab.api.pods = [pod("kestra-1", closed)]),
      /^port 8080 of pod kestra-1 cannot be reached \(error forwarding port 8080 to pod kestra-1, .*connection refused\)\. See its log \(kubectl -n kestra logs kestra-1\), then run the same command again$/,
    ],
    [
      "has no ready pod",
      () =>
        (lab.api.pods = [
          pod("a", port, { ready: false }),
          pod("b", port, { terminating: true }),
          pod("c", port, { labels: {} }),
        ]),
      /^none of the 2 pods of service kestra is ready\. Find out why \(kubectl -n kestra get pods, then describe pod\), then run the same command again$/,
    ],
    [
      "does not answer",
      (closed) => (lab.answer = found(dns(`localhost:${closed}`))),
      /^cluster bay does not answer \(connect ECONNREFUSED .*\)\. Check your network connection, then run the same command again$/,
    ],
  ];
  for (const [name, made, expected] of passing) {
    it(`${name}: one line with the remedy, and it may pass`, async () => {
      made(await freePort());
      const error = await failed();
      assert.ok(error.message.startsWith(start));
      assert.match(error.message.slice(start.length), expected);
      assert.ok(error instanceof ConnectionDropped);
    });
  }

  it("of a Google that does not know who asks: one line with the remedy", async () => {
    delete process.env.GOOGLE_OAUTH_ACCESS_TOKEN;
    const { GOOGLE_APPLICATION_CREDENTIALS: own } = process.env;
    process.env.GOOGLE_APPLICATION_CREDENTIALS = "no/such/key.json";
    const { message } = await failed();
    if (own === undefined) delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
    else process.env.GOOGLE_APPLICATION_CREDENTIALS = own;
    assert.ok(message.startsWith(`${start}Google Cloud doesn't accept your credentials (`), message);
    assert.match(message, /\. Run: gcloud auth application-default login, then run the same command again$/);
  });

  it("with a pod that goes away while it is chosen: one line, and it may pass", async () => {
    const listed = [[pod("a", port)], [], [pod("b", port)], []];
    lab.api.pods = () => listed.shift() ?? [];
    const error = await failed();
    assert.equal(error.message, `${start}pod a was just deleted. Run the same command again`);
    assert.ok(error instanceof ConnectionDropped);
  });

  it("is reached once it does, by the same tunnel", async () => {
    lab.api.tokens = ["other-token"];
    await failed();
    process.env.GOOGLE_OAUTH_ACCESS_TOKEN = "other-token";
    await new KestraClient(lab.connection).send("GET", "/flows/search");
    assert.deepEqual([...new Set(lab.api.strangers)], ["GET /api/v1/namespaces/kestra/services/kestra"]);
  });

  it("takes a fresh token for each new stream", async () => {
    const client = new KestraClient(lab.connection);
    await client.send("GET", "/flows/search");
    lab.api.tokens = ["other-token"];
    process.env.GOOGLE_OAUTH_ACCESS_TOKEN = "other-token";
    await client.send("POST", "/flows/search", { content: new FormData() });
    assert.deepEqual(lab.api.strangers, []);
    assert.equal(lab.api.requests.filter((line) => line.includes("portforward")).length, 2);
  });

  it("with a known pod that is gone: another is taken for the next stream, without a fault", async () => {
    const client = new KestraClient(lab.connection);
    await client.send("GET", "/flows/search");
    lab.api.pods = [pod("kestra-2", port)];
    await client.send("POST", "/flows/search", { content: new FormData() });
    assert.match(lab.api.requests.at(-1)!, /\/pods\/kestra-2\/portforward/);
  });

  it("with a ready pod whose port is refused: another is taken at the next try", async () => {
    lab.api.pods = [pod("kestra-1", await freePort()), pod("kestra-2", port)];
    assert.ok((await failed()) instanceof ConnectionDropped);
    await new KestraClient(lab.connection).send("GET", "/flows/search");
  });

  it("reports what Kestra itself refuses as for any server, with the service instead of an address", async () => {
    answer = [401, "text/plain", "no"];
    const wrong = await failed();
    assert.ok(wrong instanceof KestraError);
    assert.equal(
      wrong.message,
      "Kestra answered 401 to GET /flows/search: service kestra of cluster bay refuses the password of user 'tester@bay-wheels.local': it was " +
        "changed on the server. Give the server and the connection the same password.",
    );
    answer = [404, "text/html", "<h1>404"];
    const other = await failed();
    assert.equal(
      other.message,
      `${start}the server there isn't Kestra (GET /flows/search: status 404, not a Kestra error). ` +
        "Check which pods that service selects.",
    );
    assert.ok(!(other instanceof ConnectionDropped));
    answer = [502, "text/plain", "a gateway of the cluster"];
    assert.equal((await failed()).message, "Kestra answered 502 to GET /flows/search: a gateway of the cluster");
  });

  it("is not asked again by a handler unless a stream dropped; a server at an address never is", async () => {
    const entry = { namespace: "n", key: "K", type: "STRING" as const, value: "v" };
    lab.answer = [404, {}];
    for (const connection of [lab.connection, nowhere]) {
      const asked = await requestsOf(() => failure(() => withRetries(kvEntry).create({ ...entry, connection })));
      // the first request of a process, or the second
      assert.equal(asked.filter((request) => !request.includes("/container/")).length, 1, String(asked));
    }
  });
});
