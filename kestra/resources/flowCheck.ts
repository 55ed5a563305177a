import type { Handlers } from "../../dynamic/handlers";

/**
 * Of a resource that states of earlier versions hold: it stood for nothing on the server, so that nothing is done when
 * it goes.
 */
export const handlers: Pick<Handlers<object, object>, "read" | "diff" | "delete"> = {
  read: (id, props) => Promise.resolve({ id, props }),
  // a refresh compares what it read
  diff: () => Promise.resolve({ changes: false }),
  delete: () => Promise.resolve(),
};
