import assert from "node:assert/strict";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KestraClient } from "../../../../kestra/client/client";
import { KestraError, KestraUnreachable } from "../../../../kestra/client/errors";
import { execute, follow } from "../../../../kestra/client/executions";
import { KestraHost, password, register, username } from "../../../../local/lab/kestraHost";
import { connectionTo } from "../support/kestraRequests";

const flow = `id: slow
namespace: follow
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT3S
`;

describe("following an execution", () => {
  let host: KestraHost;
  before(async () => {
    host = await KestraHost.start();
    await register(host, flow);
  });
  after(() => host.dispose());

  /** A client behind a proxy that ends the first streams in its own way. */
  async function clientBehind(ends: ((answer: ServerResponse) => void)[]) {
    let streams = 0;
    const server = createServer((asked, answer) => {
      const { method, url = "", headers } = asked;
      const passed = request(`${host.url}${url}`, { method, headers, agent: false }, (from) => {
        from.pipe(answer.writeHead(from.statusCode!, from.headers));
        const end = url.endsWith("/follow") ? ends[streams++] : undefined;
        if (end) from.once("data", () => setTimeout(() => end(answer), 50));
      });
      passed.on("error", () => answer.destroy());
      asked.pipe(passed);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stop = () => {
      server.closeAllConnections();
      server.close();
    };
    return { client: new KestraClient({ kind: "address", url, username, password }), streams: () => streams, stop };
  }

  it("goes on when its stream breaks or ends without an event", async () => {
    const proxy = await clientBehind([(answer) => answer.destroy(), (answer) => answer.end()]);
    try {
      const seen: string[] = [];
      const { id } = await execute(proxy.client, "follow", "slow");
      const ended = await follow(proxy.client, id, ({ state }) => seen.push(state.current));
      assert.equal(ended.state.current, "SUCCESS");
      assert.ok(seen.includes("RUNNING"), String(seen));
      assert.equal(proxy.streams(), 3);
    } finally {
      proxy.stop();
    }
  });

  it("fails with Kestra's own words for an unknown execution", async () => {
    await assert.rejects(
      follow(new KestraClient(connectionTo(host)), "none"),
      (error) => error instanceof KestraError && error.status === 404,
    );
  });

  it("fails when the server is gone", async () => {
    const proxy = await clientBehind([]);
    const { id } = await execute(proxy.client, "follow", "slow");
    const followed = follow(proxy.client, id);
    proxy.stop();
    await assert.rejects(followed, KestraUnreachable);
  });
});
