import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { handlers } from "../../../../kestra/resources/kvEntry";

describe("an error from a server that repeats the refused value", () => {
  for (const [status, type] of [
    [422, "application/json"],
    [500, "application/json"],
    [400, "text/plain"],
  ] as const) {
    it(`doesn't contain the value (${status} as ${type})`, async () => {
      const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request
          .on("data", (chunk: Buffer) => chunks.push(chunk))
          .on("end", () => {
            if (request.url === "/api/v1/configs") return response.end('{"version":"1.3.31"}');
            const message = `Illegal argument: Invalid JSON value for: ${Buffer.concat(chunks).toString()}`;
            const _links = { self: { href: request.url } };
            const code = request.method === "GET" ? 404 : status;
            response.writeHead(code, { "content-type": request.method === "GET" ? "application/json" : type });
            response.end(JSON.stringify({ message, _links }));
          });
      });
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const connection = { kind: "address" as const, url, username: "a@b.c", password: "Password-1" };
      const inputs = { connection, namespace: "n", key: "K", type: "STRING" as const, value: "canary\nvalue" };
      await assert.rejects(handlers.create(inputs), {
        message:
          `Kestra answered ${status} to PUT /namespaces/n/kv/K: ` +
          "it refuses the entry (message omitted, because it may contain the value)",
      });
      server.close();
    });
  }
});
