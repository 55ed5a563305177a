import { waitFor } from "../../dynamic/wait";
import { KestraClient } from "../client/client";
import { nameOf, type ClusterConnection } from "../client/connection";
import { ConnectionDropped, KestraError } from "../client/errors";

/**
 * Seconds that the roles of a new account get: Google takes 2 minutes, at times 7 or more
 * (https://cloud.google.com/iam/docs/access-change-propagation).
 */
const patience = 600;

/** A KV entry that is there for a moment; `system` is the namespace of Kestra's own flows. */
const probe = "/namespaces/system/kv/bay-wheels-storage-check";
/** It ends by itself if it can't be deleted. */
const ttl = "PT15M";

/**
 * Waits until a new server may write to its internal storage. Kestra starts without that, and answers 500 to each
 * write of a KV value or a namespace file, with the words of Google's refusal.
 * @param timeout maximum number of seconds
 * @throws Error with the server's own reason
 */
export async function waitForStorage(connection: ClusterConnection, timeout = patience): Promise<void> {
  const client = new KestraClient(connection);
  const last = await waitFor({
    what: "Google to apply the roles by which Kestra uses its storage",
    timeout,
    look: () => fault(client),
    words: ({ reason }) => reason,
  });
  if (last === undefined) return;
  const reason = last.reason.replace(/\.$/, "");
  throw new Error(
    `Kestra at ${nameOf(connection)} couldn't write to its storage within ${timeout} s: ${reason}. ` +
      "Run 'pulumi up --refresh', which restores the roles of its service account",
  );
}

/** Why the server can't write; undefined when it can. */
async function fault(client: KestraClient): Promise<KestraError | ConnectionDropped | undefined> {
  try {
    await client.send("PUT", probe, { contentType: "text/plain", content: '"ready"' }, { ttl });
    await client.find("DELETE", probe);
    return undefined;
  } catch (error) {
    if (error instanceof ConnectionDropped || (error instanceof KestraError && error.status >= 500)) return error;
    throw error;
  }
}
