import { KestraClient } from "../client";
import { keyOf, type Connection } from "../connection";
import { isUnknown } from "./handlers";

/** A thing on a Kestra server, in the tenant of the open edition. */
export interface Identity {
  connection: Connection;
  kind: "Flow" | "KV entry" | "Namespace file";
  namespace: string;
  /** Id of a flow, key of an entry, path of a file. */
  key: string;
}

/** What the program states in this run: thing -> the places where it states it. */
const stated = new Map<string, Map<string, Connection>>();

const thing = ({ kind, namespace, key }: Identity) => JSON.stringify([kind, namespace, key]);

/**
 * Records what a resource of the program stands for. `check` calls it: the engine checks every resource in this process
 * before it deletes what left the program, so that {@link isStated} knows all of it by then. What a preview doesn't
 * know yet is not recorded.
 */
export function recordStated(identity: Identity): void {
  const { connection, namespace, key } = identity;
  if ([connection, namespace, key].some(isUnknown)) return;
  const places = stated.get(thing(identity)) ?? new Map<string, Connection>();
  stated.set(thing(identity), places.set(keyOf(connection), connection));
}

/**
 * True when a resource of the program stands for this thing, which must stay then: a resource was renamed in the
 * program, two swapped their ids, a file moved to another resource. A server that has two addresses is one server.
 */
export async function isStated(identity: Identity): Promise<boolean> {
  const places = stated.get(thing(identity));
  if (!places) return false;
  if (places.has(keyOf(identity.connection))) return true;
  const { uuid } = await new KestraClient(identity.connection).server();
  for (const connection of places.values()) {
    const other = await new KestraClient(connection).server().catch(() => undefined);
    if (uuid !== undefined && other?.uuid === uuid) return true;
  }
  return false;
}

/** What this process deleted, at which place. */
const deleted = new Set<string>();

const thingAt = (identity: Identity) => JSON.stringify([keyOf(identity.connection), thing(identity)]);

/** Records a deletion, before it is sent. */
export function recordDeleted(identity: Identity): void {
  deleted.add(thingAt(identity));
}

/**
 * True when this process deleted the thing before it checked the resource that states it: one that is deleted before
 * its replacement, or gives a file away, while the state holds that thing twice since a run that was cut short. It must
 * be written again then.
 */
export function wasDeleted(identity: Identity): boolean {
  return !isUnknown(identity.connection) && deleted.has(thingAt(identity));
}

/**
 * Forgets all that was recorded, as the end of the process does: for tests that run several programs in one process.
 */
export function forgetStated(): void {
  stated.clear();
  deleted.clear();
}

const turns = new Map<string, Promise<unknown>>();

/**
 * Does work on a thing alone among all such work of this process, in the order of the calls, so that no write comes
 * between a look and a deletion. Files of a namespace wait for each other: deleting one may delete its folder.
 */
export function inTurn<T>({ kind, namespace, key }: Identity, work: () => Promise<T>): Promise<T> {
  const name = JSON.stringify(kind === "Namespace file" ? [kind, namespace] : [kind, namespace, key]);
  const turn = (turns.get(name) ?? Promise.resolve()).then(work);
  turns.set(
    name,
    turn.catch(() => {}),
  );
  return turn;
}
