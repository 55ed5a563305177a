import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { isUnknown, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { KestraClient } from "../client/client";
import { nameOf, type ClusterEndpoint, type Endpoint } from "../client/connection";
import { ConnectionDropped, KestraUnreachable, KestraUnusable } from "../client/errors";
import { timeoutRemedy, isOnThisMachine, stoppedFault, type DockerContainer } from "../server/docker/diagnosis";
import { publishes } from "../server/docker/engine";

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

/** Waits until a Kestra server answers to this user: what depends on it finds a ready server. */
export class ServerReady extends DynamicResource {
  constructor(name: string, args: ServerReadyArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, password: pulumi.secret(args.password) }, opts, "kestra", "ServerReady");
  }
}

/** Inputs and state. */
export type ServerReadyInputs = pulumi.Unwrap<ServerReadyArgs>;

/** Milliseconds between two attempts, and between two progress messages. */
const interval = 1000;
const reportEvery = 15_000;

/**
 * Why the server is not ready, or undefined when it answers to its user.
 * @throws KestraUnusable, and KestraUnreachable for a cluster whose credentials, permissions or certificate are wrong:
 * waiting doesn't help
 */
async function fault({ endpoint, username, password }: ServerReadyInputs): Promise<string | undefined> {
  try {
    await new KestraClient({ ...endpoint, username, password }).send("GET", "/flows/search?size=1");
    return undefined;
  } catch (error) {
    const mayPass =
      endpoint.kind === "address" || error instanceof ConnectionDropped || !(error instanceof KestraUnreachable);
    if (!mayPass || error instanceof KestraUnusable) throw error;
    return (error as Error).message;
  }
}

async function wait(inputs: ServerReadyInputs): Promise<ServerReadyInputs> {
  const { timeout, endpoint, docker } = inputs;
  const started = Date.now();
  let reported = started;
  for (;;) {
    const seen = await fault(inputs);
    if (seen === undefined) return inputs;
    const now = Date.now();
    if (now - started > timeout * 1000) {
      const remedy =
        endpoint.kind === "cluster" ? lookInto(endpoint, seen) : timeoutRemedy(docker!, endpoint.url, seen);
      throw new Error(`Kestra at ${nameOf(endpoint)} was not ready within ${timeout} s. ${remedy}`);
    }
    if (now - reported >= reportEvery) {
      reported = now;
      const stopped = docker && stoppedFault(docker.container);
      if (stopped) throw new Error(stopped);
      // the engine shows what a provider writes to stderr
      console.error(`Waiting for Kestra at ${nameOf(endpoint)} (${Math.round((now - started) / 1000)} s): ${seen}`);
    }
    await sleep(interval);
  }
}

/** What to do about a server in a cluster that doesn't start. */
function lookInto({ project, location, cluster, namespace }: ClusterEndpoint, seen: string): string {
  const credentials = `gcloud container clusters get-credentials ${cluster} --dns-endpoint --project ${project} --location ${location}`;
  return `Check its pods (${credentials} && kubectl -n ${namespace} get pods), then run 'pulumi up' again. Last seen: ${seen}`;
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
    outs: await wait(inputs),
  }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, _olds, news) => ({ outs: await wait(news) }),
  delete: () => Promise.resolve(),
};

function waitedFor({ endpoint, username, password, server }: ServerReadyInputs) {
  return { endpoint, username, password, server };
}
