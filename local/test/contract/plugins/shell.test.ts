import assert from "node:assert/strict";
import { pluginLab, type PluginLab, type Task } from "../../../lab/pluginLab";

const type = "io.kestra.plugin.scripts.shell.Commands";
const taskRunner = { type: "io.kestra.plugin.core.runner.Process" };

describe(type, () => {
  let lab: PluginLab;
  before(async () => {
    lab = await pluginLab();
  });

  const run = (more: Partial<Task>) => lab.run({ id: "shell", type, ...more });

  it("runs commands in a folder with its input files, and hands on output files and values", async () => {
    const outcome = await run({
      taskRunner,
      inputFiles: { "in.txt": "a\nb\n" },
      outputFiles: ["out.txt"],
      env: { WHO: "x" },
      commands: [
        `awk '{ print NR, $0 > "out.txt" } END { printf "::{\\"outputs\\":{\\"lines\\":%d,\\"who\\":\\"%s\\"}}::\\n", NR, ENVIRON["WHO"] }' in.txt`,
      ],
    });
    assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
    const { vars, outputFiles } = outcome.outputsOf("shell") as {
      vars: Record<string, unknown>;
      outputFiles: Record<string, string>;
    };
    assert.deepEqual(vars, { lines: 2, who: "x" });
    assert.equal(await outcome.read(outputFiles["out.txt"]), "1 a\n2 b\n");
  });

  it("fails with the first command that fails", async () => {
    const outcome = await run({ taskRunner, commands: ["exit 3", "echo never"] });
    assert.equal(outcome.state, "FAILED");
    assert.match(outcome.errors.join(), /exit code '?3/);
    assert.ok(!outcome.messages.some(({ message }) => message.includes("never")));
  });

  it("refuses a task runner that is not had here", async () => {
    const outcome = await run({ commands: ["true"] });
    assert.deepEqual(outcome.errors, [
      "Property taskRunner: this local Kestra runs commands only as processes. Set taskRunner: {type: io.kestra.plugin.core.runner.Process}",
    ]);
  });
});
