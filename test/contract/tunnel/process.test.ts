import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ClusterLab, pod, token } from "./clusterLab";
import { eventually, freePort, password } from "../../../local/lab/kestraHost";

describe("processes that use a tunnel", () => {
  let lab: ClusterLab;
  let server: Server;
  let port: number;
  let folder: string;
  /** Requests that came to the pod; the first that changes something gets no answer, and its stream breaks. */
  let arrived: string[];
  let value: string | undefined;

  beforeEach(async () => {
    arrived = [];
    value = undefined;
    server = createServer((request, response) => {
      if (request.url === "/api/v1/configs") return void response.end('{"version":"1.3.31"}');
      if (request.url?.startsWith("/api/v1/main/kv?")) return void response.end('{"results":[],"total":0}');
      const isFirst = !arrived.some((line) => line.startsWith("PUT"));
      arrived.push(`${request.method} ${request.url}`);
      response.setHeader("content-type", "application/json");
      if (request.method === "PUT") {
        value = "v";
        request.resume();
        if (isFirst) lab.api.cut();
        else response.end("{}");
      } else if (value === undefined)
        response.writeHead(404).end(`{"message":"Not Found","_links":{"self":{"href":"${request.url}"}}}`);
      else response.end(JSON.stringify({ type: "STRING", value }));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    port = (server.address() as AddressInfo).port;
    lab = await ClusterLab.start(port);
    folder = mkdtempSync(join(tmpdir(), "tunnel-process-"));
    writeFileSync(join(folder, "certificate.pem"), lab.api.certificate);
  });
  afterEach(async () => {
    await lab.stop();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true });
  });

  /** A Node process that trusts the cluster's certificate; what it prints so far. */
  function start(args: string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "certificate.pem"), ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const printed = { text: "" };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (printed.text += text));
    return { child, printed, ended: once(child, "close") };
  }

  it("a provider's: the call whose tunnel broke is made again, and the process ends by itself", async () => {
    const program =
      'const { load } = require("tsx/cjs/api").require("./dynamic/load.ts", `${process.cwd()}/index.ts`);' +
      'let inputs = ""; process.stdin.on("data", (text) => (inputs += text)).on("end", () =>' +
      'load("./kestra/resources/kvEntry.ts").create(JSON.parse(inputs)).then(({ id }) => console.log("made", id)));';
    const { child, printed, ended } = start(["-e", program]);
    const entry = { connection: lab.connection, namespace: "n", key: "K", type: "STRING", value: "v" };
    child.stdin.end(JSON.stringify(entry));
    await eventually(() => Promise.resolve(printed.text === "" ? undefined : true));
    const made = Date.now();
    assert.deepEqual(await ended, [0, null]);
    assert.equal(printed.text, "made n/K\n");
    // an idle connection stays open for some seconds
    assert.ok(Date.now() - made < 2_000, `${Date.now() - made} ms`);
    const path = "/api/v1/main/namespaces/n/kv/K";
    assert.deepEqual(arrived, [`GET ${path}`, `PUT ${path}`, `GET ${path}`]);
    await eventually(() => Promise.resolve(lab.api.streams === 0 || undefined));
  });

  it("`npm run ui`: opens Kestra at the stack's port until Ctrl-C, and goes on with another pod", async () => {
    const local = await freePort();
    const { project, location, cluster, namespace, service, port: ofPod } = lab.connection;
    const outputs = {
      kestraUrl: `http://127.0.0.1:${local}`,
      kestraUser: "admin@bay-wheels.local",
      kestraPassword: "[secret]",
      kestraEndpoint: { kind: "cluster", project, location, cluster, namespace, service, port: ofPod },
    };
    const script = `#!/bin/sh\n[ "$1" = version ] && echo v3.250.0 || echo '${JSON.stringify(outputs)}'\n`;
    for (const name of ["pulumi", "pulumi-language-nodejs"]) {
      writeFileSync(join(folder, name), script);
      chmodSync(join(folder, name), 0o755);
    }
    const path = { PATH: [folder, process.env.PATH].join(delimiter) };
    const { child, printed, ended } = start(["--import", "tsx", "cli/main.ts", "ui", "-s", "gke"], path);
    await eventually(() => Promise.resolve(printed.text.includes("password") || undefined));
    assert.equal(
      printed.text,
      `Kestra is at http://127.0.0.1:${local} until you press Ctrl-C:\n  user      admin@bay-wheels.local\n` +
        "  password  ./bay password -s gke\n",
    );
    const status = async () => (await fetch(`http://127.0.0.1:${local}/ui/`)).status;
    assert.equal(await status(), 404);
    lab.api.pods = [];
    lab.api.cut();
    const answer = await eventually(() => fetch(`http://127.0.0.1:${local}/ui/`).catch(() => undefined));
    assert.equal(answer.status, 502);
    assert.match(await answer.text(), /^none of the 0 pods of service kestra is ready\nFind out why /);
    lab.api.pods = [pod("kestra-2", port)];
    assert.equal(await status(), 404);
    child.kill("SIGINT");
    assert.deepEqual(await ended, [0, null]);
    for (const secret of [password, token]) assert.ok(!printed.text.includes(secret));
    await eventually(() => Promise.resolve(lab.api.streams === 0 || undefined));
  });
});
