import assert from "node:assert/strict";
import { spawn } from "node:child_process";

/**
 * Runs a command in a process that gets a signal once it prints "ready"; what it printed on both streams, and its exit
 * code.
 * @param body of the command, which finds `sayWhenInterrupted`, `inForeground` and `ready`
 */
async function interrupted(body: string, signal: NodeJS.Signals = "SIGINT"): Promise<[string, number | null]> {
  const program =
    'const load = (file) => require("tsx/cjs/api").require(file, process.cwd() + "/x.js");' +
    'const { sayWhenInterrupted, untilInterrupted } = load("./cli/support/interruption.ts");' +
    'const { inForeground } = load("./local/tools/foreground.ts");' +
    'const ready = () => console.log("ready");' +
    "const end = (code) => (process.exitCode = code);" +
    `untilInterrupted(async () => { ${body} }).then(end, () => end(1));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (text === "ready\n") child.kill(signal);
    });
  const code = await new Promise<number | null>((closed) => child.once("close", closed));
  return [output, code];
}

describe("a command at Ctrl-C", () => {
  const waiting = "ready(); await new Promise((done) => setTimeout(done, 10_000)); return 0;";

  it("ends at once, and says what goes on and how to resume", async () => {
    const text = 'sayWhenInterrupted("Old."); sayWhenInterrupted("Kestra goes on. Continue with: npm start");';
    const said = "ready\n\nInterrupted. Kestra goes on. Continue with: npm start\n";
    assert.deepEqual(await interrupted(text + waiting), [said, 130]);
    assert.deepEqual(await interrupted(text + waiting, "SIGTERM"), [said, 143]);
  });

  it("says it when what runs in the foreground has finished", async () => {
    const body =
      'sayWhenInterrupted("Resume."); return inForeground("/bin/sh", ["-c", "echo ready; sleep 0.3; echo finished"]);';
    assert.deepEqual(await interrupted(body), ["ready\nfinished\n\nInterrupted. Resume.\n", 130]);
  });

  it("says it in place of the error that the signal has caused", async () => {
    const body =
      'sayWhenInterrupted(() => "Resume."); await inForeground("/bin/sh", ["-c", "echo ready; sleep 0.3"]); ' +
      'throw new Error("not built");';
    assert.deepEqual(await interrupted(body), ["ready\n\nInterrupted. Resume.\n", 130]);
  });

  it("shows its error where it has nothing else to say", async () => {
    const body = 'await inForeground("/bin/sh", ["-c", "echo ready; sleep 0.3"]); throw new Error("Left in /tmp/x.");';
    assert.deepEqual(await interrupted(body), ["ready\nLeft in /tmp/x.\n", 130]);
  });

  it("may end well by itself", async () => {
    const body = 'const end = new Promise((done) => process.once("SIGINT", done)); ready(); await end; return 0;';
    assert.deepEqual(await interrupted(body), ["ready\n", 0]);
  });
});
