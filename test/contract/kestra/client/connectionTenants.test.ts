import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Connection } from "../../../../kestra/client/connection";
import { forgetOwnership, isDeclared, recordDeclared, type Identity } from "../../../../kestra/resources/ownership";

describe("two tenants of one server", () => {
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer((_, response) => response.end('{"version":"1.3.31","uuid":"one"}'));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    forgetOwnership();
  });
  beforeEach(forgetOwnership);

  const at = (host: string, tenant?: string): Identity => {
    const connection: Connection = { kind: "address", url: `http://${host}:${port}`, token: "t", tenant };
    return { connection, kind: "Flow", namespace: "n", key: "f" };
  };

  it("count as two servers, whatever address reaches them", async () => {
    recordDeclared(at("127.0.0.1", "a"));
    const seen = [
      at("127.0.0.1", "a"),
      at("localhost", "a"),
      at("127.0.0.1", "b"),
      at("localhost", "b"),
      at("localhost"),
    ];
    assert.deepEqual(await Promise.all(seen.map(isDeclared)), [true, true, false, false, false]);
  });
});
