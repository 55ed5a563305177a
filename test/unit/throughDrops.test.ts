import assert from "node:assert/strict";
import { KestraError, KestraUnreachable, TunnelDropped } from "../../kestra/client";
import { throughDrops } from "../../kestra/handlers/throughDrops";

describe("a call whose tunnel drops", () => {
  const waits = [1, 1, 1];

  /** Lets each try end with one of these, the last one again and again; how it ended, and the number of tries. */
  async function tried(...ends: (Error | string)[]): Promise<[unknown, number]> {
    let tries = 0;
    const work = () => {
      const end = ends[Math.min(tries++, ends.length - 1)]!;
      return typeof end === "string" ? Promise.resolve(end) : Promise.reject(end);
    };
    const ended = await throughDrops(work, waits).catch((error: unknown) => error);
    return [ended, tries];
  }
  const drop = new TunnelDropped("drop");
  const away = new KestraUnreachable("away");
  const refusal = new KestraError("GET", "/", 500, "no");

  it("is made again, some times", async () => {
    assert.deepEqual(await tried("done"), ["done", 1]);
    assert.deepEqual(await tried(drop, drop, "done"), ["done", 3]);
    assert.deepEqual(await tried(drop), [drop, 4]);
  });

  it("is not made again for another reason", async () => {
    assert.deepEqual(await tried(away, "done"), [away, 1]);
    assert.deepEqual(await tried(drop, away, "done"), [away, 2]);
    assert.deepEqual(await tried(refusal, "done"), [refusal, 1]);
    assert.deepEqual(await tried(drop, refusal, "done"), [refusal, 2]);
  });
});
