import type { dynamic } from "@pulumi/pulumi";
import { KestraClient } from "../client";
import type { Connection } from "../connection";
import { deleteKv, getKv, kvTypes, putKv, type KvType } from "../kv";
import { holds, kvLiteral, textOf, typeRules } from "../kvValue";
import { deletion, isUnknown, namespaceFailures, sameValue, type Handlers } from "./handlers";

/** Inputs and state of `kestra:KvEntry`. A secret value is secret in both, being the same key. */
export interface KvEntryInputs {
  connection: Connection;
  namespace: string;
  key: string;
  type: KvType;
  /** The value as text; for JSON a JSON document. */
  value: string;
}

/** Kestra's rule for keys. */
const keyPattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

async function write(inputs: KvEntryInputs): Promise<KvEntryInputs> {
  const { connection, namespace, key, type, value } = inputs;
  const client = new KestraClient(connection);
  if (!holds(await getKv(client, namespace, key), type, value))
    await putKv(client, namespace, key, kvLiteral(type, value));
  return { connection, namespace, key, type, value };
}

export const handlers: Handlers<KvEntryInputs, KvEntryInputs> = {
  check(_olds, news) {
    const name = `KV entry '${news.namespace}/${news.key}'`;
    const failures: dynamic.CheckFailure[] = namespaceFailures(news.namespace);
    if (!isUnknown(news.key) && !keyPattern.test(news.key)) {
      failures.push({
        property: "key",
        reason: `${name}: a key starts with a letter or digit and has letters, digits, '.', '_' and '-'`,
      });
    }
    const rule = typeRules[news.type] as (typeof typeRules)[KvType] | undefined;
    if (!rule)
      failures.push({
        property: "type",
        reason: `${name}: type '${String(news.type)}' is unknown: use ${kvTypes.join(", ")}`,
      });
    else if (!isUnknown(news.value) && !rule.accepts(news.value)) {
      failures.push({
        property: "value",
        reason: `${name}: value is not ${rule.expected}. Set another value, or another type`,
      });
    }
    return Promise.resolve({ inputs: news, failures });
  },

  diff(_id, olds, news) {
    const replaces = (["namespace", "key"] as const).filter((key) => olds[key] !== news[key]);
    const content = ({ type, value }: KvEntryInputs) => ({ type, value });
    const changes =
      replaces.length > 0 || !sameValue(content(olds), content(news)) || !sameValue(olds.connection, news.connection);
    return Promise.resolve({ changes, replaces });
  },

  async create(inputs) {
    return { id: `${inputs.namespace}/${inputs.key}`, outs: await write(inputs) };
  },

  async read(id, state) {
    const stored = await getKv(new KestraClient(state.connection), state.namespace, state.key);
    if (!stored) return {};
    if (holds(stored, state.type, state.value)) return { id, props: state };
    return { id, props: { ...state, type: stored.type, value: textOf(stored) } };
  },

  async update(_id, olds, news) {
    if (olds.type === news.type && olds.value === news.value) return { outs: { ...olds, connection: news.connection } };
    return { outs: await write(news) };
  },

  async delete(_id, state) {
    const { connection, namespace, key } = state;
    await deletion(`KV entry '${namespace}/${key}'`, "it", deleteKv(new KestraClient(connection), namespace, key));
  },
};
