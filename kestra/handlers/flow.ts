import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { KestraError } from "../client/errors";
import { parseFlow } from "../flowFile";
import { createFlow, deleteFlow, getFlow, updateFlow, type StoredFlow } from "../client/flows";
import { deleteUnlessStated } from "./deletion";
import { changedKeys, isUnknown, sameValue, sha256, type Handlers } from "../../dynamic/handlers";
import { inTurn, recordStated, wasDeleted, type Identity } from "./stated";

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
    // somebody else created or deleted it between the look and the write
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
      recordStated(identityOf(inputs));
      return Promise.resolve({ inputs });
    } catch (error) {
      return Promise.resolve({ inputs: news, failures: [{ property: "source", reason: (error as Error).message }] });
    }
  },

  async diff(_id, olds, news) {
    const replaces = changedKeys(["namespace", "flowId"], olds, news);
    const isSame = sameValue(olds.connection, news.connection) && (await sameText(olds, news));
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
    await deleteUnlessStated(identityOf(state), "its file", (client) => deleteFlow(client, namespace, flowId));
  },
};
