import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "../../../dynamic/parallel";

describe("work in parallel", () => {
  it("runs on a few items at a time, and returns results in the items' order", async () => {
    let [running, most] = [0, 0];
    const results = await inParallel(
      [30, 1, 20, 1, 10],
      async (milliseconds) => {
        most = Math.max(most, ++running);
        await sleep(milliseconds);
        running--;
        return milliseconds;
      },
      2,
    );
    assert.deepEqual([results, most], [[30, 1, 20, 1, 10], 2]);
  });

  it("starts nothing after a failure, and throws the first error once everything started has ended", async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    const work = async (item: number) => {
      begun.push(item);
      await sleep(item === 1 ? 1 : 20);
      ended.push(item);
      if (item < 2) throw new Error(`item ${item}`);
    };
    await assert.rejects(inParallel([0, 1, 2, 3], work, 2), { message: "item 1" });
    assert.deepEqual(
      [begun, ended],
      [
        [0, 1],
        [1, 0],
      ],
    );
  });
});
