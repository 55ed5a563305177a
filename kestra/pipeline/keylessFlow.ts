import { isDeepStrictEqual } from "node:util";
import { isNode, isScalar, parseDocument, visit, type Pair, type YAMLMap } from "yaml";
import { flowFault, type FlowFile } from "../flows/flowFile";

const property = "serviceAccount";

/** Google's tasks and triggers: without the property they are whoever the machine runs as. */
const google = /^io\.kestra\.plugin\.gcp\./;

/**
 * A flow that names no service account's key, for a Kestra that runs as the account itself; all else stays as it is
 * written, to the letter.
 * @throws Error `file:line: reason` for a place that cannot be cut out of the text.
 */
export function withoutKey(flow: FlowFile): FlowFile {
  const { file, source } = flow;
  const document = parseDocument(source);
  const found: { map: YAMLMap; pair: Pair }[] = [];
  visit(document, {
    Map: (_key, map) => {
      const pair = map.items.find(({ key }) => isScalar(key) && key.value === property);
      if (pair && google.test(String(map.get("type")))) found.push({ map, pair });
    },
  });
  let text = source;
  for (const { map, pair } of found.reverse()) {
    text = cut(text, pair, map.flow === true);
    map.delete(pair.key);
    if (!isDeepStrictEqual(parseDocument(text).toJS(), document.toJS())) {
      const line = source.slice(0, startOf(pair)).split("\n").length;
      throw flowFault(
        file,
        line,
        `${property} can't be removed here: put it on its own line, not as the task's first property`,
      );
    }
  }
  return { ...flow, source: text };
}

const startOf = ({ key }: Pair) => (isNode(key) ? key.range![0] : 0);

/** A text without a pair: its lines, or in a map within braces its part of the line. */
function cut(text: string, pair: Pair, inBraces: boolean): string {
  const [, end, whole] = isNode(pair.value) ? pair.value.range! : [0, 0, 0];
  const before = text.slice(0, startOf(pair));
  if (!inBraces) return before.slice(0, before.lastIndexOf("\n") + 1) + text.slice(whole);
  const after = text.slice(end);
  return /,\s*$/.test(before) ? before.replace(/,\s*$/, "") + after : before + after.replace(/^\s*,\s*/, "");
}
