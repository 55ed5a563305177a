import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { handlers, type ServerReadyInputs } from "../../../../kestra/resources/serverReady";
import { KestraHost, freePort, password, username } from "../../../../local/lab/kestraHost";
import { printedErrors } from "../../../support/printedErrors";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("a Kestra server that is waited for", () => {
  const inputsAt = (port: number, timeout: number): ServerReadyInputs => ({
    endpoint: { kind: "address", url: `http://127.0.0.1:${port}` },
    username,
    password,
    server: "container-1",
    docker: { container: "no-such-container", engine: "unix:///no/such.sock" },
    timeout,
  });

  it("is there when it answers to its user, and not before", async () => {
    const host = await KestraHost.create();
    try {
      const made = handlers.create(inputsAt(host.port, 60));
      const first = await Promise.race([
        made.then(() => "ready"),
        new Promise((done) => setTimeout(() => done("waiting"), 1500)),
      ]);
      assert.equal(first, "waiting");
      await host.boot();
      assert.equal((await made).id, `http://127.0.0.1:${host.port}`);
      await assert.rejects(
        handlers.create({ ...inputsAt(host.port, 1), password: "Other-Password-1" }),
        /was not ready within 1 s\. .* Last seen: Kestra answered 401 .* refuses the password of user/,
      );
    } finally {
      await host.dispose();
    }
  });

  it("that does not come is given up in time, with what was last seen and what to do", async () => {
    await assert.rejects(
      handlers.create(inputsAt(await freePort(), 1)),
      /^Error: Kestra at http:\S+ was not ready within 1 s\. Look at its log \(docker logs no-such-container\), or raise the timeout \(pulumi config set bay-wheels:kestraStartTimeout 600\), then run 'pulumi up' again\. Last seen: connect ECONNREFUSED [\d.:]+$/,
    );
  });

  it("says while it waits for what, how long and why, and no remedy", async () => {
    // as Docker's proxy does before Kestra listens
    const proxy = createServer((socket) => socket.resetAndDestroy()).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const { port } = proxy.address() as AddressInfo;
    const [line, ...others] = await printedErrors(() => handlers.create(inputsAt(port, 16)));
    await new Promise((closed) => proxy.close(closed));
    const start = `Waiting for Kestra at http://127.0.0.1:${port} to start`;
    assert.equal(line?.replace(/\(1\d of/, "(15 of"), `${start} (15 of at most 16 s): no answer yet`);
    assert.deepEqual(others, []);
  });

  it("is waited for anew when another server, address or password takes its place", async () => {
    const inputs = inputsAt(8080, 1);
    const changes = async (change: Partial<ServerReadyInputs>) =>
      (await handlers.diff("id", inputs, { ...inputs, ...change })).changes;
    assert.deepEqual(
      await Promise.all([{}, { timeout: 2 }, { server: "container-2" }, { password: "Other-Password-1" }].map(changes)),
      [false, false, true, true],
    );
  });

  it("needs a free port before its container is made, on this machine", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    const planned = { ...inputsAt(port, 1), server: unknown };
    const failures = async (olds: Partial<ServerReadyInputs>, news: ServerReadyInputs) =>
      ((await handlers.check(olds, news)).failures ?? []).length;
    assert.equal(await failures({}, planned), 1);
    // its own container has the port; or it is made anew at the same one; or the engine is elsewhere
    assert.equal(await failures({}, inputsAt(port, 1)), 0);
    assert.equal(await failures(inputsAt(port, 1), planned), 0);
    assert.equal(await failures({}, { ...planned, docker: { ...planned.docker!, engine: "ssh://me@there" } }), 0);
    await new Promise((closed) => other.close(closed));
    assert.equal(await failures({}, planned), 0);
  });
});
