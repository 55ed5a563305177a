import { setTimeout as sleep } from "node:timers/promises";
import { TunnelDropped } from "../client";

/** Milliseconds before each further try: a pod that is replaced takes its time. */
const usualWaits = [500, 2_000, 5_000, 10_000];

/**
 * Does work again whose tunnel dropped. It must look before it writes: what it sent may have arrived, though the answer did not.
 * @throws the last error, when the tunnel does not hold, or something else is wrong
 */
export async function throughDrops<T>(work: () => Promise<T>, waits = usualWaits): Promise<T> {
  for (const wait of waits) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TunnelDropped)) throw error;
    }
    await sleep(wait);
  }
  return work();
}
