import { KestraClient, KestraError } from "../client";
import type { Connection } from "../connection";
import { parseFlow } from "../flowFile";
import { createFlow, deleteFlow, getFlow, updateFlow } from "../flows";
import { deletion, isUnknown, sameValue, sha256, type Handlers } from "./handlers";

/** Inputs of `kestra:Flow`; `namespace` and `flowId` are read from the source by `check`. */
export interface FlowInputs {
  connection: Connection;
  file: string;
  source: string;
  namespace?: string;
  flowId?: string;
}

/** State of `kestra:Flow`: the source stays among the inputs, here only its hash stands. */
export interface FlowState {
  connection: Connection;
  namespace: string;
  flowId: string;
  revision: number;
  sourceHash: string;
}

const hashOf = (source: string) => sha256(source.trimEnd());

function stateOf({ connection, namespace, flowId }: FlowInputs, revision: number, source: string): FlowState {
  return { connection, namespace: namespace!, flowId: flowId!, revision, sourceHash: hashOf(source) };
}

/** Registers the source unless the server has that very text already: equal content makes no new revision. */
async function register(inputs: FlowInputs): Promise<FlowState> {
  const client = new KestraClient(inputs.connection);
  const { namespace, flowId, source } = inputs;
  const stored = await getFlow(client, namespace!, flowId!);
  if (stored && hashOf(stored.source) === hashOf(source)) return stateOf(inputs, stored.revision, source);
  if (stored) return stateOf(inputs, (await updateFlow(client, namespace!, flowId!, source)).revision, source);
  try {
    return stateOf(inputs, (await createFlow(client, source)).revision, source);
  } catch (error) {
    // a call before this one, whose tunnel dropped, may have been under way still
    const now = error instanceof KestraError ? await getFlow(client, namespace!, flowId!) : undefined;
    if (!now || hashOf(now.source) !== hashOf(source)) throw error;
    return stateOf(inputs, now.revision, source);
  }
}

export const handlers: Handlers<FlowInputs, FlowState> = {
  check(_olds, news) {
    if (isUnknown(news.source)) return Promise.resolve({ inputs: news });
    try {
      const { namespace, id } = parseFlow(news.file, news.source);
      return Promise.resolve({ inputs: { ...news, namespace, flowId: id } });
    } catch (error) {
      return Promise.resolve({ inputs: news, failures: [{ property: "source", reason: (error as Error).message }] });
    }
  },

  diff(_id, olds, news) {
    const replaces = (["namespace", "flowId"] as const).filter((key) => olds[key] !== news[key]);
    const changes =
      replaces.length > 0 || olds.sourceHash !== hashOf(news.source) || !sameValue(olds.connection, news.connection);
    return Promise.resolve({ changes, replaces });
  },

  async create(inputs) {
    return { id: `${inputs.namespace}/${inputs.flowId}`, outs: await register(inputs) };
  },

  async read(id, state) {
    const stored = await getFlow(new KestraClient(state.connection), state.namespace, state.flowId);
    if (!stored) return {};
    return { id, props: { ...state, revision: stored.revision, sourceHash: hashOf(stored.source) } };
  },

  async update(_id, olds, news) {
    if (olds.sourceHash === hashOf(news.source)) return { outs: { ...olds, connection: news.connection } };
    return { outs: await register(news) };
  },

  async delete(_id, state) {
    const { connection, namespace, flowId } = state;
    const deleted = deleteFlow(new KestraClient(connection), namespace, flowId);
    await deletion(`Flow '${namespace}.${flowId}'`, "its file", deleted);
  },
};
