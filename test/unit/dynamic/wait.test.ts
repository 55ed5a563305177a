import assert from "node:assert/strict";
import { mock } from "node:test";
import { waitFor } from "../../../dynamic/wait";

describe("a wait", () => {
  afterEach(() => mock.reset());

  /** What it returns, how often it looked, and what it said; each look finds what is missing, or nothing. */
  async function waited(look: (nth: number) => string | undefined, timeout: number) {
    const said = mock.method(console, "error", () => {});
    mock.timers.enable({ apis: ["setTimeout", "Date"] });
    let looks = 0;
    let result: { missing: string | undefined } | undefined;
    const wait = { what: "the thing", timeout, look: () => Promise.resolve(look(looks++)) };
    void waitFor(wait).then((missing) => (result = { missing }));
    for (let turn = 0; result === undefined && turn < 1000; turn++) {
      await new Promise(setImmediate);
      mock.timers.tick(1000);
    }
    mock.timers.reset();
    const lines = said.mock.calls.map(({ arguments: [line] }) => String(line));
    return { ...result, looks, said: lines.filter((line) => line.startsWith("Waiting")) };
  }

  it("ends when nothing is missing, and says every 15 s what is", async () => {
    const { missing, said } = await waited((nth) => (nth < 40 ? `part ${nth}` : undefined), 60);
    assert.equal(missing, undefined);
    assert.deepEqual(said, [
      "Waiting for the thing (15 of at most 60 s): part 15",
      "Waiting for the thing (30 of at most 60 s): part 30",
    ]);
  });

  it("ends with what is still missing when the time is over", async () => {
    const { missing, looks } = await waited(() => "all", 20);
    assert.deepEqual([missing, looks], ["all", 22]);
  });

  it("says nothing where nothing is waited for", async () =>
    assert.deepEqual(await waited(() => undefined, 1), { missing: undefined, looks: 1, said: [] }));
});
