import assert from "node:assert/strict";
import { KestraClient } from "../../../kestra/client/client";
import { parseFlow } from "../../../kestra/flows/flowFile";
import { keptText } from "../../../kestra/flows/flowText";
import { verdictsOn } from "../../../kestra/flows/verdicts";
import { handlers as flow, type FlowInputs } from "../../../kestra/resources/flow";
import { forgetOwnership } from "../../../kestra/resources/ownership";
import type { KestraHost } from "../../../local/lab/kestraHost";
import { pluginLab } from "../../../local/lab/pluginLab";
import { connectionTo, writesOf } from "../kestra/support/kestraRequests";

const namespace = "texts";
const rest = `namespace: ${namespace}\ntasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: hello\n`;

/** Texts that Kestra accepts, and the id that it finds the flow by. */
const accepted: [string, string, string][] = [
  ["a document marker", `---\nid: marker\n${rest}`, "marker"],
  ["a comment and a marker", `# text\n---\nid: comment\n${rest}`, "comment"],
  ["a directive", `%YAML 1.1\n---\nid: directive\n${rest}`, "directive"],
  ["a marker with a comment", `--- # text\nid: marker-comment\n${rest}`, "marker-comment"],
  [
    "a map behind the marker",
    `--- {id: inline, ${rest.split("\n")[0]}, tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: m}]}\n`,
    "inline",
  ],
  ["a byte order mark", `\uFEFFid: bom\n${rest}`, "bom"],
  ["a byte order mark and a marker", `\uFEFF---\nid: bom-marker\n${rest}`, "bom-marker"],
  ["blank lines", `\n\n  \nid: blank\n${rest}`, "blank"],
  ["a marker at the end", `id: at-end\n${rest}---\n`, "at-end"],
  ["the end of a document", `id: dots\n${rest}...\n`, "dots"],
  ["CRLF line ends", `id: crlf\n${rest}`.replaceAll("\n", "\r\n"), "crlf"],
  ...[
    "123",
    "0",
    "1.0",
    "1.5",
    "0.001",
    "true",
    "y",
    "089",
    "0o17",
    "0XFF",
    "oN",
    "2024-01-01",
    "1.2.3",
    "12345678901234567890",
  ].map((id): [string, string, string] => [`id: ${id}`, `id: ${id}\n${rest}`, id]),
  ["a number in quotes", `id: "0x1F"\n${rest}`, "0x1F"],
  ["a tagged number", `id: !!str 77\n${rest}`, "77"],
  ["a folded id", `id: >-\n  folded\n${rest}`, "folded"],
];

/** Texts that Kestra refuses, at once or when they change. */
const refused: [string, string][] = [
  ...[
    "0x1F",
    "0b11",
    "0123",
    "007",
    "00",
    "1_000",
    "+5",
    "1e3",
    "1E3",
    "1.50",
    ".5",
    "5.",
    "12345678.5",
    "yes",
    "No",
    "ON",
    "off",
    "TRUE",
  ].map((id): [string, string] => [
    `id: ${id}\n${rest}`,
    `f.yaml:1: id: Kestra converts ${id} to a different value and then refuses every change of the flow: put it in quotes`,
  ]),
  [`id: ~\n${rest}`, "f.yaml:1: the flow has no id: add a line 'id: …'"],
  [`id: ""\n${rest}`, "f.yaml:1: the flow has no id: add a line 'id: …'"],
  [`id: n\n${rest.replace(namespace, "12")}`, "f.yaml:2: namespace: 12 isn't a string: put it in quotes"],
  [
    `id: one\n${rest}---\nid: two\n${rest}`,
    "f.yaml:1: holds 2 flows: Kestra reads only the first. Write one flow per file",
  ],
];

describe("texts of flows", () => {
  let host: KestraHost;
  before(async () => ({ host } = await pluginLab()));

  const check = (source: string) => flow.check({}, { connection: connectionTo(host), source: keptText("f.yaml", source) });
  /** What the server has against files. */
  async function verdicts(texts: Record<string, string>): Promise<string[]> {
    const flows = Object.entries(texts).map(([file, text]) => parseFlow(file, text));
    return (await verdictsOn(new KestraClient(connectionTo(host)), flows)).faults;
  }

  for (const [name, source, id] of accepted) {
    it(`with ${name} are valid, registered as written, found, and deleted`, async () => {
      assert.deepEqual(await verdicts({ "f.yaml": source }), []);
      const { inputs, failures = [] } = await check(source);
      assert.deepEqual(failures, []);
      const news = inputs as FlowInputs;
      assert.deepEqual([news.namespace, news.flowId], [namespace, id]);
      const state = (await flow.create(news)).outs!;
      const stored = await host.send<{ source: string }>("GET", `/flows/${namespace}/${id}?source=true`);
      assert.equal(stored.json.source, source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"));
      assert.deepEqual(await writesOf(() => flow.create(news)), []);
      forgetOwnership();
      await flow.delete("id", state);
      assert.equal((await host.send("GET", `/flows/${namespace}/${id}`)).status, 404);
    });
  }

  for (const [source, reason] of refused) {
    it(`are refused: ${JSON.stringify(source.slice(0, 20))}`, async () => {
      assert.deepEqual((await check(source)).failures, [{ property: "source", reason }]);
      const created = await host.sendAtOnce<{ id: string }>("POST", "/flows", source, "application/x-yaml");
      if (created.status !== 200) return;
      // Kestra takes it, and then no change of it, or only the first of two
      const id = encodeURIComponent(/^id: (.*)$/m.exec(source)![1]!);
      const changed = source.replace("hello", "changed");
      const update = await host.send("PUT", `/flows/${namespace}/${id}`, changed, "application/x-yaml");
      assert.equal(update.status, source.includes("---") ? 200 : 422);
    });
  }

  it("have verdicts of their own, in one request", async () => {
    const broken = `---\nid: broken\n${rest.replace("core.log.Log", "core.nowhere.Task")}`;
    const texts = { "a.yaml": `---\nid: a\n${rest}`, "b.yaml": broken, "c.yaml": `# c\n---\nid: c\n${rest}` };
    let found: string[] = [];
    const requests = await writesOf(async () => (found = await verdicts(texts)));
    assert.deepEqual(found, ["b.yaml:6: Invalid type: io.kestra.plugin.core.nowhere.Task"]);
    assert.deepEqual(requests, ["POST /flows/validate"]);
  });
});
