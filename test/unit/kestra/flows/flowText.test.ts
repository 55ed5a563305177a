import assert from "node:assert/strict";
import fc from "fast-check";
import { hashOfText, keptText, readKeptText, switchedText } from "../../../../kestra/flows/flowText";
import { handlers, type FlowState } from "../../../../kestra/resources/flow";

/** No server listens there. */
const connection = { kind: "address" as const, url: "http://127.0.0.1:1", username: "a@b.c", password: "Only4Tests" };

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const comment = word.map((text) => `# ${text}`);
const task = fc
  .tuple(fc.stringMatching(/^t[0-9]{1,4}$/), word, word)
  .map(([id, message, key]) => [
    `  - id: ${id}`,
    `    type: io.kestra.plugin.core.log.Log`,
    `    message: "${message}"`,
    `    description: |`,
    `      ${key} of`,
    `      two lines`,
  ]);

/** Lines of a flow. */
const flow = fc
  .tuple(comment, word, fc.array(task, { minLength: 1, maxLength: 4 }))
  .map(([note, description, tasks]) => [
    "id: flow",
    "namespace: texts",
    note,
    `description: ${description}`,
    "labels:",
    "  first: one",
    "  second: two",
    "tasks:",
    ...tasks.flat(),
  ]);

/** Edits that don't make a revision. */
const harmless: ((text: string) => string)[] = [
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => text.replaceAll("\n", "\r"),
  (text) => text.replaceAll("\n", " \t\n"),
  (text) => text.replace(/\n$/, ""),
  (text) => `${text}\n\n\n`,
  (text) => `\uFEFF${text}`,
  (text) => `\uFEFF${text.replaceAll("\n", "  \r\n")}   `,
];

/** Edits of lines that do. */
const real: ((lines: string[]) => string[])[] = [
  (lines) => lines.map((line) => line.replace(/^# /, "# not ")),
  (lines) => lines.filter((line) => !line.startsWith("#")),
  (lines) => [...lines.slice(0, 5), "  second: two", "  first: one", ...lines.slice(7)],
  (lines) => lines.map((line) => line.replace(/message: "(.*)"/, "message: $1")),
  (lines) => lines.map((line) => line.replace(/message: "(.*)"/, "message: '$1'")),
  (lines) => lines.map((line) => line.replace(/message: "(.*)"/, 'message: "$1!"')),
  (lines) => lines.map((line) => line.replace(/^ {4}message/, "    message ")),
  (lines) => lines.map((line) => line.replace("description: |", "description: >")),
  (lines) => [...lines.slice(0, 2), "", ...lines.slice(2)],
  (lines) => lines.map((line) => line.replace(/^ {6}two/, "       two")),
  (lines) => [...lines, "disabled: true"],
  (lines) => [...lines, "disabled: false"],
  (lines) => [...lines, "# the end"],
  (lines) => [...lines.slice(0, 2), "disabled: false # a reason", ...lines.slice(2)],
  (lines) => lines.map((line) => line.replace("description: ", "description:  ")),
];

/** Whether Pulumi would update a flow with the first text to the second. */
async function isChanged(former: string, text: string, disabled?: boolean): Promise<boolean> {
  const { inputs, failures = [] } = await handlers.check({}, { connection, source: keptText("f", text) });
  assert.deepEqual(failures, []);
  const olds: FlowState = {
    connection,
    namespace: "texts",
    flowId: "flow",
    file: "f",
    revision: 1,
    __hash: hashOfText(former),
    disabled,
  };
  return (await handlers.diff("texts/flow", olds, inputs!)).changes!;
}

const runs = { numRuns: 500, seed: 18 };

describe("edits to a flow's source", () => {
  it("to line endings, trailing blanks or lines, or the byte order mark aren't changes, 500 times", async () => {
    await fc.assert(
      fc.asyncProperty(flow, fc.constantFrom(...harmless), async (lines, edit) => {
        const text = `${lines.join("\n")}\n`;
        assert.notEqual(edit(text), text);
        assert.equal(await isChanged(text, edit(text)), false);
      }),
      runs,
    );
  });

  it("to anything else are changes, even to comments, order and quotes, 500 times", async () => {
    await fc.assert(
      fc.asyncProperty(flow, fc.constantFrom(...real), async (lines, edit) => {
        const text = `${lines.join("\n")}\n`;
        assert.notEqual(`${edit(lines).join("\n")}\n`, text);
        assert.equal(await isChanged(text, `${edit(lines).join("\n")}\n`), true);
      }),
      runs,
    );
  });

  it("to the line that disables a flow are changes: its value, comment and position", async () => {
    const [head, tail] = ["id: flow\nnamespace: texts\n", "tasks:\n  - {id: t, type: io.kestra.plugin.core.log.Log}\n"];
    const former = `${head}disabled: false # one\n${tail}`;
    const edits = [`${head}disabled: false # two\n${tail}`, `disabled: false # one\n${head}${tail}`, `${head}${tail}`];
    for (const text of edits) assert.equal(await isChanged(former, text), true, text);
  });

  it("by Kestra's own switch aren't changes, however the source writes it", async () => {
    const head = "id: flow\nnamespace: texts\n";
    const tail = "tasks:\n  - {id: t, type: io.kestra.plugin.core.log.Log}\n";
    for (const line of ["", "disabled: false\n\n", "disabled: false # a reason\n"]) {
      const text = `${head}${line}${tail}`;
      const off = switchedText(text, true);
      assert.equal(await isChanged(off, text, true), false, line);
      assert.equal(await isChanged(switchedText(off, false), text), false, line);
      assert.equal(await isChanged(off, text), true, line);
    }
  });

  it("keep file and text apart in state", () => {
    const kept = keptText("flows/a b.yaml", "---\r\nid: x\n---\n");
    assert.equal(kept, "flows/a b.yaml\n---\n---\nid: x\n---\n");
    assert.deepEqual(readKeptText(kept), { file: "flows/a b.yaml", source: "---\nid: x\n---\n" });
  });
});
