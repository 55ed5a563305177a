import assert from "node:assert/strict";
import { reportingOnce } from "../../../dynamic/outage";
import { ConnectionDropped, KestraError, KestraUnreachable } from "../../../kestra/client/errors";

describe("reads of many resources on one server", () => {
  const away = (server: string) => new KestraUnreachable(`Kestra at ${server} cannot be reached`, "away", server);

  /** Reads that each end with one of these; what each returned, or its error. */
  async function ended(...ends: (Error | string)[]): Promise<unknown[]> {
    let reads = 0;
    const read = reportingOnce<object, unknown>((id) => {
      const end = ends[reads++]!;
      return typeof end === "string" ? Promise.resolve({ id, props: end }) : Promise.reject(end);
    }, new Set());
    const all = ends.map((_, i) => read(String(i), `state ${i}`).catch((error: unknown) => error));
    return (await Promise.all(all)).map((result) =>
      result instanceof Error ? result.message : (result as { props: string }).props,
    );
  }

  it("report it once if it can't be reached, and keep the other states", async () => {
    assert.deepEqual(await ended(away("a"), away("a"), away("b"), away("a")), [
      "Kestra at a cannot be reached",
      "state 1",
      "Kestra at b cannot be reached",
      "state 3",
    ]);
  });

  it("see a server that is back", async () => {
    assert.deepEqual(await ended(away("a"), "seen"), ["Kestra at a cannot be reached", "seen"]);
  });

  it("report each fault that concerns one resource", async () => {
    const refused = new KestraError("GET", "/", 403, "no");
    assert.deepEqual(await ended(refused, refused), [refused.message, refused.message]);
  });

  it("try only once after it was reported", async () => {
    let tries = 0;
    const read = reportingOnce<object, unknown>(
      () => {
        tries++;
        return Promise.reject(new ConnectionDropped("drop", "drop", "a"));
      },
      new Set(["b"]),
    );
    await assert.rejects(read("1", "state"), /drop/);
    assert.deepEqual([await read("1", "state"), tries], [{ id: "1", props: "state" }, 2]);
  });
});
