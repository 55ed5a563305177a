import assert from "node:assert/strict";
import { sha256 } from "../../../../dynamic/handlers";
import { KestraClient } from "../../../../kestra/client/client";
import { KestraError } from "../../../../kestra/client/errors";
import { handlers, type NamespaceFilesInputs } from "../../../../kestra/resources/namespaceFiles";
import { forgetOwnership } from "../../../../kestra/resources/ownership";
import { FilesLab } from "../support/filesLab";

/** Status and reason. */
type Refusal = [status: number, reason: string];

describe("the transfer of namespace files to a real host", () => {
  const lab = new FilesLab();

  /** Runs `work` while requests pass `through`, which may refuse one; returns the maximum number in flight. */
  async function watching(work: () => Promise<unknown>, through: (request: string) => Refusal | undefined) {
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const { send } = KestraClient.prototype;
    let [now, most] = [0, 0];
    KestraClient.prototype.send = async function (method, path, ...rest) {
      most = Math.max(most, ++now);
      try {
        const refusal = through(`${method} ${new URL(path, "http://server").searchParams.get("path")}`);
        if (refusal) throw new KestraError(method, path, ...refusal);
        return await send.call(this, method, path, ...rest);
      } finally {
        now--;
      }
    };
    await work().finally(() => (KestraClient.prototype.send = send));
    return most;
  }

  it("checks, writes and rereads eight files at a time, even in new folders, and deletes one at a time", async () => {
    const paths = Array.from({ length: 120 }, (_, i) => `new/${i % 6}/${i % 12}/${i}.sql`);
    const news = lab.inputs(Object.fromEntries(paths.map((path) => [path, path])));
    const all = () => undefined;
    assert.equal(await watching(() => handlers.create(news), all), 8);
    let seen: unknown;
    assert.equal(await watching(async () => (seen = await handlers.read("id", news)), all), 8);
    assert.deepEqual(seen, { id: "id", props: news });
    assert.deepEqual(await lab.list("new"), ["0", "1", "2", "3", "4", "5"]);
    forgetOwnership();
    assert.equal(await watching(() => handlers.delete("id", news), all), 1);
    assert.deepEqual(await lab.list(), []);
  });

  /** A response that replaces the write of a file. */
  const failing = (path: string, answer: Refusal) => (request: string) =>
    request === `POST /${path}` ? answer : undefined;
  const full: Refusal = [500, "disk full"];
  const refused: Refusal = [403, "no such tenant"];
  /** What the SDK passes to the engine after a failed create or update. */
  async function failureOf(work: () => Promise<unknown>, through: (request: string) => Refusal | undefined) {
    const error = await watching(work, through).then(
      () => assert.fail("did not fail"),
      (error: unknown) => error as Error & { id?: string; properties?: Record<string, unknown>; reasons?: string[] },
    );
    const { message, id, properties, reasons } = error;
    return { message, id, properties, reasons };
  }

  it("keeps what it wrote before a failure in state, so that it can continue or delete it all", async () => {
    const news = { ...lab.inputs({ "a.sql": "a", "b.sql": "b", "c.sql": "c" }), __provider: "code" };
    const message = `Kestra answered 500 to POST ${lab.filesPath}?path=%2Fb.sql: disk full`;
    const failure = await failureOf(() => handlers.create(news), failing("b.sql", full));
    const files = { ...news.files, "b.sql": "" };
    assert.deepEqual(failure, { message, id: lab.namespace, reasons: [message], properties: { ...news, files } });
    const state = failure.properties as unknown as NamespaceFilesInputs;
    assert.deepEqual(await handlers.diff("id", state, news), { changes: true, replaces: [] });
    assert.deepEqual(await lab.changes(() => handlers.update("id", state, news)), ["POST b.sql"]);

    const next = { ...lab.inputs({ "b.sql": "b2", "d.sql": "d" }), __provider: "code" };
    const later = await failureOf(() => handlers.update("id", news, next), failing("d.sql", refused));
    assert.deepEqual(later.properties, { ...next, files: { ...news.files, "b.sql": next.files["b.sql"] } });
    forgetOwnership();
    await handlers.delete("id", later.properties as unknown as NamespaceFilesInputs);
    assert.deepEqual(await lab.list(), []);
  });

  it("keeps track of the files it deleted before a deletion failed", async () => {
    const olds = lab.inputs({ "a.sql": "a", "b.sql": "b", "c.sql": "c" });
    await handlers.create(olds);
    const news = lab.inputs({ "c.sql": "c" });
    const { properties } = await failureOf(
      () => handlers.update("id", olds, news),
      (request) => (request === "DELETE /b.sql" ? full : undefined),
    );
    assert.deepEqual(properties!.files, { "b.sql": olds.files["b.sql"], "c.sql": olds.files["c.sql"] });
    assert.equal(await lab.stored("a.sql"), 404);
  });

  it("creates no resource if nothing was written", async () => {
    const news = lab.inputs({ "a.sql": "a" });
    const { id, properties } = await failureOf(() => handlers.create(news), failing("a.sql", refused));
    assert.deepEqual([id, properties], [undefined, undefined]);
  });

  it("returns a folder's inputs if a refresh finds a change, so that the next preview names it", async () => {
    const news = lab.inputs({ "a.sql": "a", "b.sql": "b" });
    await handlers.create(news);
    await lab.putByHand("b.sql", "by hand");
    const props = { ...news, files: { ...news.files, "b.sql": sha256("by hand") } };
    assert.deepEqual(await handlers.read("id", news), { id: "id", props, inputs: props });
  });
});
