import fc from "fast-check";
import { KestraHost } from "../../local/lab/kestraHost";
import { FaultProxy } from "./support/faultProxy";
import { histories } from "./support/generate";
import type { History } from "./support/history";
import { known } from "./support/known";
import { ModelStack } from "./support/modelStack";
import { play } from "./support/play";
import { World } from "./support/world";

/** Number of random histories that `npm test` plays. */
const numRuns = Number(process.env.MODEL_HISTORIES ?? 3);

/** Seed and path of a failed history, which is played again and shrunk. */
const [seed, path] = process.env.MODEL_REPLAY?.split(" ") ?? [];

describe("histories of programs", () => {
  let host: KestraHost;
  let proxy: FaultProxy;
  let stack: ModelStack;
  let number = 0;

  before(async () => {
    host = await KestraHost.start();
    proxy = await FaultProxy.start(host.url);
    stack = await ModelStack.create(proxy);
  });
  after(async () => {
    proxy.stop();
    stack.dispose();
    await host.dispose();
  });

  const played = (history: History) => play(history, stack, new World(host, `e${++number}`));

  for (const [what, history] of Object.entries(known))
    it(what, function () {
      this.timeout("5m");
      return played(history);
    });

  it(`${numRuns} random ones`, async function () {
    this.timeout(0);
    const replay =
      seed === undefined ? { seed: Date.now() % 2 ** 31, endOnFailure: true } : { seed: Number(seed), path };
    const details = await fc.check(fc.asyncProperty(histories(2), played), { numRuns, ...replay });
    console.log(`      seed ${details.seed}`);
    if (!details.failed) return;
    const { counterexamplePath, counterexample, errorInstance } = details;
    throw new Error(
      `Play it again, and shrink it, with MODEL_REPLAY='${details.seed} ${counterexamplePath}'.\n` +
        `${(errorInstance as Error).message}\nas data: ${JSON.stringify(counterexample)}`,
    );
  });
});
