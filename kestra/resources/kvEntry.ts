import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { changedKeys, namespaceFailures, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { deleteKv, getKv, putKv, type KvType } from "../client/kv";
import { holds, kvLiteral, textOf } from "../client/kvValue";
import { claim } from "./claims";
import { entryFailures, normalized } from "./kvEntryCheck";
import { movedTenant, deleteUnlessDeclared, inTurn, recordDeclared, wasDeleted, type Identity } from "./ownership";

export interface KvEntryArgs {
  /** Default: from the `KESTRA_…` variables. */
  connection?: pulumi.Input<Connection>;
  namespace: string;
  /** Letters, digits, `.`, `_` and `-`; starts with a letter or digit. */
  key: string;
  /** A string, a number, a boolean, or an object or array, which is stored as JSON. */
  value: pulumi.Input<KvValue>;
  /**
   * Kestra's type of the value. Default: the type of `value`, STRING for a string. A string may have any other type:
   * `2025-03-01` can be a DATE.
   */
  type?: KvType;
  /** How long the entry lives after it's written, as an ISO 8601 duration: `PT1H`. Default: it never expires. */
  ttl?: string;
  /** What the entry is for: one line of Latin-1 characters. */
  description?: string;
  /** True if the value isn't secret and may appear in previews and in state. Default: false. */
  plain?: boolean;
}

export type KvValue = string | number | boolean | object;

const provider = shim("@bay-wheels/kestra/resources/kvEntry.ts");

/**
 * An entry in a namespace's KV store. Creating one that already exists adopts it; an identical entry isn't written
 * again unless it has a TTL, which starts when the resource is created. Two resources for the same entry on a server
 * are refused.
 */
export class KvEntry extends DynamicResource {
  constructor(name: string, { plain = false, ...args }: KvEntryArgs, opts?: pulumi.CustomResourceOptions) {
    const { namespace, key } = args;
    const connection = claim(name, args.connection, [{ kind: "KV entry", namespace, key }]);
    // an output, so that an object that contains a secret is secret as a whole
    const value = plain ? pulumi.output(args.value) : pulumi.secret(args.value);
    super(provider, name, { ...args, connection, value }, opts, "kestra", "KvEntry");
  }
}

/**
 * Inputs as `check` returns them, and state. A secret value is secret in both, because the property has the same name.
 */
export interface KvEntryInputs {
  connection: Connection;
  namespace: string;
  key: string;
  type: KvType;
  /** The value as text; for JSON, a JSON document. */
  value: string;
  ttl?: string;
  description?: string;
}

/**
 * The entry on the server. After a refresh, `expires` is set if the entry has a TTL that this program didn't set, and
 * `ttl` is missing if the entry has none.
 */
export type KvEntryState = KvEntryInputs & { expires?: string };

const identityOf = ({ connection, namespace, key }: KvEntryInputs): Identity => {
  return { connection, kind: "KV entry", namespace, key };
};

/** True when the server already has this entry, as far as the state knows. */
async function sameEntry(olds: KvEntryState, news: KvEntryInputs): Promise<boolean> {
  const isSame = (["type", "value", "ttl", "description"] as const).every((key) => olds[key] === news[key]);
  return isSame && olds.expires === undefined && !(await wasDeleted(identityOf(news)));
}

/** Writes the entry, unless it has no TTL and the server already has it. */
function write(inputs: KvEntryInputs): Promise<KvEntryInputs> {
  const { connection, namespace, key, type, value, ttl, description } = inputs;
  const client = new KestraClient(connection);
  return inTurn(identityOf(inputs), async () => {
    const stored = ttl === undefined ? await getKv(client, namespace, key) : undefined;
    const stays = stored !== undefined && stored.expires === undefined && stored.description === description;
    if (!stays || !holds(stored, type, value))
      await putKv(client, namespace, key, kvLiteral(type, value), { ttl, description });
    return inputs;
  });
}

export const handlers: Handlers<KvEntryInputs, KvEntryState> = {
  check(_olds, stated) {
    const news = normalized(stated);
    recordDeclared(identityOf(news));
    return Promise.resolve({
      inputs: news,
      failures: [...namespaceFailures(news.namespace), ...entryFailures(stated)],
    });
  },

  async diff(_id, olds, news) {
    const replaces = [...changedKeys(["namespace", "key"], olds, news), ...movedTenant(olds, news)];
    const isSame = isDeepStrictEqual(olds.connection, news.connection) && (await sameEntry(olds, news));
    return { changes: replaces.length > 0 || !isSame, replaces };
  },

  async create(inputs) {
    return { id: `${inputs.namespace}/${inputs.key}`, outs: await write(inputs) };
  },

  async read(id, { expires: _former, ttl, description: _stated, ...state }) {
    const stored = await getKv(new KestraClient(state.connection), state.namespace, state.key);
    if (!stored) return {};
    const { expires, type, description } = stored;
    const seen = holds(stored, state.type, state.value) ? {} : { type, value: textOf(stored) };
    const life = expires === undefined ? {} : ttl === undefined ? { expires } : { ttl };
    return { id, props: { ...state, ...seen, ...life, ...(description === undefined ? {} : { description }) } };
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
