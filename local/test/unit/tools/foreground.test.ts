import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { inForeground } from "../../../tools/foreground";

/**
 * A Node process that runs a command in the foreground, prints its exit code, and gets a signal once the command says
 * it is ready.
 */
async function interrupted(signal: NodeJS.Signals, command: string): Promise<string> {
  const program =
    'require("tsx/cjs/api").require("./local/tools/foreground.ts", process.cwd() + "/x.js")' +
    `.inForeground("/bin/sh", ["-c", ${JSON.stringify(command)}]).then((code) => console.log("code " + code));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
    if (output === "ready\n") child.kill(signal);
  });
  await new Promise((closed) => child.once("close", closed));
  return output;
}

describe("a command in the foreground", () => {
  it("returns its exit code", async () => {
    assert.equal(await inForeground("/bin/sh", ["-c", "exit 3"]), 3);
    assert.equal(await inForeground("/bin/sh", ["-c", "exit 0"]), 0);
    assert.equal(await inForeground("/bin/sh", ["-c", "kill -TERM $$"]), 143);
  });

  it("that doesn't exist is an error that says what to do", async () => {
    await assert.rejects(
      inForeground("no/such/tool", []),
      /^Error: no\/such\/tool cannot be run: .* Set it up with: npm start$/,
    );
  });

  it("leaves no listener behind", async () => {
    const count = () => ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal));
    const before = count();
    await inForeground("/bin/sh", ["-c", "exit 0"]);
    await inForeground("no/such/tool", []).catch(() => {});
    assert.deepEqual(count(), before);
  });

  it("may finish after Ctrl-C, which still gives exit code 130", async () => {
    // a terminal would signal the command as well; here it ends by itself
    assert.equal(await interrupted("SIGINT", "echo ready; sleep 0.5; echo finished"), "ready\nfinished\ncode 130\n");
  });

  it("receives SIGTERM and SIGHUP, and is waited for", async () => {
    const cleaning = (signal: string) =>
      `trap 'echo cleaned; exit 0' ${signal}; echo ready; while :; do sleep 0.1; done`;
    assert.equal(await interrupted("SIGTERM", cleaning("TERM")), "ready\ncleaned\ncode 143\n");
    assert.equal(await interrupted("SIGHUP", cleaning("HUP")), "ready\ncleaned\ncode 129\n");
  });
});
