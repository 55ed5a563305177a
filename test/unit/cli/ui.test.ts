import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { ui } from "../../../cli/commands/ui";
import { printedBy, TemporaryFolder } from "../../../local/lab/temporaryFolder";

describe("npm run ui", () => {
  let folder: TemporaryFolder;
  beforeEach(() => (folder = new TemporaryFolder()));
  afterEach(() => folder.dispose());

  const cluster = {
    kind: "cluster",
    project: "p",
    location: "l",
    cluster: "c",
    namespace: "n",
    service: "s",
    port: 8080,
  };

  /** Pulumi's CLI, which writes down what it was called with. */
  function pulumi(outputs: object, file = "bin/pulumi"): void {
    folder.script(
      file,
      '[ "$1" = version ] && echo v3.250.0 && exit 0',
      'echo "$*" >> calls',
      `echo '${JSON.stringify(outputs)}'`,
    );
    folder.script("bin/pulumi-language-nodejs");
  }
  const url = "http://127.0.0.1:8080";
  const atAddress = { kestraUrl: url, kestraEndpoint: { kind: "address", url } };
  const calls = () => (existsSync("calls") ? readFileSync("calls", "utf8") : "");

  it("says in one line that a stack of another runtime needs none, and never asks for secrets", async () => {
    pulumi({ ...atAddress, kestraUser: "a@b.c", kestraPassword: "[secret]" });
    const line = "No tunnel is needed: Kestra is at http://127.0.0.1:8080.";
    assert.deepEqual(await printedBy(() => ui("dev")), [line]);
    assert.deepEqual(await printedBy(() => ui()), [line]);
    assert.equal(calls(), "stack output --json -s dev\nstack output --json\n");
  });

  it("needs no CLI for stack local", async () => {
    assert.deepEqual(await printedBy(() => ui("local")), [
      "Stack 'local' needs no tunnel: npm start prints Kestra's address.",
    ]);
  });

  it("takes the CLI that set-up has built where there is no other, and builds none", async () => {
    await assert.rejects(ui(), {
      message: "Pulumi was not found: version 3.230 or newer is needed, from https://www.pulumi.com/docs/install.",
    });
    assert.equal(existsSync(".local"), false);
    pulumi(atAddress, ".local/tools/pulumi/pulumi");
    assert.deepEqual(await printedBy(() => ui()), ["No tunnel is needed: Kestra is at http://127.0.0.1:8080."]);
  });

  it("says what to do about a stack that is not up, outputs that cannot be read, and a port that is taken", async () => {
    pulumi({});
    await assert.rejects(ui(), { message: "The stack has no Kestra yet. Bring it up with: pulumi up" });

    folder.script("bin/pulumi", '[ "$1" = version ] && echo v3.250.0 && exit 0', "exit 255");
    await assert.rejects(ui(), {
      message: "The stack's outputs can't be read: see Pulumi's message above. Name another stack with -s.",
    });

    const other = createServer();
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
    const { port } = other.address() as AddressInfo;
    pulumi({ kestraUrl: `http://127.0.0.1:${port}`, kestraEndpoint: cluster });
    await assert.rejects(ui(), {
      message:
        `Port ${port} is taken by another program. Stop that program, or choose another port: ` +
        "pulumi config set bay-wheels:kestraPort <port>, then pulumi up",
    });
    await new Promise((closed) => other.close(closed));
  });
});
