import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { changedKeys, isUnknown, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { deleteFlow } from "../client/flows";
import { parseFlow, type FlowFile } from "../flows/flowFile";
import { keptText, readKeptText } from "../flows/flowText";
import type { FlowRecord } from "../flows/flowRecord";
import { isRegistered, lookAtFlow, registerFlow, type StatedFlow } from "../flows/registration";
import { accepted } from "../flows/validation";
import { claim, type Thing } from "./claims";
import { deleteUnlessDeclared, inTurn, movedTenant, recordDeclared, wasDeleted, type Identity } from "./ownership";

export interface FlowArgs {
  /** The server; default: from the `KESTRA_…` variables. */
  connection?: pulumi.Input<Connection>;
  /** Path relative to the program's folder: read if there's no `source`, and named in messages. */
  file?: string;
  /** The flow as YAML. It is registered as written; its `namespace` and `id` are the resource's identity. */
  source?: pulumi.Input<string>;
  /** A flow that was disabled on the server, for example in the UI, stays disabled; default: true. */
  keepDisabled?: boolean;
  /** Has the server validate the source before anything changes; default: true. A FlowSet does so for all its flows. */
  validate?: boolean;
}

const provider = shim("@bay-wheels/kestra/resources/flow.ts");

/**
 * A Kestra flow. Creating one that already exists adopts it. An unchanged source makes no new revision. Disabled flows
 * stay disabled, and paused triggers stay paused. Changing the namespace or id replaces the flow. Two resources for the
 * same flow on a server are refused.
 */
export class Flow extends DynamicResource {
  /** Revision that the server gave to the registered source; counts from 1. */
  public readonly revision!: pulumi.Output<number>;
  public readonly namespace!: pulumi.Output<string>;
  public readonly flowId!: pulumi.Output<string>;

  constructor(name: string, args: FlowArgs, opts?: pulumi.CustomResourceOptions) {
    const { file = name, keepDisabled = true, validate = true } = args;
    const source = args.source ?? readSource(name, args.file);
    const flows =
      typeof source === "string" ? flowsOf(file, source) : pulumi.output(source).apply((text) => flowsOf(file, text));
    const things = Array.isArray(flows) ? thingsOf(flows) : flows.apply(thingsOf);
    const claimed = claim(name, args.connection, things);
    const inputs = {
      connection: validate ? accepted(claimed, flows) : claimed,
      source: pulumi.output(source).apply((text) => keptText(file, text)),
      ...(keepDisabled ? {} : { keepDisabled }),
    };
    const outputs = { namespace: undefined, flowId: undefined, revision: undefined };
    super(provider, name, { ...inputs, ...outputs }, opts, "kestra", "Flow");
  }
}

function readSource(name: string, file: string | undefined): string {
  if (file === undefined)
    throw new pulumi.RunError(`Flow '${name}' has neither 'file' nor 'source': pass one of them.`);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new pulumi.RunError(`Flow '${name}': ${file} can't be read (${(error as Error).message}). Correct 'file'.`);
  }
}

/** The flow that a source defines; none for an invalid source, which `check` reports with file and line. */
function flowsOf(file: string, source: string): FlowFile[] {
  try {
    return [parseFlow(file, source)];
  } catch {
    return [];
  }
}

const thingsOf = (flows: FlowFile[]) => flows.map(({ namespace, id }): Thing => ({ kind: "Flow", namespace, key: id }));

/** What the program states; `check` reads `namespace` and `flowId` from the source. */
export interface FlowInputs {
  connection: Connection;
  /** File and source (flowText.ts). After a refresh, it's the server's source if that differs. */
  source: string;
  /** Omitted if true. */
  keepDisabled?: boolean;
  namespace?: string;
  flowId?: string;
}

/** What state records besides the source, which is in the inputs. */
export interface FlowState extends FlowRecord {
  connection: Connection;
  file: string;
  namespace: string;
  flowId: string;
  keepDisabled?: boolean;
}

function identityOf({ connection, namespace, flowId }: FlowInputs | FlowState): Identity {
  return { connection, kind: "Flow", namespace: namespace!, key: flowId! };
}

function statedBy({ source, namespace, flowId, keepDisabled = true }: FlowInputs): StatedFlow {
  return { ...readKeptText(source), namespace: namespace!, id: flowId!, keepDisabled };
}

/** What state has besides the record and the file. */
function placeOf({ connection, namespace, flowId, keepDisabled }: FlowInputs | FlowState) {
  const kept = keepDisabled === undefined ? {} : { keepDisabled };
  return { connection, namespace: namespace!, flowId: flowId!, ...kept };
}

async function register(inputs: FlowInputs, known?: FlowRecord): Promise<FlowState> {
  const client = new KestraClient(inputs.connection);
  const flow = statedBy(inputs);
  const record = await inTurn(identityOf(inputs), () => registerFlow(client, flow, { record: known }));
  return { ...placeOf(inputs), file: flow.file, ...record };
}

/** True if the server already has the source, as far as the state knows. */
async function isSame(olds: FlowState, news: FlowInputs): Promise<boolean> {
  return !isUnknown(news.source) && isRegistered(olds, statedBy(news)) && !(await wasDeleted(identityOf(news)));
}

export const handlers: Handlers<FlowInputs, FlowState> = {
  check(_olds, news) {
    if (isUnknown(news.source)) return Promise.resolve({ inputs: news });
    try {
      const { file, source } = readKeptText(news.source);
      const { namespace, id: flowId } = parseFlow(file, source);
      const inputs = { ...news, namespace, flowId };
      recordDeclared(identityOf(inputs));
      return Promise.resolve({ inputs });
    } catch (error) {
      return Promise.resolve({ inputs: news, failures: [{ property: "source", reason: (error as Error).message }] });
    }
  },

  async diff(_id, olds, news) {
    const replaces = [...changedKeys(["namespace", "flowId"], olds, news), ...movedTenant(olds, news)];
    const same = isDeepStrictEqual(olds.connection, news.connection) && (await isSame(olds, news));
    return { changes: replaces.length > 0 || !same, replaces };
  },

  create: async (inputs) => ({ id: `${inputs.namespace}/${inputs.flowId}`, outs: await register(inputs) }),

  /** Returns the server's source only if it differs: the diff then shows the lines. */
  async read(id, state) {
    const { connection, namespace, flowId, file = flowId } = state;
    const found = await lookAtFlow(new KestraClient(connection), namespace, flowId, state);
    if (!found) return {};
    const { record, source } = found;
    const read = { id, props: { ...placeOf(state), file, ...record } };
    if (record.__hash === state.__hash) return read;
    return { ...read, inputs: { ...placeOf(state), source: keptText(file, source) } };
  },

  async update(_id, olds, news) {
    if (await isSame(olds, news)) return { outs: { ...olds, connection: news.connection } };
    return { outs: await register(news, olds) };
  },

  async delete(_id, state) {
    const { namespace, flowId } = state;
    await deleteUnlessDeclared(identityOf(state), "its file", (client) => deleteFlow(client, namespace, flowId));
  },
};
