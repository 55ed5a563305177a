import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { changedKeys, isUnknown, namespaceFailures, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { deleteKv, getKv, kvTypes, putKv, type KvType } from "../client/kv";
import { holds, kvLiteral, refusalOf, textOf } from "../client/kvValue";
import { claim } from "./claims";
import { deleteUnlessDeclared, inTurn, recordDeclared, wasDeleted, type Identity } from "./ownership";

export interface KvEntryArgs {
  connection: pulumi.Input<Connection>;
  namespace: string;
  key: string;
  /** Kestra's type of the value; stated, never guessed. */
  type: KvType;
  /** The value as text; for JSON a JSON document. Mark a secret value as secret: it is then secret in state, too. */
  value: pulumi.Input<string>;
}

const provider = shim("@bay-wheels/kestra/resources/kvEntry.ts");

/**
 * An entry of a namespace's KV store, without a time to live. Creating one that exists adopts it; an equal value is not
 * written again. Two resources for one entry of one server are refused.
 */
export class KvEntry extends DynamicResource {
  constructor(name: string, args: KvEntryArgs, opts?: pulumi.CustomResourceOptions) {
    const { namespace, key } = args;
    const connection = claim(name, args.connection, [{ kind: "KV entry", namespace, key }]);
    super(provider, name, { ...args, connection }, opts, "kestra", "KvEntry");
  }
}

/** Inputs and state. A secret value is secret in both, because the key is the same. */
export type KvEntryInputs = pulumi.Unwrap<KvEntryArgs>;

/** `expires` is set after a refresh found a time to live that this program didn't set. */
export type KvEntryState = KvEntryInputs & { expires?: string };

/** Kestra's rule for keys. */
const keyPattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

/** Keys that can't be read back, because Kestra's API has routes of these names. */
const hiddenKeys = new Set(["inheritance"]);

const identityOf = ({ connection, namespace, key }: KvEntryInputs): Identity => {
  return { connection, kind: "KV entry", namespace, key };
};

/** True when the server already has this entry, as far as the state knows. */
async function sameEntry(olds: KvEntryState, news: KvEntryInputs): Promise<boolean> {
  const isSame = olds.type === news.type && olds.value === news.value;
  return isSame && olds.expires === undefined && !(await wasDeleted(identityOf(news)));
}

/** Writes the entry unless the server has it without a time to live: an entry that expires is written again. */
function write(inputs: KvEntryInputs): Promise<KvEntryInputs> {
  const { connection, namespace, key, type, value } = inputs;
  const client = new KestraClient(connection);
  return inTurn(identityOf(inputs), async () => {
    const stored = await getKv(client, namespace, key);
    if (stored?.expires !== undefined || !holds(stored, type, value))
      await putKv(client, namespace, key, kvLiteral(type, value));
    return { connection, namespace, key, type, value };
  });
}

function keyFailure(key: unknown): string | undefined {
  if (isUnknown(key)) return undefined;
  if (typeof key !== "string" || !keyPattern.test(key))
    return "a key starts with a letter or digit and has letters, digits, '.', '_' and '-'";
  return hiddenKeys.has(key) ? "Kestra's API reserves this key. Choose another" : undefined;
}

function valueFailure({ type, value }: KvEntryInputs): [property: string, reason: string] | undefined {
  if (isUnknown(type)) return undefined;
  if (!kvTypes.includes(type)) return ["type", `type '${String(type)}' is unknown: use ${kvTypes.join(", ")}`];
  const refusal = isUnknown(value) ? undefined : refusalOf(type, value);
  return refusal === undefined ? undefined : ["value", `value is not ${refusal}. Set another value, or another type`];
}

export const handlers: Handlers<KvEntryInputs, KvEntryState> = {
  check(_olds, news) {
    const name = `KV entry '${news.namespace}/${news.key}'`;
    const failures: pulumi.dynamic.CheckFailure[] = namespaceFailures(news.namespace);
    const ofKey = keyFailure(news.key);
    if (ofKey !== undefined) failures.push({ property: "key", reason: `${name}: ${ofKey}` });
    const [property, reason] = valueFailure(news) ?? [];
    if (property !== undefined) failures.push({ property, reason: `${name}: ${reason}` });
    recordDeclared(identityOf(news));
    return Promise.resolve({ inputs: news, failures });
  },

  async diff(_id, olds, news) {
    const replaces = changedKeys(["namespace", "key"], olds, news);
    const isSame = isDeepStrictEqual(olds.connection, news.connection) && (await sameEntry(olds, news));
    return { changes: replaces.length > 0 || !isSame, replaces };
  },

  async create(inputs) {
    return { id: `${inputs.namespace}/${inputs.key}`, outs: await write(inputs) };
  },

  async read(id, { expires: _former, ...state }) {
    const stored = await getKv(new KestraClient(state.connection), state.namespace, state.key);
    if (!stored) return {};
    const { expires, type } = stored;
    const seen = holds(stored, state.type, state.value) ? {} : { type, value: textOf(stored) };
    return { id, props: { ...state, ...seen, ...(expires === undefined ? {} : { expires }) } };
  },

  async update(_id, olds, news) {
    if (await sameEntry(olds, news)) return { outs: { ...olds, connection: news.connection } };
    return { outs: await write(news) };
  },

  async delete(_id, state) {
    const { namespace, key } = state;
    await deleteUnlessDeclared(identityOf(state), "the entry", (client) => deleteKv(client, namespace, key));
  },
};
