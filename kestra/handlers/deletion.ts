import { KestraClient } from "../client/client";
import { KestraError } from "../client/errors";
import { inTurn, isStated, recordDeleted, type Identity } from "./stated";

/**
 * Deletes a thing unless a resource of the program states it.
 *
 * A deletion comes with the connection of the last update. So a server whose password is changed in the very update
 * that takes the thing out of the program refuses it: Pulumi deletes last.
 * @param from what to restore where the server refuses the password: `its file`
 */
export async function deleteUnlessStated(
  identity: Identity,
  from: string,
  work: (client: KestraClient) => Promise<void>,
): Promise<void> {
  const { connection, kind, namespace, key } = identity;
  try {
    await inTurn(identity, async () => {
      if (await isStated(identity)) return;
      recordDeleted(identity);
      await work(new KestraClient(connection));
    });
  } catch (error) {
    if (!(error instanceof KestraError) || error.status !== 401) throw error;
    const what = `${kind} '${namespace}/${key}'`;
    throw new Error(
      `${what} can't be deleted: the server's password changed in the same update. Restore ${from}, run 'pulumi up', ` +
        `then remove it and run 'pulumi up' again. (${error.message})`,
    );
  }
}
