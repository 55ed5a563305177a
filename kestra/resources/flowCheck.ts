import type { Handlers } from "../../dynamic/handlers";

/**
 * Handlers of a resource in the state of earlier versions. It managed nothing on the server, so deleting it does
 * nothing.
 */
export const handlers: Pick<Handlers<object, object>, "read" | "diff" | "delete"> = {
  read: (id, props) => Promise.resolve({ id, props }),
  // a refresh calls this to compare what it read
  diff: () => Promise.resolve({ changes: false }),
  delete: () => Promise.resolve(),
};
