import { createServer } from "node:net";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { isUnknown, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { waitFor } from "../../dynamic/wait";
import { KestraClient } from "../client/client";
import { nameOf, type ClusterEndpoint, type Endpoint } from "../client/connection";
import { ConnectionDropped, KestraError, KestraUnreachable, KestraUnusable } from "../client/errors";
import { timeoutRemedy, isOnThisMachine, stoppedFault, type DockerContainer } from "../server/docker/diagnosis";
import { publishes } from "../server/docker/engine";
import { kubectl } from "../server/gke/kubectl";
import { waitForStorage } from "./storageReady";

export interface ServerReadyArgs {
  endpoint: pulumi.Input<Endpoint>;
  username: string;
  password: pulumi.Input<string>;
  /** Id of what runs the server: when it changes, the wait starts again. */
  server: pulumi.Input<string>;
  /** The container whose log says why the server doesn't start. */
  docker?: DockerContainer;
  /** Maximum number of seconds to wait. */
  timeout: number;
}

const provider = shim("@bay-wheels/kestra/resources/serverReady.ts");

/**
 * Waits until a Kestra server answers to this user, and until a new one in a cluster may write to its storage: what
 * depends on it finds a ready server.
 */
export class ServerReady extends DynamicResource {
  constructor(name: string, args: ServerReadyArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, password: pulumi.secret(args.password) }, opts, "kestra", "ServerReady");
  }
}

/** Inputs and state. */
export type ServerReadyInputs = pulumi.Unwrap<ServerReadyArgs>;

/**
 * Why the server is not ready, or undefined when it answers to its user.
 * @throws KestraUnusable, and KestraUnreachable for a cluster whose credentials, permissions or certificate are wrong:
 * waiting doesn't help
 */
async function fault({ endpoint, username, password }: ServerReadyInputs): Promise<Error | undefined> {
  try {
    await new KestraClient({ ...endpoint, username, password }).send("GET", "/flows/search?size=1");
    return undefined;
  } catch (error) {
    const mayPass =
      endpoint.kind === "address" || error instanceof ConnectionDropped || !(error instanceof KestraUnreachable);
    if (!mayPass || error instanceof KestraUnusable) throw error;
    return error as Error;
  }
}

/** A fault in a few words. A connection that breaks is normal: Docker accepts it before Kestra does. */
function words(fault: Error): string {
  if (fault instanceof KestraError) return `it answers with status ${fault.status}`;
  const reason = reasonOf(fault);
  if (reason.includes("ECONNREFUSED")) return "connection refused";
  return /ECONNRESET|other side closed|socket hang up/.test(reason) ? "no answer yet" : reason;
}

/** What the last attempt saw; the remedy for a server that doesn't start is another one. */
const reasonOf = (fault: Error) => (fault instanceof KestraUnreachable ? fault.reason : fault.message);

/** @param isNew true: nothing used this server before */
async function wait(inputs: ServerReadyInputs, isNew: boolean): Promise<ServerReadyInputs> {
  const { timeout, endpoint, docker, username, password } = inputs;
  const last = await waitFor({
    what: `Kestra at ${nameOf(endpoint)} to start`,
    timeout,
    look: () => fault(inputs),
    words,
    onReport() {
      const stopped = docker && stoppedFault(docker.container);
      if (stopped) throw new Error(stopped);
    },
  });
  if (last !== undefined) {
    const seen = reasonOf(last);
    const remedy = endpoint.kind === "cluster" ? lookInto(endpoint, seen) : timeoutRemedy(docker!, endpoint.url, seen);
    throw new Error(`Kestra at ${nameOf(endpoint)} was not ready within ${timeout} s. ${remedy}`);
  }
  if (isNew && endpoint.kind === "cluster") await waitForStorage({ ...endpoint, username, password });
  return inputs;
}

/** What to do about a server in a cluster that doesn't start. */
function lookInto(endpoint: ClusterEndpoint, seen: string): string {
  return `Check its pods (${kubectl(endpoint, "get pods")}), then run 'pulumi up' again. Last seen: ${seen}`;
}

/** True when nothing listens on the port of 127.0.0.1. */
function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(true)));
  });
}

export const handlers: Handlers<ServerReadyInputs, ServerReadyInputs> = {
  /**
   * At a preview, before the container exists, its port must be free or belong to the container that it replaces.
   */
  async check(olds, news): Promise<pulumi.dynamic.CheckResult<ServerReadyInputs>> {
    const { docker, endpoint } = news;
    if (docker === undefined || endpoint.kind === "cluster" || !isOnThisMachine(docker.engine)) return { inputs: news };
    if (!isUnknown(news.server) || isDeepStrictEqual(olds.endpoint, endpoint)) return { inputs: news };
    const port = Number(new URL(endpoint.url).port);
    if ((await isFree(port)) || publishes(docker.container, port)) return { inputs: news };
    const remedy = "Stop that program, or choose another port: pulumi config set bay-wheels:kestraPort <port>";
    return {
      inputs: news,
      failures: [{ property: "endpoint", reason: `Port ${port} is taken by another program. ${remedy}` }],
    };
  },
  diff: (_id, olds, news) => Promise.resolve({ changes: !isDeepStrictEqual(waitedFor(olds), waitedFor(news)) }),
  create: async (inputs) => ({
    id: inputs.endpoint.kind === "cluster" ? inputs.endpoint.cluster : inputs.endpoint.url,
    outs: await wait(inputs, true),
  }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, olds, news) => ({ outs: await wait(news, !isDeepStrictEqual(olds.endpoint, news.endpoint)) }),
  delete: () => Promise.resolve(),
};

function waitedFor({ endpoint, username, password, server }: ServerReadyInputs) {
  return { endpoint, username, password, server };
}
