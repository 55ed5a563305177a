import assert from "node:assert/strict";
import { ConnectionDropped, KestraError, KestraUnreachable } from "../../../kestra/client/errors";
import { retryTransient } from "../../../dynamic/retry";

describe("work that is tried again", () => {
  const waits = [1, 1, 1];

  /** Lets each try end with one of these, the last one again and again; how it ended, and the number of tries. */
  async function tried(...ends: (Error | string)[]): Promise<[unknown, number]> {
    let tries = 0;
    const work = () => {
      const end = ends[Math.min(tries++, ends.length - 1)]!;
      return typeof end === "string" ? Promise.resolve(end) : Promise.reject(end);
    };
    const ended = await retryTransient(work, waits).catch((error: unknown) => error);
    return [ended, tries];
  }
  const answer = (status: number, reason = "no", retryAfter?: number) =>
    new KestraError("GET", "/", status, reason, retryAfter);

  it("passes on what succeeds", async () => {
    assert.deepEqual(await tried("done"), ["done", 1]);
  });

  const passing: [string, Error][] = [
    ["a dropped connection", new ConnectionDropped("drop")],
    ...[429, 502, 503, 504].map((status): [string, Error] => [`status ${status}`, answer(status)]),
    ["H2's unique key", answer(500, "Internal server error: Unique index or primary key violation: PUBLIC.X")],
    ["Postgres' unique key", answer(500, "duplicate key value violates unique constraint flows_pkey")],
  ];
  for (const [name, error] of passing) {
    it(`is done again after ${name}, a few times`, async () => {
      assert.deepEqual(await tried(error, error, "done"), ["done", 3]);
    });
    it(`fails with ${name} that doesn't pass, and isn't started all over by an outer retry`, async () => {
      const last = error instanceof KestraError ? answer(error.status, error.reason) : new ConnectionDropped("drop");
      let tries = 0;
      const inner = () => {
        tries++;
        return Promise.reject(last);
      };
      await assert.rejects(
        retryTransient(() => retryTransient(inner, waits), waits),
        last,
      );
      assert.equal(tries, 4);
    });
  }

  const lasting: [string, Error][] = [
    ["nobody listens", new KestraUnreachable("away")],
    ["another fault of the server", answer(500)],
    ["a refusal", answer(422, "Invalid entity: unique key")],
    ["a missing thing", answer(404)],
    ["a programming error", new TypeError("x is not a function")],
  ];
  for (const [name, error] of lasting) {
    it(`fails at once: ${name}`, async () => {
      assert.deepEqual(await tried(error, "done"), [error, 1]);
      assert.deepEqual(await tried(new ConnectionDropped("drop"), error, "done"), [error, 2]);
    });
  }

  it("waits as long as the server asks", async () => {
    const started = Date.now();
    assert.deepEqual(await tried(answer(503, "busy", 200), "done"), ["done", 2]);
    // a timer can fire a millisecond early
    assert.ok(Date.now() - started >= 199);
  });
});
