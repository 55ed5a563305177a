import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sourceOf } from "../../../cli/commands/report";
import type { OpenStack } from "../../../cli/support/openStack";

describe("the report's source", () => {
  let server: Server;
  let queries: string[];
  before(async () => {
    queries = [];
    server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        queries.push((JSON.parse(text) as { query: string }).query);
        const rows = [{ f: [{ v: String(queries.length) }] }];
        const answer = { jobComplete: true, schema: { fields: [{ name: "n", type: "INTEGER" }] }, rows };
        response.end(JSON.stringify({ ...answer, totalRows: "1", totalBytesProcessed: "10485760" }));
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  after(() => server.close());

  /** A stack whose warehouse is that server; `token` as on Google Cloud. */
  function stackOf(token?: () => Promise<string>): OpenStack {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { name: "dev", outputs: {}, warehouse: { url, project: "p", dataset: "d", token } } as unknown as OpenStack;
  }

  it("is any stack's dataset, and sums up what Google read", async () => {
    const { ask, bytes, ...rest } = sourceOf(stackOf(() => Promise.resolve("fresh")));
    assert.deepEqual(rest, { stack: "dev", dataset: "p.d", generated: false });
    assert.equal(bytes!(), undefined);
    assert.deepEqual(await ask("Test", "select n from {t}"), [{ n: "1" }]);
    await ask("Test", "select n from {t}");
    assert.equal(queries[0], "select n from `p.d.t`");
    assert.equal(bytes!(), 20_971_520);
  });

  it("knows of no bytes on the emulator", async () => {
    const { ask, bytes } = sourceOf(stackOf());
    await ask("Test", "select n from {t}");
    assert.equal(bytes!(), undefined);
  });
});
