import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Tunnel } from "../../../kestra/tunnel/tunnel";
import { ClusterLab } from "./clusterLab";
import { eventually, freePort } from "../../../local/lab/kestraHost";

const megabyte = 1 << 20;

describe("streams of a tunnel", () => {
  let lab: ClusterLab;
  let tunnel: Tunnel;
  let server: Server;
  /** What the pod does with a connection. */
  let behaviour: (socket: Socket) => void;

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on("error", () => {});
      behaviour(socket);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    lab = await ClusterLab.start((server.address() as AddressInfo).port);
    tunnel = await Tunnel.open(lab.connection, { heartbeat: 500 });
  });
  afterEach(async () => {
    await tunnel.close();
    await lab.stop();
    server.close();
  });

  function local(): Socket {
    return connect(Number(new URL(tunnel.url).port), "127.0.0.1").on("error", () => {});
  }
  const noStream = () => eventually(() => Promise.resolve(lab.api.streams === 0 || undefined), 5_000);

  it("carry bytes both ways as they are", async () => {
    behaviour = (socket) => socket.pipe(socket);
    const sent = randomBytes(20 * megabyte);
    const hash = createHash("sha256");
    let length = 0;
    const back = local();
    back.write(sent);
    for await (const part of back) {
      hash.update(part as Buffer);
      length += (part as Buffer).length;
      if (length === sent.length) break;
    }
    assert.equal(hash.digest("hex"), createHash("sha256").update(sent).digest("hex"));
  });

  it("make the pod wait for a slow reader", async () => {
    let written = 0;
    behaviour = (socket) => {
      const more = () => {
        while (written < 200 * megabyte && socket.write(Buffer.alloc(megabyte))) written += megabyte;
      };
      socket.on("drain", more);
      more();
    };
    const socket = local();
    socket.write("x");
    await once(socket, "readable");
    await sleep(1_500);
    assert.ok(written < 60 * megabyte, `${written}`);
    socket.destroy();
    await noStream();
  });

  it("make the sender wait for a slow pod", async () => {
    behaviour = (socket) => socket.pause();
    let sent = 0;
    const socket = local();
    const more = () => {
      while (sent < 200 * megabyte && socket.write(Buffer.alloc(megabyte))) sent += megabyte;
      sent += megabyte;
    };
    socket.on("drain", more);
    more();
    await sleep(1_500);
    assert.ok(sent < 60 * megabyte, `${sent}`);
    socket.destroy();
  });

  const half = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf";

  it("end with the pod's end, which is the end of an answer without a length", async () => {
    behaviour = (socket) => socket.once("data", () => socket.end(`${half} and half`));
    assert.equal(await (await fetch(tunnel.url)).text(), "half and half");
    await noStream();
  });

  it("that break in an answer without a length do not pass a part for the whole", async () => {
    behaviour = (socket) => socket.once("data", () => socket.write(half, () => setTimeout(() => lab.api.cut(), 100)));
    const socket = local();
    socket.write("x");
    let got = "";
    const broken = assert.rejects(async () => {
      for await (const part of socket) got += String(part);
    }, /ECONNRESET/);
    await broken;
    assert.equal(got, half);
  });

  it("that break before an answer are reported with the reason", async () => {
    behaviour = (socket) => socket.once("data", () => lab.api.cut());
    const answer = await fetch(tunnel.url, { method: "POST", body: "x" });
    assert.deepEqual([answer.status, answer.headers.get("bay-wheels-tunnel-fault")], [502, "passing"]);
    assert.equal(await answer.text(), "the tunnel to pod kestra-1 of cluster bay broke\nRun the same command again\n");
  });

  it("whose network falls silent are given up, and quiet ones are not", async () => {
    behaviour = (socket) => socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\nbegun"));
    const socket = local();
    socket.write("x");
    await once(socket, "data");
    await sleep(1_500);
    assert.equal(socket.destroyed, false);
    lab.api.freeze();
    await eventually(() => Promise.resolve(socket.destroyed || undefined), 10_000);
  });

  it("end with the one who opened them", async () => {
    let ended = false;
    behaviour = (socket) => socket.once("close", () => (ended = true)).resume();
    const socket = local();
    socket.write("x");
    await eventually(() => Promise.resolve(lab.api.streams === 1 || undefined));
    socket.end();
    await noStream();
    await eventually(() => Promise.resolve(ended || undefined));
  });

  it("are closed with the tunnel, and so is its port", async () => {
    behaviour = (socket) => socket.resume();
    const sockets = [local(), local()];
    for (const socket of sockets) socket.write("x");
    await eventually(() => Promise.resolve(lab.api.streams === 2 || undefined));
    const closed = sockets.map((socket) => once(socket, "close"));
    const { url } = tunnel;
    await tunnel.close();
    await Promise.all(closed);
    await noStream();
    await assert.rejects(fetch(url), (error: Error) => /ECONNREFUSED/.test(String(error.cause)));
    tunnel = await Tunnel.open(lab.connection);
  });

  it("begin at the port that was asked for, unless it is taken", async () => {
    const port = await freePort();
    const asked = await Tunnel.open(lab.connection, { port });
    assert.equal(asked.url, `http://127.0.0.1:${port}`);
    await assert.rejects(Tunnel.open(lab.connection, { port }), { code: "EADDRINUSE" });
    await asked.close();
  });
});
