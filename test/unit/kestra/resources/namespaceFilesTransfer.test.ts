import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sha256 } from "../../../../dynamic/handlers";
import { handlers } from "../../../../kestra/resources/namespaceFiles";
import { TemporaryFolder } from "../../../../local/lab/temporaryFolder";

/** A server of files that puts a carriage return behind what it is sent, as often as asked. */
async function carelessServer(
  damages: number,
): Promise<{ server: Server; url: string; kept: () => string | undefined; writes: () => number }> {
  let kept: string | undefined;
  let writes = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const self = { href: request.url };
      if (request.url === "/api/v1/configs") response.end('{"version":"1.3.31"}');
      else if (request.method === "POST") {
        writes++;
        kept = body.split("\r\n\r\n")[1]!.split("\r\n--")[0]! + (writes <= damages ? "\r" : "");
        response.end("{}");
      } else if (kept === undefined)
        response.writeHead(404).end(JSON.stringify({ message: "Not Found", _links: { self } }));
      else response.end(kept);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    kept: () => kept,
    writes: () => writes,
  };
}

describe("a namespace file that does not arrive whole", () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
    folder.write("files/a.sql", "select 1");
  });
  afterEach(() => folder.dispose());

  const inputsFor = (url: string) => ({
    connection: { kind: "address" as const, url, username: "a@b.c", password: "Password-1" },
    namespace: "n",
    directory: "files",
    files: { "a.sql": sha256("select 1") },
  });

  it("is written again", async () => {
    const { server, url, kept, writes } = await carelessServer(2);
    await handlers.create(inputsFor(url));
    server.close();
    assert.deepEqual([kept(), writes()], ["select 1", 3]);
  });

  it("is an error when it never does, by name and server", async () => {
    const { server, url, writes } = await carelessServer(100);
    await assert.rejects(handlers.create(inputsFor(url)), {
      message: `File n/a.sql: ${url} stored different content. Run the same command again.`,
    });
    server.close();
    assert.equal(writes(), 3);
  });
});
