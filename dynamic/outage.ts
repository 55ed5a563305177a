import type { Handlers } from "./handlers";
import { retryTransient } from "./retry";

/** An error that concerns every resource on a server: the server can't be reached. */
export interface Outage {
  /** The same text for all that is on this server. */
  outage: string;
}

type Read<Inputs, State> = Handlers<Inputs, State>["read"];

/** Servers that a read of this process couldn't reach. A provider process ends with its operation. */
const reported = new Set<string>();

/**
 * Reports a server that can't be reached for the first of its resources only: the operation has failed by that, and the
 * others keep their state, so that the error isn't printed for each of them. Every read tries: if the server is back,
 * it counts as such.
 */
export function reportingOnce<Inputs, State>(read: Read<Inputs, State>, known = reported): Read<Inputs, State> {
  return async (id, state) => {
    try {
      // the first report came after several tries
      return await retryTransient(() => read(id, state), known.size > 0 ? [] : undefined);
    } catch (error) {
      const { outage } = error as Partial<Outage>;
      if (outage === undefined) throw error;
      if (known.has(outage)) return { id, props: state };
      known.add(outage);
      throw error;
    }
  };
}
