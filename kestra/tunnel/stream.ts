import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { ClientOptions, WebSocket } from "ws";
import { statusMessage } from "../../infra/gke/clusterApi";
import type { ClusterEndpoint } from "../client/connection";
import { broken, gone, portFault, refused, unreached } from "./fault";
import { configFor, type Target } from "./target";

/**
 * The protocol of Kubernetes for port-forward over a WebSocket: a message is a channel's number and its bytes; the
 * first message of each channel is the port. A normal close is the end of the stream.
 */
const protocol = "v4.channel.k8s.io";
const dataChannel = 0;
const errorChannel = 1;
const portBytes = 2;

/** Milliseconds that a cluster gets to answer. */
const patience = 20_000;

/** WebSocket close code of a normal end. */
const normal = 1000;

/** Milliseconds that the other end of a stream gets to close it. */
const closing = 2_000;

/**
 * Opens a stream to a pod; it is paused until it is joined.
 * @throws TunnelFault when the cluster refuses, or does not answer
 */
export async function openStream(endpoint: ClusterEndpoint, { apiServer, pod }: Target): Promise<WebSocket> {
  const [{ WebSocket }, config] = await Promise.all([import("ws"), configFor(apiServer)]);
  const options: ClientOptions = { handshakeTimeout: patience, perMessageDeflate: false };
  await config.applyToHTTPSOptions(options);
  const path = `/api/v1/namespaces/${endpoint.namespace}/pods/${pod}/portforward?ports=${endpoint.port}`;
  const stream = new WebSocket(`wss://${apiServer}${path}`, [protocol], options);
  // an unused tunnel must not keep the process alive
  stream.once("upgrade", ({ socket }: IncomingMessage) => socket.unref());
  return new Promise((opened, failed) => {
    stream.once("open", () => {
      stream.pause();
      opened(stream);
    });
    stream.on("error", (error) => failed(unreached(error, endpoint)));
    stream.once("unexpected-response", (request, answer: IncomingMessage) => {
      void textOf(answer).then((text) => {
        request.destroy();
        const status = answer.statusCode!;
        failed(status === 404 ? gone(pod) : refused(status, statusMessage(text), endpoint));
      });
    });
  });
}

/** The body of an answer, as far as it comes. */
async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  try {
    for await (const part of answer.setEncoding("utf8")) text += part as string;
  } catch {
    // the status is enough
  }
  return text;
}

export interface JoinOptions {
  endpoint: ClusterEndpoint;
  pod: string;
  /** Milliseconds between two checks that the other end still answers. */
  heartbeat: number;
}

/**
 * Joins a stream with a connection of this machine until one of them ends; each waits where the other is slow.
 * @throws TunnelFault when the pod's port cannot be reached, or the stream broke
 */
export function join(stream: WebSocket, local: Socket, { endpoint, pod, heartbeat }: JoinOptions): Promise<void> {
  let report = "";
  let isAlive = true;
  const begun = new Set<number>();
  stream.on("message", (message: Buffer) => {
    isAlive = true;
    const channel = message[0]!;
    const bytes = message.subarray(begun.has(channel) ? 1 : 1 + portBytes);
    begun.add(channel);
    if (channel === errorChannel) report += bytes.toString();
    else if (channel === dataChannel && !local.destroyed && !local.write(bytes)) {
      stream.pause();
      local.once("drain", () => stream.resume());
    }
  });
  let isSending = false;
  local.on("data", (chunk: Buffer) => {
    local.pause();
    isSending = true;
    stream.send(Buffer.concat([Buffer.of(dataChannel), chunk]), () => {
      isSending = false;
      local.resume();
    });
  });
  local.once("close", () => {
    stream.resume();
    stream.close(normal);
    setTimeout(() => stream.terminate(), closing).unref();
  });

  // the answer to a ping comes behind what is under way already, so that a byte says as much
  stream.on("pong", () => (isAlive = true));
  const beat = setInterval(() => {
    // while one end waits for the other, no answer comes through
    if (!isAlive && !stream.isPaused && !isSending) return stream.terminate();
    isAlive = false;
    stream.ping();
  }, heartbeat).unref();
  local.resume();
  stream.resume();

  return new Promise((ended, failed) => {
    stream.once("close", (code) => {
      clearInterval(beat);
      if (report !== "") failed(portFault(report, pod, endpoint));
      else if (code === normal || local.destroyed) ended();
      else failed(broken(pod, endpoint));
    });
  });
}
