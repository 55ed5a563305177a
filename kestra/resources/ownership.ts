import { isUnknown } from "../../dynamic/handlers";
import { forgetServers, KestraClient } from "../client/client";
import { keyOf, tenantOf, type Connection } from "../client/connection";
import { KestraError } from "../client/errors";
import type { Thing } from "./claims";

/** An object on a Kestra server, in the tenant of its connection. */
export interface Identity extends Thing {
  connection: Connection;
}

/** Objects and their servers: object -> key of the connection -> connection. */
type Things = Map<string, Map<string, Connection>>;

/** What the program states in this run. */
const stated: Things = new Map();

/** What this process deleted. */
const deleted: Things = new Map();

function add(things: Things, { connection, kind, namespace, key }: Identity): void {
  const thing = JSON.stringify([kind, namespace, key]);
  const servers = things.get(thing) ?? new Map<string, Connection>();
  things.set(thing, servers.set(keyOf(connection), connection));
}

/**
 * True when the thing is among these. A server that has two addresses is one server: where only another address is
 * known, both are asked. Two tenants of a server are never the same.
 * @throws KestraError, KestraUnreachable if one doesn't answer: the result is unknown then, and nothing may be deleted
 */
async function has(things: Things, { connection, kind, namespace, key }: Identity): Promise<boolean> {
  const servers = things.get(JSON.stringify([kind, namespace, key]));
  if (!servers || isUnknown(connection)) return false;
  if (servers.has(keyOf(connection))) return true;
  const { uuid } = await new KestraClient(connection).server();
  for (const other of servers.values())
    if (
      uuid !== undefined &&
      tenantOf(other) === tenantOf(connection) &&
      (await new KestraClient(other).server()).uuid === uuid
    )
      return true;
  return false;
}

/** `connection`, for `replaces`, if the tenant changed: an update would leave the object in the old tenant behind. */
export function movedTenant(olds: { connection: Connection }, news: { connection: Connection }): string[] {
  if (isUnknown(news.connection)) return [];
  return tenantOf(olds.connection) === tenantOf(news.connection) ? [] : ["connection"];
}

/**
 * Records what a resource of the program manages. `check` calls it: the engine checks every resource in this process
 * before it deletes what left the program, so that {@link isDeclared} knows all of it by then. What a preview doesn't
 * know yet is not recorded.
 */
export function recordDeclared(identity: Identity): void {
  const { connection, namespace, key } = identity;
  if (![connection, namespace, key].some(isUnknown)) add(stated, identity);
}

/**
 * True when a resource of the program manages this thing, so it must stay: a resource was renamed in the
 * program, two swapped their ids, a file moved to another resource.
 */
export const isDeclared = (identity: Identity) => has(stated, identity);

/** Records a deletion, before it is sent. */
export const recordDeleted = (identity: Identity) => add(deleted, identity);

/**
 * True when this process deleted the thing before it checked the resource that manages it: one that is deleted before
 * its replacement, or gives a file away, while the state holds that thing twice since a run that was cut short. It must
 * be written again then.
 */
export const wasDeleted = (identity: Identity) => has(deleted, identity);

/**
 * Forgets all that was recorded, as the end of the process does: for tests that run several programs in one process.
 */
export function forgetOwnership(): void {
  stated.clear();
  deleted.clear();
  forgetServers();
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

/**
 * Deletes a thing unless a resource of the program manages it.
 *
 * A deletion uses the connection of the last update. So if one update both changes the server's password or token and
 * removes the object from the program, the server refuses the deletion, because Pulumi deletes last.
 * @param from what the error says to restore: `its file`
 */
export async function deleteUnlessDeclared(
  identity: Identity,
  from: string,
  work: (client: KestraClient) => Promise<void>,
): Promise<void> {
  const { connection, kind, namespace, key } = identity;
  try {
    await inTurn(identity, async () => {
      if (await isDeclared(identity)) return;
      recordDeleted(identity);
      await work(new KestraClient(connection));
    });
  } catch (error) {
    if (!(error instanceof KestraError) || error.status !== 401) throw error;
    const what = `${kind} '${namespace}/${key}'`;
    const changed = connection.token === undefined ? "password" : "token";
    throw new Error(
      `${what} can't be deleted: the server's ${changed} changed in the same update. Restore ${from}, run 'pulumi up', ` +
        `then remove it and run 'pulumi up' again. (${error.message})`,
    );
  }
}
