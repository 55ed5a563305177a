import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { changedKeys, isUnknown, sha256, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { KestraError } from "../client/errors";
import { createFlow, deleteFlow, getFlow, updateFlow, type StoredFlow } from "../client/flows";
import { parseFlow } from "../flowFile";
import { claim, type Thing } from "./claims";
import { deleteUnlessDeclared, inTurn, recordDeclared, wasDeleted, type Identity } from "./ownership";

export interface FlowArgs {
  connection: pulumi.Input<Connection>;
  /** Path of the source from the project's root, for messages. */
  file: string;
  /** The flow as YAML. It is registered as written; its `namespace` and `id` are the resource's identity. */
  source: pulumi.Input<string>;
}

const provider = shim("@bay-wheels/kestra/resources/flow.ts");

/** The flow that a source defines; none for an invalid source, which `check` reports with file and line. */
function thingsOf(file: string, source: string): Thing[] {
  try {
    const { namespace, id } = parseFlow(file, source);
    return [{ kind: "Flow", namespace, key: id }];
  } catch {
    return [];
  }
}

/**
 * A Kestra flow. Creating one that exists adopts it; equal text makes no new revision; a trigger that a user paused
 * stays paused. Another namespace or id replaces it. Two resources for one flow of one server are refused.
 */
export class Flow extends DynamicResource {
  /** Revision that the server gave to the registered source; counts from 1. */
  public readonly revision!: pulumi.Output<number>;
  public readonly namespace!: pulumi.Output<string>;
  public readonly flowId!: pulumi.Output<string>;

  constructor(name: string, args: FlowArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { namespace: undefined, flowId: undefined, revision: undefined, sourceHash: undefined };
    const { file, source } = args;
    const things =
      typeof source === "string" ? thingsOf(file, source) : pulumi.output(source).apply((text) => thingsOf(file, text));
    super(
      provider,
      name,
      { ...args, connection: claim(name, args.connection, things), ...outputs },
      opts,
      "kestra",
      "Flow",
    );
  }
}

/** What the program states; `check` reads `namespace` and `flowId` from the source. */
export type FlowInputs = pulumi.Unwrap<FlowArgs> & { namespace?: string; flowId?: string };

/** What state holds: the hash of the source, whose text is among the inputs. */
export interface FlowState {
  connection: Connection;
  namespace: string;
  flowId: string;
  revision: number;
  sourceHash: string;
}

const hashOf = (source: string) => sha256(source.trimEnd());

function identityOf({ connection, namespace, flowId }: FlowInputs | FlowState): Identity {
  return { connection, kind: "Flow", namespace: namespace!, key: flowId! };
}

/** True when the server has the source already, as far as the state knows. */
async function sameText(olds: FlowState, news: FlowInputs): Promise<boolean> {
  return olds.sourceHash === hashOf(news.source) && !(await wasDeleted(identityOf(news)));
}

/** Registers the source unless the server has that very text already: equal content makes no new revision. */
async function register(inputs: FlowInputs, tries = 3): Promise<FlowState> {
  const { connection, namespace, flowId, source } = inputs;
  const client = new KestraClient(connection);
  const look = () => getFlow(client, namespace!, flowId!);
  const stateOf = ({ revision }: StoredFlow): FlowState => {
    return { connection, namespace: namespace!, flowId: flowId!, revision, sourceHash: hashOf(source) };
  };
  const stored = await look();
  if (stored && hashOf(stored.source) === hashOf(source)) return stateOf(stored);
  try {
    return stateOf(stored ? await updateFlow(client, namespace!, flowId!, source) : await createFlow(client, source));
  } catch (error) {
    // another client created or deleted it between the read and the write
    const isRaced = error instanceof KestraError && Boolean(stored) !== Boolean(await look());
    if (!isRaced || tries === 1) throw error;
    return register(inputs, tries - 1);
  }
}

export const handlers: Handlers<FlowInputs, FlowState> = {
  check(_olds, news) {
    if (isUnknown(news.source)) return Promise.resolve({ inputs: news });
    try {
      const { namespace, id: flowId } = parseFlow(news.file, news.source);
      const inputs = { ...news, namespace, flowId };
      recordDeclared(identityOf(inputs));
      return Promise.resolve({ inputs });
    } catch (error) {
      return Promise.resolve({ inputs: news, failures: [{ property: "source", reason: (error as Error).message }] });
    }
  },

  async diff(_id, olds, news) {
    const replaces = changedKeys(["namespace", "flowId"], olds, news);
    const isSame = isDeepStrictEqual(olds.connection, news.connection) && (await sameText(olds, news));
    return { changes: replaces.length > 0 || !isSame, replaces };
  },

  async create(inputs) {
    const outs = await inTurn(identityOf(inputs), () => register(inputs));
    return { id: `${inputs.namespace}/${inputs.flowId}`, outs };
  },

  async read(id, state) {
    const stored = await getFlow(new KestraClient(state.connection), state.namespace, state.flowId);
    if (!stored) return {};
    return { id, props: { ...state, revision: stored.revision, sourceHash: hashOf(stored.source) } };
  },

  async update(_id, olds, news) {
    if (await sameText(olds, news)) return { outs: { ...olds, connection: news.connection } };
    return { outs: await inTurn(identityOf(news), () => register(news)) };
  },

  async delete(_id, state) {
    const { namespace, flowId } = state;
    await deleteUnlessDeclared(identityOf(state), "its file", (client) => deleteFlow(client, namespace, flowId));
  },
};
